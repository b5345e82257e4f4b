using System.Runtime.InteropServices;

namespace Engine.Native;

internal static partial class Shim
{
    [LibraryImport(Library, EntryPoint = "eio_rename", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Rename(string from, string to);

    [LibraryImport(Library, EntryPoint = "eio_unlink", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Unlink(string path);

    [LibraryImport(Library, EntryPoint = "eio_sync_directory", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int SyncDirectory(string path);

    /// <summary>Takes or gives back the descriptor's lock; blocks.</summary>
    [LibraryImport(Library, EntryPoint = "eio_lock")]
    internal static partial int Lock(int fd, int exclusive);
}
