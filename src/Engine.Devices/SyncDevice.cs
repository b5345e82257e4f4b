using Engine.Buffers;

namespace Engine.Devices;

/// <summary>A device by system calls on helper threads: for kernels that refuse both ring engines, and as a plain
/// reference.</summary>
internal sealed class SyncDevice : IBlockDevice
{
    private readonly DeviceFile _file;
    private readonly DeviceFault _fault = new();
    private readonly DeviceHelpers _helpers;
    private readonly string _description;
    private int _disposed;

    public SyncDevice(DeviceFile file, int threads, int queueDepth, string description)
    {
        _file = file;
        Geometry = file.Geometry with { HasFua = false };
        _description = description;
        _helpers = new DeviceHelpers("engine-sync " + file.Path, threads, queueDepth, file, _fault);
    }

    /// <summary>Of the file, but for FUA: pwritev2 with RWF_DSYNC flushes the whole device behind the write
    /// (block/fops.c).</summary>
    public DeviceGeometry Geometry { get; }

    public string Engine => _description + _fault.Suffix;

    public void Submit(ReadOnlySpan<DeviceRequest> requests)
    {
        foreach (ref readonly DeviceRequest request in requests)
            Invariant.That(request.Sink is not null);
        _helpers.Submit(requests, mayBlock: true);
    }

    public IoResult Execute(in DeviceRequest request) => _file.Execute(request);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _helpers.Stop();
        _file.Dispose();
        _fault.ThrowIfBug();
    }
}
