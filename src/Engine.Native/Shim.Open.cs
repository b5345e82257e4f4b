using System.Runtime.InteropServices;

namespace Engine.Native;

internal static partial class Shim
{
    [LibraryImport(Library, EntryPoint = "eio_open", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, EioOpenFlags flags, out int fd);

    [LibraryImport(Library, EntryPoint = "eio_close")]
    internal static partial int Close(int fd);

    [LibraryImport(Library, EntryPoint = "eio_set_length")]
    internal static partial int SetLength(int fd, ulong length, int allocate);
}
