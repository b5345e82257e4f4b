using System.Numerics;

namespace Engine.Volumes;

/// <summary>Counters with a row of cache lines a core, so that counting is no meeting point of cores. Thread-safe.</summary>
internal sealed class DirectCounters
{
    /// <summary>Two cache lines of counters.</summary>
    private const int RowLongs = 16;

    private readonly long[] _cells;
    private readonly int _mask;

    public DirectCounters()
    {
        int cores = (int)BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount);
        _mask = cores - 1;
        _cells = new long[(cores + 2) * RowLongs];
    }

    public long this[DirectCounter counter]
    {
        get
        {
            long total = 0;
            for (int core = 0; core <= _mask; core++)
                total += Volatile.Read(ref Cell(core, counter));
            return total;
        }
    }

    public void Add(DirectCounter counter, long amount = 1) =>
        Interlocked.Add(ref Cell(Thread.GetCurrentProcessorId() & _mask, counter), amount);

    public DirectStatistics Snapshot(long inFlight) => new()
    {
        Reads = this[DirectCounter.Reads],
        ReadBytes = this[DirectCounter.ReadBytes],
        Writes = this[DirectCounter.Writes],
        WriteBytes = this[DirectCounter.WriteBytes],
        Flushes = this[DirectCounter.Flushes],
        Discards = this[DirectCounter.Discards],
        StoreReads = this[DirectCounter.StoreReads],
        StoreWrites = this[DirectCounter.StoreWrites],
        ReadModifyWrites = this[DirectCounter.ReadModifyWrites],
        RangeWaits = this[DirectCounter.RangeWaits],
        MemoryWaits = this[DirectCounter.MemoryWaits],
        Failures = this[DirectCounter.Failures],
        InFlight = inFlight,
    };

    private ref long Cell(int core, DirectCounter counter) => ref _cells[((core + 1) * RowLongs) + (int)counter];
}
