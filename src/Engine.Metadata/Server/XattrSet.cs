using System.Buffers.Binary;
using System.Text;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>
/// The extended attributes of an inode in one run of bytes: for each a byte with the name's length, four with the value's,
/// little-endian, the name in UTF-8, the value; sorted by name. Source: xattr(7).
/// </summary>
internal static class XattrSet
{
    /// <summary>Pins a directory to a rank; kept in the inode, not here.</summary>
    public const string Pin = "dir.pin";

    /// <summary>The same, as bytes.</summary>
    public static ReadOnlySpan<byte> PinName => "dir.pin"u8;

    /// <summary>Longest value (XATTR_SIZE_MAX).</summary>
    public const int ValueBytesMax = 64 << 10;

    private const int HeaderBytes = 5;
    private const string UserPrefix = "user.";
    private const string TrustedPrefix = "trusted.";

    private static readonly IoError s_outOfRange = new(34);

    /// <summary>Is the attribute one that the namespace itself understands?</summary>
    public static bool IsVirtual(string name) => name == Pin;

    /// <summary>Only <c>user.</c> attributes are kept: EOPNOTSUPP for any other (EPERM for what only the superuser may touch),
    /// ERANGE for a name of no or too much length.</summary>
    public static IoError CheckName(string name, Credential caller)
    {
        if (IsVirtual(name))
            return IoError.None;
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > byte.MaxValue)
            return s_outOfRange;
        if (name.StartsWith(TrustedPrefix, StringComparison.Ordinal) && !caller.IsRoot)
            return IoError.NotPermitted;
        if (!name.StartsWith(UserPrefix, StringComparison.Ordinal))
            return IoError.NotSupported;
        return name.Length > UserPrefix.Length ? IoError.None : IoError.Invalid;
    }

    /// <summary>Are the bytes, from outside, such a run?</summary>
    public static bool IsGood(ReadOnlySpan<byte> set)
    {
        ReadOnlySpan<byte> last = default;
        while (!set.IsEmpty)
        {
            if (!TryNext(ref set, out ReadOnlySpan<byte> name, out _) || name.SequenceCompareTo(last) <= 0
                || !System.Text.Unicode.Utf8.IsValid(name))
                return false;
            last = name;
        }

        return true;
    }

    /// <summary>The value of an attribute.</summary>
    public static bool TryGet(ReadOnlySpan<byte> set, string name, out byte[]? value)
    {
        value = null;
        byte[] wanted = Encoding.UTF8.GetBytes(name);
        while (TryNext(ref set, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> found))
        {
            if (key.SequenceEqual(wanted))
                value = found.ToArray();
        }

        return value is not null;
    }

    /// <summary>All names, each ended by a zero byte.</summary>
    public static byte[] Names(ReadOnlySpan<byte> set)
    {
        List<byte> names = [];
        while (TryNext(ref set, out ReadOnlySpan<byte> key, out _))
        {
            names.AddRange(key);
            names.Add(0);
        }

        return [.. names];
    }

    /// <summary>The set with the attribute set, or removed where <paramref name="value"/> is null.</summary>
    public static byte[] With(ReadOnlySpan<byte> set, string name, ReadOnlyMemory<byte>? value)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(name);
        List<byte> made = [];
        bool isPlaced = value is null;
        while (TryNext(ref set, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> found))
        {
            int order = key.SequenceCompareTo(wanted);
            if (order >= 0 && !isPlaced)
            {
                Append(made, wanted, value!.Value.Span);
                isPlaced = true;
            }

            if (order != 0)
                Append(made, key, found);
        }

        if (!isPlaced)
            Append(made, wanted, value!.Value.Span);
        return [.. made];
    }

    private static void Append(List<byte> set, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        header[0] = (byte)name.Length;
        BinaryPrimitives.WriteInt32LittleEndian(header[1..], value.Length);
        set.AddRange(header);
        set.AddRange(name);
        set.AddRange(value);
    }

    /// <summary>Takes the first attribute off; false at the end, or where the bytes make none.</summary>
    private static bool TryNext(scoped ref ReadOnlySpan<byte> set, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = default;
        value = default;
        if (set.Length < HeaderBytes)
            return false;
        int nameBytes = set[0];
        int valueBytes = BinaryPrimitives.ReadInt32LittleEndian(set[1..]);
        if (valueBytes < 0 || valueBytes > set.Length - HeaderBytes - nameBytes)
            return false;
        name = set.Slice(HeaderBytes, nameBytes);
        value = set.Slice(HeaderBytes + nameBytes, valueBytes);
        set = set[(HeaderBytes + nameBytes + valueBytes)..];
        return true;
    }
}
