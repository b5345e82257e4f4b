using Engine.Buffers;
using Engine.Devices;
using Engine.Load;
using Engine.Stores;
using Engine.Testing;
using Engine.Testing.Devices;
using Engine.Volumes;

namespace Engine.Load.Tests.Running;

/// <summary>A volume on a memory device with its side log.</summary>
internal sealed class LoadFixture : IDisposable
{
    public const int VolumeBytes = 8 << 20;

    private readonly DiagnosticPools _pools = new();
    private readonly IBlockDevice _device;
    private readonly DeviceStore _store;
    private readonly bool _cached;
    private readonly bool _diagnosed;

    /// <summary>Opens the volume over a diagnostic pool, or, where allocations are what is looked at, over its own.</summary>
    public LoadFixture(bool inline = true, bool withFaults = true, bool cached = false, bool diagnosed = true)
    {
        _cached = cached;
        _diagnosed = diagnosed;
        _device = new MemoryDevice(VolumeBytes + (2 << 20));
        if (withFaults)
            _device = new FaultDevice(_device);
        DeviceStore.Format(_device, new DeviceStoreFormatOptions { LengthBytes = VolumeBytes });
        _store = DeviceStore.Open(_device);
        Volume = Open(inline);
        Image = VerifiedImage.Open(LogPath, Volume.Image.Uuid, Volume.Length);
    }

    public string LogPath { get; } =
        Path.Combine(Path.GetTempPath(), $"engine-load-{Environment.ProcessId}-{Path.GetRandomFileName()}");

    public Volume Volume { get; private set; }

    public VerifiedImage Image { get; private set; }

    public FaultDevice Faults => (FaultDevice)_device;

    public LoadOptions Options => new() { Image = Image };

    /// <summary>Runs one job, which must succeed.</summary>
    public JobReport Run(JobDescription job)
    {
        JobReport report = LoadRunner.Run(Volume, [job], Options)[0];
        Assert.Null(report.FirstError);
        Assert.Equal([], report.Faults.Named);
        return report;
    }

    /// <summary>Closes, reopens, and verifies the whole volume against the side log.</summary>
    public FaultReport Verify()
    {
        Volume.Dispose();
        Image.Dispose();
        Volume = Open(inline: true);
        FaultReport report = new Verifier(SideLogContent.Load(LogPath)).Run(Volume);
        Image = VerifiedImage.Open(LogPath, Volume.Image.Uuid, Volume.Length);
        return report;
    }

    /// <summary>Removes the side log and begins another, as unverified writes between two verified runs do.</summary>
    public void BeginNewLog()
    {
        Image.Dispose();
        File.Delete(LogPath);
        Image = VerifiedImage.Open(LogPath, Volume.Image.Uuid, Volume.Length);
    }

    public void Dispose()
    {
        Volume.Dispose();
        Image.Dispose();
        _store.Dispose();
        _device.Dispose();
        File.Delete(LogPath);
        _pools.Dispose();
    }

    private Volume Open(bool inline)
    {
        VolumeOptions options = new() { Cached = _cached, CacheBytes = 2 << 20, InlineContinuations = inline };
        return Volume.Open(_store, _store.Image, _diagnosed ? options.Over(_pools) : options);
    }
}
