using Engine.Buffers;
using Engine.Testing.Namespace;

namespace Engine.Metadata.Tests.Posix;

using Credential = Engine.Testing.Namespace.Credential;
using OpenFlags = Engine.Testing.Namespace.OpenFlags;

// Purpose: proves that the differential run finds what it is there for: a right namespace with one planted mistake. All else is
// handed on as it is.

/// <summary>A namespace with a mistake.</summary>
public sealed class WrongNamespace(INamespace right, Mistake mistake) : INamespace
{
    public void Reset() => right.Reset();

    public Timestamp AdvanceClock() => right.AdvanceClock();

    public IoError MakeDirectory(Credential who, ReadOnlySpan<byte> path, uint mode) =>
        right.MakeDirectory(who, path, mistake == Mistake.IgnoresStickyBitOfNewDirectory ? mode & ~0x200u : mode);

    public IoError Open(Credential who, ReadOnlySpan<byte> path, OpenFlags flags, uint mode, out int handle) =>
        right.Open(who, path, mistake == Mistake.IgnoresExclusive ? flags & ~OpenFlags.Exclusive : flags, mode, out handle);

    public IoError Close(int handle) => right.Close(handle);

    public IoError StatHandle(int handle, out FileStatus status) => right.StatHandle(handle, out status);

    public IoError Link(Credential who, ReadOnlySpan<byte> existing, ReadOnlySpan<byte> path) => right.Link(who, existing, path);

    public IoError SymbolicLink(Credential who, ReadOnlySpan<byte> target, ReadOnlySpan<byte> path) =>
        right.SymbolicLink(who, target, path);

    public IoError ReadLink(Credential who, ReadOnlySpan<byte> path, out byte[] target) => right.ReadLink(who, path, out target);

    public IoError Unlink(Credential who, ReadOnlySpan<byte> path) => right.Unlink(who, path);

    public IoError RemoveDirectory(Credential who, ReadOnlySpan<byte> path) =>
        mistake != Mistake.RemovesForAnybody ? right.RemoveDirectory(who, path) : right.RemoveDirectory(Credential.Root, path);

    public IoError Rename(Credential who, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, RenameMode mode)
    {
        IoError error = right.Rename(
            who, from, to, mistake == Mistake.ExchangeReplaces && mode == RenameMode.Exchange ? RenameMode.Replace : mode);
        if (mistake == Mistake.ThrowsAtRenameOverDirectory && Errno.NameOf(error) == "EISDIR")
            throw new InvalidOperationException("a file over a directory");
        bool leaves = mistake == Mistake.RenameRemovesSecondNameOfOneFile && error.IsNone && !from.SequenceEqual(to);
        if (leaves && right.Stat(Credential.Root, from, follow: false, out FileStatus status).IsNone && status.Links > 1)
            right.Unlink(Credential.Root, from);
        return error;
    }

    public IoError Stat(Credential who, ReadOnlySpan<byte> path, bool follow, out FileStatus status) =>
        right.Stat(who, path, follow, out status);

    public IoError ReadDirectory(Credential who, ReadOnlySpan<byte> path, out IReadOnlyList<DirectoryEntry> entries) =>
        right.ReadDirectory(who, path, out entries);

    public IoError ChangeMode(Credential who, ReadOnlySpan<byte> path, uint mode) => right.ChangeMode(who, path, mode);

    public IoError ChangeOwner(Credential who, ReadOnlySpan<byte> path, uint? uid, uint? gid, bool follow) =>
        right.ChangeOwner(who, path, uid, gid, follow);

    public IoError Truncate(Credential who, ReadOnlySpan<byte> path, long length) => right.Truncate(who, path, length);

    public IoError SetTimes(Credential who, ReadOnlySpan<byte> path, TimeChange accessed, TimeChange modified, bool follow) =>
        right.SetTimes(who, path, accessed, modified, follow);

    public IoError SetXattr(
        Credential who, ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, XattrMode mode, bool follow)
    {
        IoError error = right.SetXattr(who, path, name, value, mode, follow);
        if (mistake == Mistake.XattrChangesModificationTime && error.IsNone)
            right.SetTimes(Credential.Root, path, TimeChange.Omit, TimeChange.Now, follow);
        return error;
    }

    public IoError GetXattr(Credential who, ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, bool follow, out byte[] value) =>
        right.GetXattr(who, path, name, follow, out value);

    public IoError ListXattr(Credential who, ReadOnlySpan<byte> path, bool follow, out IReadOnlyList<byte[]> names) =>
        right.ListXattr(who, path, follow, out names);

    public IoError RemoveXattr(Credential who, ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, bool follow) =>
        right.RemoveXattr(who, path, name, follow);

    public void Dispose() => right.Dispose();
}
