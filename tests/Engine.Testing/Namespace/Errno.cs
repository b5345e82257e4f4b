using System.Globalization;
using Engine.Buffers;

namespace Engine.Testing.Namespace;

/// <summary>The error numbers of a namespace by name; independent of the names that the product prints.</summary>
public static class Errno
{
    public static readonly IoError ENOENT = new(2);
    public static readonly IoError EBADF = new(9);
    public static readonly IoError EEXIST = new(17);

    private static readonly Dictionary<int, string> s_names = new()
    {
        [0] = "OK", [1] = "EPERM", [2] = "ENOENT", [5] = "EIO", [7] = "E2BIG", [9] = "EBADF", [12] = "ENOMEM", [13] = "EACCES",
        [14] = "EFAULT", [16] = "EBUSY", [17] = "EEXIST", [18] = "EXDEV", [20] = "ENOTDIR", [21] = "EISDIR", [22] = "EINVAL",
        [24] = "EMFILE", [26] = "ETXTBSY", [27] = "EFBIG", [28] = "ENOSPC", [30] = "EROFS", [31] = "EMLINK", [34] = "ERANGE",
        [36] = "ENAMETOOLONG", [38] = "ENOSYS", [39] = "ENOTEMPTY", [40] = "ELOOP", [61] = "ENODATA", [75] = "EOVERFLOW",
        [84] = "EILSEQ", [95] = "EOPNOTSUPP", [116] = "ESTALE", [122] = "EDQUOT",
    };

    private static readonly Dictionary<string, int> s_numbers = s_names.ToDictionary(pair => pair.Value, pair => pair.Key);

    /// <summary>The symbolic name; the number where it has none here.</summary>
    public static string NameOf(IoError error) =>
        s_names.GetValueOrDefault(error.Errno) ?? error.Errno.ToString(CultureInfo.InvariantCulture);

    /// <summary>The error of a symbolic name.</summary>
    public static bool TryParse(string name, out IoError error)
    {
        bool known = s_numbers.TryGetValue(name, out int number);
        error = new IoError(number);
        return known;
    }
}
