// An open directory of this machine's file systems, read by the bytes of names: .NET's own enumeration loses names that are not
// UTF-8, owners, inode numbers and extended attributes.
//
// Ownership: the descriptor, until disposed. Symbolic links are never followed. struct statx and struct linux_dirent64 are read
// by the offsets of the kernel's ABI. One thread.
using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Engine.Buffers;
using Engine.Native;

namespace Engine.Devices;

/// <summary>An open directory: its entries and their attributes.</summary>
public sealed unsafe class HostDirectory : IDisposable
{
    private const int OpenFlags = 0x10000 | 0x20000 | 0x80000;
    private const int NoFollow = 0x100;
    private const int EmptyPath = 0x1000;
    private const uint BasicStatus = 0x7FF;
    private const int StatusBytes = 256;
    private const int NameBytesMax = 256;
    private const int LinkBytesMax = 4096;

    /// <summary>Most that the kernel gives of an attribute, and of attributes' names.</summary>
    private const int ValueBytesMax = 64 << 10;

    /// <summary>Of names that one call gives: an array that is not large to the garbage collector (one of 128 KiB, new for each
    /// directory, was 0.5 us an entry).</summary>
    private const int NamesBytes = 32 << 10;

    private const int EntryNameAt = 19;
    private const long NanosPerSecond = 1_000_000_000;

    private static readonly IoError s_noCall = new(38);

    private readonly int _fd;

    /// <summary>For what few entries have; null until one has.</summary>
    private byte[]? _values;
    private bool _hasListXattrAt = true;
    private bool _isDisposed;

    private HostDirectory(int fd) => _fd = fd;

    private Span<byte> Values => (_values ??= ArrayPool<byte>.Shared.Rent(ValueBytesMax)).AsSpan(0, ValueBytesMax);

    /// <summary>Opens a directory; ENOTDIR for anything else, symbolic links too.</summary>
    public static IoError Open(ReadOnlySpan<byte> path, out HostDirectory? directory)
    {
        fixed (byte* name = Terminated(path))
        {
            int fd = Libc.Open(name, OpenFlags, 0);
            directory = fd < 0 ? null : new HostDirectory(fd);
            return fd < 0 ? LastError() : IoError.None;
        }
    }

    /// <summary>Its own attributes.</summary>
    public IoError Stat(out HostStatus status) => Stat(default, out status);

