using System.Runtime.InteropServices;

namespace Engine.Native;

internal static partial class Shim
{
    /// <summary>Maps anonymous memory at a 2 MiB boundary, and faults in so much of its beginning; the flag is 0 or 1.</summary>
    [LibraryImport(Library, EntryPoint = "eio_memory_map")]
    internal static partial int MemoryMap(ulong length, int hugePages, ulong touch, out ulong address);

    [LibraryImport(Library, EntryPoint = "eio_memory_unmap")]
    internal static partial int MemoryUnmap(ulong address, ulong length);

    /// <summary>Advises huge pages for a mapping made without, and moves what lies in its first one.</summary>
    [LibraryImport(Library, EntryPoint = "eio_memory_use_huge")]
    internal static partial int MemoryUseHuge(ulong address, ulong length);

    [LibraryImport(Library, EntryPoint = "eio_memory_protect")]
    internal static partial int MemoryProtect(ulong address, ulong length, int accessible);
}
