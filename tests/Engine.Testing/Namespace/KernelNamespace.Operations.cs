using System.Buffers.Binary;
using Engine.Buffers;

namespace Engine.Testing.Namespace;

// The operations, each one system call (readdir: several). Results of the kernel are taken from the scratch buffer _data; struct
// statx and struct linux_dirent64 are read by the offsets of the kernel's ABI.

/// <content>The operations.</content>
public unsafe partial class KernelNamespace
{
    private const long TimeNow = (1L << 30) - 1;
    private const long TimeOmit = (1L << 30) - 2;

    /// <inheritdoc/>
    public IoError MakeDirectory(Credential who, ReadOnlySpan<byte> path, uint mode) =>
        Result(_calls.Invoke(who, SystemCall.MkdirAt, DescriptorOfPath, _first.Put(path), (nint)mode));

    /// <inheritdoc/>
    public IoError Open(Credential who, ReadOnlySpan<byte> path, OpenFlags flags, uint mode, out int handle)
    {
        nint bits = (nint)flags | CloseOnExec | NonBlocking;
        nint result = _calls.Invoke(who, SystemCall.OpenAt, DescriptorOfPath, _first.Put(path), bits, (nint)mode);
        handle = result < 0 ? -1 : (int)result;
        if (result >= 0)
            _open.Add(handle);
        return Result(result);
    }

    /// <inheritdoc/>
    public IoError Close(int handle) => _open.Remove(handle) ? Result(SystemCalls.Invoke(SystemCall.Close, handle)) : Errno.EBADF;

    /// <inheritdoc/>
    public IoError StatHandle(int handle, out FileStatus status)
    {
        status = default;
        return _open.Contains(handle) ? Statx(Credential.Root, handle, ""u8, EmptyPathFlag, out status) : Errno.EBADF;
    }

    /// <inheritdoc/>
    public IoError Link(Credential who, ReadOnlySpan<byte> existing, ReadOnlySpan<byte> path) => Result(_calls.Invoke(
        who, SystemCall.LinkAt, DescriptorOfPath, _first.Put(existing), DescriptorOfPath, _second.Put(path)));

    /// <inheritdoc/>
    public IoError SymbolicLink(Credential who, ReadOnlySpan<byte> target, ReadOnlySpan<byte> path) =>
        Result(_calls.Invoke(who, SystemCall.SymlinkAt, _first.Put(target), DescriptorOfPath, _second.Put(path)));

    /// <inheritdoc/>
    public IoError ReadLink(Credential who, ReadOnlySpan<byte> path, out byte[] target)
    {
        fixed (byte* data = _data)
        {
            nint at = _first.Put(path);
            nint result = _calls.Invoke(who, SystemCall.ReadLinkAt, DescriptorOfPath, at, (nint)data, _data.Length);
            target = result < 0 ? [] : _data[..(int)result];
            return Result(result);
        }
    }

    /// <inheritdoc/>
    public IoError Unlink(Credential who, ReadOnlySpan<byte> path) =>
        Result(_calls.Invoke(who, SystemCall.UnlinkAt, DescriptorOfPath, _first.Put(path), 0));

    /// <inheritdoc/>
    public IoError RemoveDirectory(Credential who, ReadOnlySpan<byte> path) =>
        Result(_calls.Invoke(who, SystemCall.UnlinkAt, DescriptorOfPath, _first.Put(path), RemoveDirectoryFlag));

    /// <inheritdoc/>
    public IoError Rename(Credential who, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, RenameMode mode) =>
        Result(_calls.Invoke(
            who, SystemCall.RenameAt2, DescriptorOfPath, _first.Put(from), DescriptorOfPath, _second.Put(to), (nint)mode));

    /// <inheritdoc/>
    public IoError Stat(Credential who, ReadOnlySpan<byte> path, bool follow, out FileStatus status) =>
        Statx(who, DescriptorOfPath, path, follow ? 0 : NoFollowFlag, out status);

    /// <inheritdoc/>
    public IoError ReadDirectory(Credential who, ReadOnlySpan<byte> path, out IReadOnlyList<DirectoryEntry> entries)
    {
        var found = new List<DirectoryEntry>();
        entries = found;
        IoError error = Open(who, path, OpenFlags.ReadOnly | OpenFlags.Directory, 0, out int handle);
        if (error.Failed)
            return error;
        fixed (byte* data = _data)
        {
            nint length;
            while ((length = SystemCalls.Invoke(SystemCall.GetDents64, handle, (nint)data, _data.Length)) > 0)
                AddEntries(_data.AsSpan(0, (int)length), found);
            Close(handle);
            return Result(length);
        }
    }

    /// <inheritdoc/>
    public IoError ChangeMode(Credential who, ReadOnlySpan<byte> path, uint mode) =>
        Result(_calls.Invoke(who, SystemCall.FChmodAt, DescriptorOfPath, _first.Put(path), (nint)mode));

