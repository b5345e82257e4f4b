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
    private readonly DeviceStore _store;
    private readonly bool _cached;

    /// <summary>Opens the volume over a diagnostic pool.</summary>
    public LoadFixture(bool inline = true, bool cached = false)
    {
        _cached = cached;
        DeviceStore.Format(Faults, new DeviceStoreFormatOptions { LengthBytes = VolumeBytes });
        _store = DeviceStore.Open(Faults);
        Volume = Open(inline);
        Image = VerifiedImage.Open(LogPath, Volume.Image.Uuid, Volume.Length);
    }

    public string LogPath { get; } =
        Path.Combine(Path.GetTempPath(), $"engine-load-{Environment.ProcessId}-{Path.GetRandomFileName()}");

    public Volume Volume { get; private set; }

    public VerifiedImage Image { get; private set; }

    public FaultDevice Faults { get; } = new(new MemoryDevice(VolumeBytes + (2 << 20)));

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
        Faults.Dispose();
        File.Delete(LogPath);
        _pools.Dispose();
    }

    private Volume Open(bool inline)
    {
        VolumeOptions options = new() { Cached = _cached, CacheBytes = 2 << 20, InlineContinuations = inline };
        return Volume.Open(_store, _store.Image, options.Over(_pools));
    }
}
