using System.Runtime.InteropServices;

namespace Engine.Native;

/// <summary>The C library's calls that look at directory trees of the machine. Strings are bytes that end in a zero; results are
/// the library's, with the errno set.</summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true)]
    internal static partial int Open(byte* path, int flags, int mode);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int fd);

    [LibraryImport(Library, EntryPoint = "getdents64", SetLastError = true)]
    internal static partial nint GetDents64(int fd, byte* buffer, nint length);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true)]
    internal static partial int Statx(int fd, byte* path, int flags, uint mask, byte* status);

    [LibraryImport(Library, EntryPoint = "readlinkat", SetLastError = true)]
    internal static partial nint ReadLinkAt(int fd, byte* path, byte* buffer, nint length);

    /// <summary>listxattrat(2), which Linux has from 6.13 on and the C library not yet: the number is the same on every
    /// architecture.</summary>
    internal static nint ListXattrAt(int fd, byte* path, int flags, byte* list, nint length)
    {
        const nint number = 465;
        return Syscall(number, fd, path, flags, list, length);
    }

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint fd, byte* path, nint flags, byte* list, nint length);

    [LibraryImport(Library, EntryPoint = "llistxattr", SetLastError = true)]
    internal static partial nint LListXattr(byte* path, byte* list, nint length);

    [LibraryImport(Library, EntryPoint = "lgetxattr", SetLastError = true)]
    internal static partial nint LGetXattr(byte* path, byte* name, byte* value, nint length);
}
