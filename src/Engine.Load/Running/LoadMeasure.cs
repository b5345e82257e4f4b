using System.Diagnostics;
using Engine.Volumes;

namespace Engine.Load;

/// <summary>Readings of process and volume at the start of a run, and what changed until now.</summary>
internal sealed class LoadMeasure
{
    private readonly Volume _volume;
    private readonly DeviceCounts _device;
    private readonly TimeSpan _cpu;
    private readonly long _managedBytes;

    public LoadMeasure(Volume volume)
    {
        _volume = volume;
        _device = volume.ReadDeviceCounts();
        _cpu = ReadCpu();
        StartedAt = Stopwatch.GetTimestamp();
        _managedBytes = GC.GetTotalAllocatedBytes(precise: true);
    }

    /// <summary>Time stamp of the start.</summary>
    public long StartedAt { get; }

    public DeviceCounts Device => _volume.ReadDeviceCounts() - _device;

    public TimeSpan Cpu => ReadCpu() - _cpu;

    public long ManagedBytes => GC.GetTotalAllocatedBytes(precise: true) - _managedBytes;

    private static TimeSpan ReadCpu()
    {
        using Process process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }
}
