using System.Runtime.InteropServices;

namespace Engine.Native;

internal static unsafe partial class Shim
{
    /// <summary>Bytes moved, possibly fewer than asked, or a negative errno. Blocks.</summary>
    [LibraryImport(Library, EntryPoint = "eio_transfer")]
    internal static partial long Transfer(
        int fd, EioOperation operation, EioRequestFlags flags, EioVector* vectors, uint count, long offset);

    [LibraryImport(Library, EntryPoint = "eio_flush")]
    internal static partial int Flush(int fd);

    [LibraryImport(Library, EntryPoint = "eio_sync")]
    internal static partial int Sync(int fd);

    [LibraryImport(Library, EntryPoint = "eio_discard")]
    internal static partial int Discard(int fd, ulong offset, ulong length);

    [LibraryImport(Library, EntryPoint = "eio_write_zeroes")]
    internal static partial int WriteZeroes(int fd, ulong offset, ulong length);
}
