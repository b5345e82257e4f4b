using Engine.Buffers;

namespace Engine.Load;

/// <summary>What one job did.</summary>
public sealed record JobReport
{
    /// <summary>Name of the job.</summary>
    public required string Name { get; init; }

    /// <summary>What it was, in fio's words, for example <c>randwrite bs=4096 iodepth=8</c>; what is 1 is left out.</summary>
    public required string Description { get; init; }

    /// <summary>Ran through the cache.</summary>
    public required bool IsCached { get; init; }

    /// <summary>From the first request to the end of the last.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Completion latency of reads, in nanoseconds. Jobs without verification at depth 1 take one time stamp a request,
    /// so about 20 ns of the generator's own work are in it.</summary>
    public required LatencyHistogram ReadLatency { get; init; }

    /// <summary>Completion latency of writes, in nanoseconds.</summary>
    public required LatencyHistogram WriteLatency { get; init; }

    /// <summary>Bytes read.</summary>
    public required long BytesRead { get; init; }

    /// <summary>Bytes written.</summary>
    public required long BytesWritten { get; init; }

    /// <summary>Flushes that succeeded.</summary>
    public required long Flushes { get; init; }

    /// <summary>Jobs that ran together, this one among them.</summary>
    public int JobsTogether { get; init; } = 1;

    /// <summary>The volume's counters over the run; of all jobs that ran together.</summary>
    public required DeviceCounts Device { get; init; }

    /// <summary>Processor time of the process over the run, without the kernel's own threads; of all jobs that ran
    /// together.</summary>
    public required TimeSpan Cpu { get; init; }

    /// <summary>Managed bytes allocated by the process over the run; of all jobs that ran together.</summary>
    public required long ManagedBytes { get; init; }

    /// <summary>Sectors that reads returned, judged.</summary>
    public required FaultReport Faults { get; init; }

    /// <summary>Operating errors; the first one ends the job.</summary>
    public required long Errors { get; init; }

    /// <summary>The first operating error, one line.</summary>
    public string? FirstError { get; init; }

    /// <summary>The run was cut short.</summary>
    public bool WasStopped { get; init; }

    /// <summary>Reads and writes.</summary>
    public long Requests => ReadLatency.Count + WriteLatency.Count;

    /// <summary>Reads and writes per second.</summary>
    public double Iops => Elapsed > TimeSpan.Zero ? Requests / Elapsed.TotalSeconds : 0;

    /// <summary>10^6 bytes per second.</summary>
    public double MegabytesPerSecond => Elapsed > TimeSpan.Zero ? (BytesRead + BytesWritten) / Elapsed.TotalSeconds / 1e6 : 0;

    /// <summary>Nothing failed and nothing was wrong.</summary>
    public bool IsGood => Errors == 0 && Faults.Faults == 0;

    /// <summary>Completion latency of reads and writes together, in nanoseconds.</summary>
    public LatencyHistogram Latency()
    {
        var all = new LatencyHistogram();
        all.Merge(ReadLatency);
        all.Merge(WriteLatency);
        return all;
    }
}