    /// <inheritdoc/>
    public IoError ChangeOwner(Credential who, ReadOnlySpan<byte> path, uint? uid, uint? gid, bool follow)
    {
        nint at = _first.Put(path);
        var user = (nint)(uid ?? uint.MaxValue);
        var group = (nint)(gid ?? uint.MaxValue);
        int flags = follow ? 0 : NoFollowFlag;
        return Result(_calls.Invoke(who, SystemCall.FChownAt, DescriptorOfPath, at, user, group, flags));
    }

    /// <inheritdoc/>
    public IoError Truncate(Credential who, ReadOnlySpan<byte> path, long length) =>
        Result(_calls.Invoke(who, SystemCall.Truncate, _first.Put(path), (nint)length));

    /// <inheritdoc/>
    public IoError SetTimes(Credential who, ReadOnlySpan<byte> path, TimeChange accessed, TimeChange modified, bool follow)
    {
        Span<byte> times = _data.AsSpan(0, 32);
        PutTime(times, accessed);
        PutTime(times[16..], modified);
        fixed (byte* data = _data)
        {
            int flags = follow ? 0 : NoFollowFlag;
            return Result(_calls.Invoke(who, SystemCall.UtimensAt, DescriptorOfPath, _first.Put(path), (nint)data, flags));
        }
    }

    /// <inheritdoc/>
    public IoError SetXattr(
        Credential who, ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, XattrMode mode, bool follow)
    {
        SystemCall call = follow ? SystemCall.SetXattr : SystemCall.LSetXattr;
        nint data = _third.PutData(value);
        return Result(_calls.Invoke(who, call, _first.Put(path), _second.Put(name), data, value.Length, (nint)mode));
    }

    /// <inheritdoc/>
    public IoError GetXattr(Credential who, ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, bool follow, out byte[] value)
    {
        SystemCall call = follow ? SystemCall.GetXattr : SystemCall.LGetXattr;
        fixed (byte* data = _data)
        {
            nint result = _calls.Invoke(who, call, _first.Put(path), _second.Put(name), (nint)data, _data.Length);
            value = result < 0 ? [] : _data[..(int)result];
            return Result(result);
        }
    }

    /// <inheritdoc/>
    public IoError ListXattr(Credential who, ReadOnlySpan<byte> path, bool follow, out IReadOnlyList<byte[]> names)
    {
        SystemCall call = follow ? SystemCall.ListXattr : SystemCall.LListXattr;
        var found = new List<byte[]>();
        names = found;
        fixed (byte* data = _data)
        {
            nint result = _calls.Invoke(who, call, _first.Put(path), (nint)data, _data.Length);
            Span<byte> rest = result < 0 ? default : _data.AsSpan(0, (int)result);
            while (!rest.IsEmpty)
            {
                int end = rest.IndexOf((byte)0);
                found.Add(rest[..end].ToArray());
                rest = rest[(end + 1)..];
            }

            return Result(result);
        }
    }

    /// <inheritdoc/>
    public IoError RemoveXattr(Credential who, ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, bool follow)
    {
        SystemCall call = follow ? SystemCall.RemoveXattr : SystemCall.LRemoveXattr;
        return Result(_calls.Invoke(who, call, _first.Put(path), _second.Put(name)));
    }

    private static IoError Result(nint result) => IoError.FromResult(result);

    private static void PutTime(Span<byte> to, TimeChange change)
    {
        Timestamp value = change.Value ?? default;
        BinaryPrimitives.WriteInt64LittleEndian(to, value.Seconds);
        long nanoseconds = change.IsNow ? TimeNow : change.IsOmit ? TimeOmit : value.Nanoseconds;
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], nanoseconds);
    }

    private static void AddEntries(Span<byte> records, List<DirectoryEntry> entries)
    {
        while (!records.IsEmpty)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(records[16..]);
            Span<byte> name = records[19..length];
            name = name[..name.IndexOf((byte)0)];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                entries.Add(new DirectoryEntry(name.ToArray(), TypeOf(records[18])));
            records = records[length..];
        }
    }

    private static FileType TypeOf(byte type) => type switch
    {
        4 => FileType.Directory,
        8 => FileType.Regular,
        10 => FileType.SymbolicLink,
        _ => FileType.Other,
    };

    private IoError Statx(Credential who, int descriptor, ReadOnlySpan<byte> path, int flags, out FileStatus status)
    {
        status = default;
        fixed (byte* data = _data)
        {
            nint at = _first.Put(path);
            nint result = _calls.Invoke(who, SystemCall.Statx, descriptor, at, flags, (nint)StatxBasic, (nint)data);
            if (result >= 0)
                status = ReadStatus();
            return Result(result);
        }
    }

    private FileStatus ReadStatus()
    {
        ReadOnlySpan<byte> at = _data;
        return new FileStatus(
            BinaryPrimitives.ReadUInt64LittleEndian(at[32..]),
            BinaryPrimitives.ReadUInt16LittleEndian(at[28..]),
            BinaryPrimitives.ReadUInt32LittleEndian(at[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(at[20..]),
            BinaryPrimitives.ReadUInt32LittleEndian(at[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(at[40..]),
            TimeAt(64),
            TimeAt(112),
            TimeAt(96));
    }
}
