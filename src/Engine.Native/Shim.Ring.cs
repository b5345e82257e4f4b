using System.Runtime.InteropServices;

namespace Engine.Native;

internal static unsafe partial class Shim
{
    [LibraryImport(Library, EntryPoint = "eio_ring_create")]
    internal static partial int RingCreate(ref EioRingOptions options, out nint ring);

    [LibraryImport(Library, EntryPoint = "eio_ring_destroy")]
    internal static partial int RingDestroy(nint ring);

    [LibraryImport(Library, EntryPoint = "eio_ring_register_buffers")]
    internal static partial int RingRegisterBuffers(nint ring, EioVector* regions, uint count);

    /// <summary>One batch; may block, so the collector must be free to run meanwhile.</summary>
    [LibraryImport(Library, EntryPoint = "eio_ring_step")]
    internal static partial int RingStep(
        nint ring, EioRequest* requests, uint count, uint* accepted, uint wait, int timeoutMs, EioCompletion* completions,
        uint capacity);

    [LibraryImport(Library, EntryPoint = "eio_ring_wake")]
    internal static partial int RingWake(nint ring);
}
