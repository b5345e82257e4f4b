using System.Text.Unicode;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Which byte strings are names of directory entries.</summary>
public static class MetadataName
{
    /// <summary>Longest name in bytes, as everywhere on Linux (NAME_MAX).</summary>
    public const int BytesMax = 255;

    /// <summary>Longest path in bytes, as everywhere on Linux (PATH_MAX without its NUL).</summary>
    public const int PathBytesMax = 4095;

    private static readonly IoError s_tooLong = new(36);
    private static readonly IoError s_notUtf8 = new(84);

    /// <summary>
    /// Checks a name: 1 to 255 bytes of UTF-8 without <c>/</c> and NUL, and not <c>.</c> or <c>..</c>. Errors: ENOENT for an
    /// empty name (POSIX, "Pathname Resolution"), ENAMETOOLONG, EILSEQ when it is not UTF-8, else EINVAL.
    /// </summary>
    public static IoError Check(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
            return IoError.NoEntry;
        if (name.Length > BytesMax)
            return s_tooLong;
        if (name is [(byte)'.'] or [(byte)'.', (byte)'.'] || name.ContainsAny((byte)'/', (byte)0))
            return IoError.Invalid;
        return Utf8.IsValid(name) ? IoError.None : s_notUtf8;
    }
}
