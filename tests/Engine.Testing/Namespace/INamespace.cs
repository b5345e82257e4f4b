using Engine.Buffers;

namespace Engine.Testing.Namespace;

// Purpose: the one face that every namespace shows to the judge: the kernel's, and ours.
// Rules: an operation runs to its end within the call. Paths are bytes without a zero, as a process with the root directory "/"
// as its working directory would pass them: relative paths start at the root too. The file mode creation mask is 0. A mode has
// twelve bits. Unless a method has "follow", it treats a symbolic link at the end of a path as Linux does. No operation throws
// for what a caller of the operating system would get as errno.
// Shape: handles count from 0 and are one namespace's own; Reset closes them all.

/// <summary>A POSIX-like namespace, by path, with a credential for each operation.</summary>
public interface INamespace : IDisposable
{
    /// <summary>Empties the namespace: a root directory of mode 0777 and owner 0:0 without entries or attributes, no open
    /// handle.</summary>
    void Reset();

    /// <summary>Makes sure that changes after the call carry a later time than changes before it.</summary>
    /// <returns>A time after all changes before the call and not after any change that follows.</returns>
    Timestamp AdvanceClock();

    /// <summary>mkdir(3p).</summary>
    IoError MakeDirectory(Credential who, ReadOnlySpan<byte> path, uint mode);

    /// <summary>open(3p).</summary>
    /// <param name="who">On whose behalf.</param>
    /// <param name="path">What to open.</param>
    /// <param name="flags">Access mode and flags.</param>
    /// <param name="mode">Permission bits of a file that is created.</param>
    /// <param name="handle">The open file; -1 after an error.</param>
    IoError Open(Credential who, ReadOnlySpan<byte> path, OpenFlags flags, uint mode, out int handle);

    /// <summary>close(3p). A handle that is not open: EBADF.</summary>
    IoError Close(int handle);

    /// <summary>fstat(3p).</summary>
    IoError StatHandle(int handle, out FileStatus status);

    /// <summary>link(3p); a symbolic link is linked itself, as Linux does.</summary>
    IoError Link(Credential who, ReadOnlySpan<byte> existing, ReadOnlySpan<byte> path);

    /// <summary>symlink(3p).</summary>
    IoError SymbolicLink(Credential who, ReadOnlySpan<byte> target, ReadOnlySpan<byte> path);

    /// <summary>readlink(3p); the target is empty after an error.</summary>
    IoError ReadLink(Credential who, ReadOnlySpan<byte> path, out byte[] target);

    /// <summary>unlink(3p).</summary>
    IoError Unlink(Credential who, ReadOnlySpan<byte> path);

    /// <summary>rmdir(3p).</summary>
    IoError RemoveDirectory(Credential who, ReadOnlySpan<byte> path);

    /// <summary>rename(3p), or renameat2(2) with a flag.</summary>
    IoError Rename(Credential who, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, RenameMode mode);

    /// <summary>stat(3p), or lstat(3p) without <paramref name="follow"/>.</summary>
    IoError Stat(Credential who, ReadOnlySpan<byte> path, bool follow, out FileStatus status);

    /// <summary>opendir(3p), readdir(3p) to the end and closedir(3p): all names but "." and "..", in any order; empty after an
    /// error.</summary>
    IoError ReadDirectory(Credential who, ReadOnlySpan<byte> path, out IReadOnlyList<DirectoryEntry> entries);

    /// <summary>chmod(3p).</summary>
    IoError ChangeMode(Credential who, ReadOnlySpan<byte> path, uint mode);

    /// <summary>chown(3p), or lchown(3p) without <paramref name="follow"/>; null leaves an id as it is.</summary>
    IoError ChangeOwner(Credential who, ReadOnlySpan<byte> path, uint? uid, uint? gid, bool follow);

    /// <summary>truncate(3p).</summary>
    IoError Truncate(Credential who, ReadOnlySpan<byte> path, long length);

    /// <summary>utimensat(3p), without <paramref name="follow"/> with AT_SYMLINK_NOFOLLOW.</summary>
    IoError SetTimes(Credential who, ReadOnlySpan<byte> path, TimeChange accessed, TimeChange modified, bool follow);

    /// <summary>setxattr(2), or lsetxattr(2) without <paramref name="follow"/>.</summary>
    IoError SetXattr(
        Credential who, ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, XattrMode mode, bool follow);

    /// <summary>getxattr(2), or lgetxattr(2) without <paramref name="follow"/>; the value is empty after an error.</summary>
    IoError GetXattr(Credential who, ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, bool follow, out byte[] value);

    /// <summary>listxattr(2), or llistxattr(2) without <paramref name="follow"/>, in any order; empty after an error.</summary>
    IoError ListXattr(Credential who, ReadOnlySpan<byte> path, bool follow, out IReadOnlyList<byte[]> names);

    /// <summary>removexattr(2), or lremovexattr(2) without <paramref name="follow"/>.</summary>
    IoError RemoveXattr(Credential who, ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, bool follow);
}
