using Microsoft.Win32.SafeHandles;

namespace Engine.Native;

/// <summary>
/// A ring of the shim. The thread that creates it steps, registers and disposes it; <see cref="Wake"/> alone is for any thread.
/// The ring keeps its file open. Disposed on another thread (or never), the ring stays alive: memory that requests in flight
/// name cannot be given back under them.
/// </summary>
internal sealed unsafe class EioRingHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly EioFileHandle _file;

    /// <summary>Threads inside <see cref="Wake"/>.</summary>
    private int _wakers;
    private bool _closing;

    private EioRingHandle(nint ring, EioFileHandle file, EioRingFeatures features)
        : base(ownsHandle: true)
    {
        SetHandle(ring);
        _file = file;
        Features = features;
    }

    /// <summary>What the kernel granted.</summary>
    internal EioRingFeatures Features { get; }

    /// <summary>Creates a ring for <paramref name="file"/>; the calling thread owns it. 0, or a negative errno.</summary>
    internal static int Create(
        EioFileHandle file, EioEngine engine, int entries, EioRingFeatures wanted, out EioRingHandle? ring)
    {
        ring = null;
        var held = false;
        file.DangerousAddRef(ref held);
        var options = new EioRingOptions { Engine = engine, Entries = (uint)entries, Fd = file.Descriptor, Wanted = wanted };
        var error = Shim.RingCreate(ref options, out var native);
        if (error == 0)
            ring = new EioRingHandle(native, file, options.Features);
        else
            file.DangerousRelease();
        return error;
    }

    /// <summary>Registers payload regions; 0 or a negative errno (-ENOMEM: the memlock limit). Owner thread.</summary>
    internal int RegisterBuffers(ReadOnlySpan<EioVector> regions)
    {
        fixed (EioVector* first = regions)
            return Shim.RingRegisterBuffers(handle, first, (uint)regions.Length);
    }

    /// <summary>
    /// Takes up to <paramref name="count"/> requests, submits, waits when asked, and reaps; the completions written, or a
    /// negative errno when the ring is broken. Owner thread; no reference is counted, since the owner disposes it too.
    /// </summary>
    internal int Step(
        EioRequest* requests, int count, out int accepted, bool wait, int timeoutMs, EioCompletion* completions, int capacity)
    {
        uint taken;
        var reaped = Shim.RingStep(
            handle, requests, (uint)count, &taken, wait ? 1u : 0u, timeoutMs, completions, (uint)capacity);
        accepted = (int)taken;
        return reaped;
    }

    /// <summary>Makes the blocked, or the next blocking, step return; any thread; false when the ring is disposed.</summary>
    internal bool Wake()
    {
        Interlocked.Increment(ref _wakers);
        try
        {
            return !Volatile.Read(ref _closing) && Shim.RingWake(handle) == 0;
        }
        finally
        {
            Interlocked.Decrement(ref _wakers);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // A reference count would let the last waker, on a wrong thread, destroy the ring: the owner waits for wakers instead.
        Interlocked.Exchange(ref _closing, true);
        var spin = default(SpinWait);
        while (disposing && Volatile.Read(ref _wakers) != 0)
            spin.SpinOnce();
        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        if (Shim.RingDestroy(handle) != 0)
            return false;
        _file.DangerousRelease();
        return true;
    }
}
