using System.Runtime.InteropServices;

namespace Engine.Native;

internal static unsafe partial class Shim
{
    [LibraryImport(Library, EntryPoint = "eio_abi_version")]
    [SuppressGCTransition]
    internal static partial uint AbiVersion();

    /// <summary>Writes sizes and offsets of the shared structs; the count, or -ENOSPC.</summary>
    [LibraryImport(Library, EntryPoint = "eio_abi_layout")]
    internal static partial int AbiLayout(uint* values, uint capacity);
}