    /// <summary>Attributes of an entry; of the directory itself for an empty name.</summary>
    public IoError Stat(ReadOnlySpan<byte> name, out HostStatus status)
    {
        status = default;
        Span<byte> bytes = stackalloc byte[StatusBytes];
        Span<byte> terminated = stackalloc byte[NameBytesMax];
        if (name.Length >= NameBytesMax)
            return IoError.NameTooLong;
        Terminate(name, terminated);
        fixed (byte* path = terminated, to = bytes)
        {
            if (Libc.Statx(_fd, path, FlagsFor(name), BasicStatus, to) != 0)
                return LastError();
        }

        status = new HostStatus(
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]),
            TimeAt(bytes[64..]),
            TimeAt(bytes[112..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[136..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]));
        return IoError.None;
    }

    /// <summary>Adds the names of all entries but "." and "..".</summary>
    public IoError ReadNames(ICollection<byte[]> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        byte[] records = ArrayPool<byte>.Shared.Rent(NamesBytes);
        try
        {
            fixed (byte* to = records)
            {
                while (true)
                {
                    nint length = Libc.GetDents64(_fd, to, NamesBytes);
                    if (length <= 0)
                        return length < 0 ? LastError() : IoError.None;
                    AddNames(records.AsSpan(0, (int)length), names);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(records);
        }
    }

    /// <summary>Target of a symbolic link.</summary>
    public IoError ReadLink(ReadOnlySpan<byte> name, out byte[] target)
    {
        Span<byte> read = stackalloc byte[LinkBytesMax];
        fixed (byte* path = Terminated(name), to = read)
        {
            nint length = Libc.ReadLinkAt(_fd, path, to, LinkBytesMax);
            target = length < 0 ? [] : read[..(int)length].ToArray();
            return length < 0 ? LastError() : IoError.None;
        }
    }

    /// <summary>Names of an entry's extended attributes; none where the file system has none. An empty name means the
    /// directory.</summary>
    public IoError ListXattrs(ReadOnlySpan<byte> name, out IReadOnlyList<byte[]> attributes)
    {
        attributes = [];
        if (name.Length >= NameBytesMax)
            return IoError.NameTooLong;
        // Most have none: a question without a buffer spares the kernel one of the size that is offered (a fifth of the CPU time
        // of a walk that asks for attributes and these).
        nint length = ListXattrs(name, default);
        if (length > 0)
            length = ListXattrs(name, Values);
        if (length < 0)
            return LastError() is var error && error == IoError.NotSupported ? IoError.None : error;
        if (length > 0)
            attributes = Split(Values[..(int)length]);
        return IoError.None;
    }

    /// <summary>Value of an extended attribute.</summary>
    public IoError GetXattr(ReadOnlySpan<byte> name, ReadOnlySpan<byte> attribute, out byte[] value)
    {
        value = [];
        if (name.Length >= NameBytesMax)
            return IoError.NameTooLong;
        fixed (byte* path = PathOf(name), key = Terminated(attribute), to = Values)
        {
            nint length = Libc.LGetXattr(path, key, to, ValueBytesMax);
            value = length < 0 ? [] : Values[..(int)length].ToArray();
            return length < 0 ? LastError() : IoError.None;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        if (_values is not null)
            ArrayPool<byte>.Shared.Return(_values);
        _ = Libc.Close(_fd);
    }

    /// <summary>By the name in the open directory where the kernel can: 1.3 us beside 4 us for the way through /proc, which is
    /// more than all else that a walk asks of an entry.</summary>
    private nint ListXattrs(ReadOnlySpan<byte> name, Span<byte> to)
    {
        if (_hasListXattrAt)
        {
            Span<byte> terminated = stackalloc byte[NameBytesMax];
            Terminate(name, terminated);
            fixed (byte* path = terminated, names = to)
            {
                nint length = Libc.ListXattrAt(_fd, path, FlagsFor(name), names, to.Length);
                _hasListXattrAt = length >= 0 || LastError() != s_noCall;
                if (_hasListXattrAt)
                    return length;
            }
        }

        fixed (byte* path = PathOf(name), names = to)
            return Libc.LListXattr(path, names, to.Length);
    }

    private static int FlagsFor(ReadOnlySpan<byte> name) => name.IsEmpty ? NoFollow | EmptyPath : NoFollow;

    private static List<byte[]> Split(ReadOnlySpan<byte> names)
    {
        List<byte[]> parts = [];
        while (!names.IsEmpty)
        {
            int end = names.IndexOf((byte)0);
            parts.Add(names[..end].ToArray());
            names = names[(end + 1)..];
        }

        return parts;
    }

    /// <summary>The way to an entry for calls that take no descriptor, ended by a zero.</summary>
    private byte[] PathOf(ReadOnlySpan<byte> name) =>
        [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_fd}/")), .. name, 0];

    private static void Terminate(ReadOnlySpan<byte> text, Span<byte> to)
    {
        text.CopyTo(to);
        to[text.Length] = 0;
    }

    private static byte[] Terminated(ReadOnlySpan<byte> text) => [.. text, 0];

    private static IoError LastError() => new(Marshal.GetLastPInvokeError());

    /// <summary>Nanoseconds since 1970; what lies before 1677 or behind 2262 is the first or the last of these.</summary>
    private static long TimeAt(ReadOnlySpan<byte> bytes)
    {
        Int128 nanos = ((Int128)BinaryPrimitives.ReadInt64LittleEndian(bytes) * NanosPerSecond)
            + BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        return (long)Int128.Clamp(nanos, long.MinValue, long.MaxValue);
    }

    private static void AddNames(Span<byte> records, ICollection<byte[]> names)
    {
        while (!records.IsEmpty)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(records[16..]);
            Span<byte> name = records[EntryNameAt..length];
            name = name[..name.IndexOf((byte)0)];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                names.Add(name.ToArray());
            records = records[length..];
        }
    }
}
