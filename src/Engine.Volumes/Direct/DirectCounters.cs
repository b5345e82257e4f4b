namespace Engine.Volumes;

/// <summary>Counters of a direct path. A request object counts in its own tally, which one thread at a time writes, so that
/// counting costs no interlocked operation; a snapshot adds the tallies up. What is rare is counted here, interlocked.</summary>
internal sealed class DirectCounters
{
    private readonly long[] _shared = NewTally();

    /// <summary>A tally at zero, indexed by <see cref="DirectCounter"/>.</summary>
    public static long[] NewTally() => new long[(int)DirectCounter.Count];

    /// <summary>Counts something rare.</summary>
    public void Add(DirectCounter counter, long amount = 1) => Interlocked.Add(ref _shared[(int)counter], amount);

    /// <summary>Takes over the tally of a request object that goes away.</summary>
    public void Absorb(long[] tally)
    {
        for (int i = 0; i < tally.Length; i++)
            Interlocked.Add(ref _shared[i], tally[i]);
    }

    /// <summary>Adds what was counted here.</summary>
    public void AddTo(long[] sum) => Accumulate(_shared, sum);

    /// <summary>Adds a tally that another thread may be writing: each counter is whole, their sum is not of one moment.</summary>
    public static void Accumulate(long[] tally, long[] sum)
    {
        for (int i = 0; i < tally.Length; i++)
            sum[i] += Volatile.Read(ref tally[i]);
    }

    public static DirectStatistics Describe(long[] sum, long inFlight) => new()
    {
        Reads = sum[(int)DirectCounter.Reads],
        ReadBytes = sum[(int)DirectCounter.ReadBytes],
        Writes = sum[(int)DirectCounter.Writes],
        WriteBytes = sum[(int)DirectCounter.WriteBytes],
        Flushes = sum[(int)DirectCounter.Flushes],
        Discards = sum[(int)DirectCounter.Discards],
        StoreReads = sum[(int)DirectCounter.StoreReads],
        StoreFlushes = sum[(int)DirectCounter.StoreFlushes],
        StoreWrites = sum[(int)DirectCounter.StoreWrites],
        ReadModifyWrites = sum[(int)DirectCounter.ReadModifyWrites],
        RangeWaits = sum[(int)DirectCounter.RangeWaits],
        MemoryWaits = sum[(int)DirectCounter.MemoryWaits],
        Failures = sum[(int)DirectCounter.Failures],
        InFlight = inFlight,
    };
}
