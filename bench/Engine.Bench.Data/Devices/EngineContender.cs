using Engine.Buffers;

namespace Engine.Bench.Data;

/// <summary>Engine's uncached volume: one blocking caller, or as many asynchronous lanes as the depth says.</summary>
internal sealed class EngineContender(DeviceVolume target) : DeviceContender("Volume")
{
    /// <summary>Enough for the just-in-time compiler to be done with the path.</summary>
    private const int WarmUpMs = 700;

    private DeviceJob? _job;

    /// <summary>Where each lane goes next: a turn goes on where the one before it ended, as the other processes do.</summary>
    private SeededRandom[] _randoms = [];

    /// <summary>Managed bytes per operation in the last turn, all threads.</summary>
    public double BytesPerOperation { get; private set; }

    public override void Begin(DeviceJob job)
    {
        _job = job;
        _randoms = [.. Enumerable.Range(0, job.Depth).Select(index => new SeededRandom(BenchRun.Seed + (ulong)index))];
        Turn(WarmUpMs);
    }

    public override DeviceSample Turn(int sliceMs)
    {
        DeviceJob job = _job!;
        Lane[] lanes = [.. _randoms.Select(random => new Lane(target, job.IsWrite, random))];
        Task[] ends = [.. lanes.Select(lane => job.Blocks ? lane.StartBlocking() : lane.RunAsync())];
        Pass(SettleMs);
        DeviceReading begin = DeviceReading.Begin(target.DevicePath, Environment.ProcessId);
        long count = Total(lanes);

        // The lanes' bytes only: a reading allocates too, and so would the precise count, which stops all threads.
        long allocated = GC.GetTotalAllocatedBytes();
        Pass(sliceMs);
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        count = Total(lanes) - count;
        DeviceSample sample = begin.Until(DeviceReading.End(target.DevicePath, Environment.ProcessId));
        BytesPerOperation = (double)allocated / Math.Max(1, count);
        foreach (Lane lane in lanes)
            lane.Stop();
        Task.WaitAll(ends);
        foreach (Lane lane in lanes)
            lane.Dispose();
        return sample;
    }

    public override void End() => _job = null;

    private static long Total(Lane[] lanes) => lanes.Sum(lane => lane.Count);
}
