using Engine.Buffers;
using Engine.Native;

namespace Engine.Devices;

/// <summary>The shim's ring, io_uring or libaio.</summary>
internal sealed unsafe class NativeRing : IRing
{
    private static readonly (EioRingFeatures Feature, string Words)[] s_words =
    [
        (EioRingFeatures.SingleIssuer, "single issuer"), (EioRingFeatures.DeferTaskrun, "deferred task run"),
        (EioRingFeatures.CoopTaskrun, "cooperative task run"), (EioRingFeatures.FixedFile, "registered file"),
    ];

    private readonly EioRingHandle _ring;

    private NativeRing(EioRingHandle ring, string description, RegisteredRegions regions)
    {
        _ring = ring;
        Description = description;
        Regions = regions;
    }

    public string Description { get; }

    public RegisteredRegions Regions { get; }

    /// <summary>Makes a ring on the calling thread, which then owns it, and registers the payload where the kernel lets
    /// it.</summary>
    /// <exception cref="DeviceException">The kernel refuses the engine.</exception>
    public static NativeRing Create(DeviceFile file, DeviceEngine engine, int entries, RegisteredRegions regions)
    {
        EioEngine native = engine == DeviceEngine.IoUring ? EioEngine.Uring : EioEngine.Aio;
        int result = EioRingHandle.Create(file.Handle, native, entries, EioRingFeatures.None, out EioRingHandle? ring);
        if (ring is null)
            throw OpenFailure.Ring(file.Path, NameOf(engine), IoError.FromResult(result));
        string payload = string.Empty;
        if (engine != DeviceEngine.IoUring || regions.Count == 0)
            regions = RegisteredRegions.None;
        else
            payload = Register(ring, ref regions);
        string granted = string.Join(", ", s_words.Where(w => ring.Features.HasFlag(w.Feature)).Select(w => w.Words));
        string description = NameOf(engine) + (granted.Length == 0 ? string.Empty : $" ({granted})") + payload;
        return new NativeRing(ring, description, regions);
    }

    public static string NameOf(DeviceEngine engine) => engine == DeviceEngine.IoUring ? "io_uring" : "libaio";

    public int Step(EioRequest* requests, int count, out int accepted, bool wait, EioCompletion* completions, int capacity) =>
        _ring.Step(requests, count, out accepted, wait, timeoutMs: -1, completions, capacity);

    public void Wake() => _ring.Wake();

    public void Dispose() => _ring.Dispose();

    private static string Register(EioRingHandle ring, ref RegisteredRegions regions)
    {
        var vectors = new EioVector[regions.Count];
        for (int i = 0; i < vectors.Length; i++)
            vectors[i] = new EioVector { Address = (ulong)regions[i].Address, Length = regions[i].Length };
        int result = ring.RegisterBuffers(vectors);
        if (result >= 0)
            return "; payload registered";
        regions = RegisteredRegions.None;
        IoError error = IoError.FromResult(result);
        string hint = error == IoError.NoMemory ? " (raise the memlock limit)" : string.Empty;
        return $"; payload not registered: {error.Name}{hint}";
    }
}
