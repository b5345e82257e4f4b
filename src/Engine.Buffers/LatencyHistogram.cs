// Counts durations in buckets whose width grows with the value: exact below 256 ns, then 128 buckets to a power of two, so a
// bucket is at most 1/128 of its lower bound wide and its midpoint at most 0.4 % off. Values from 0 to MaxNs; what lies above is
// counted in the last bucket, and its true value only in Max and Mean.
//
// Ownership: one array of counters, allocated at construction. Not thread-safe: a thread has its own, and readers merge.
// Invariant: Count is the sum of all buckets.

using System.Numerics;

namespace Engine.Buffers;

/// <summary>A histogram of durations in nanoseconds with about 1 % precision from 1 ns to 100 s; recording allocates
/// nothing.</summary>
public sealed class LatencyHistogram
{
    /// <summary>The longest duration told apart: a little over 100 s.</summary>
    public const long MaxNs = 1L << 37;

    private const int SubBits = 7;
    private const int SubBuckets = 1 << SubBits;

    /// <summary>Values below this have a bucket each.</summary>
    private const int LinearNs = SubBuckets * 2;

    private readonly long[] _buckets = new long[BucketOf(MaxNs) + 1];
    private UInt128 _sumNs;
    private long _maxNs;
    private long _minNs = long.MaxValue;

    /// <summary>Durations recorded.</summary>
    public long Count { get; private set; }

    /// <summary>The longest duration recorded, exact; 0 when there is none.</summary>
    public long Max => _maxNs;

    /// <summary>The shortest duration recorded, exact; 0 when there is none.</summary>
    public long Min => Count == 0 ? 0 : _minNs;

    /// <summary>The mean in nanoseconds, exact; 0 when nothing was recorded.</summary>
    public double Mean => Count == 0 ? 0 : (double)_sumNs / Count;

    /// <summary>Counts one duration; a negative one (a clock stepped back) counts as 0.</summary>
    public void Record(long durationNs) => Record(durationNs, 1);

    /// <summary>Counts <paramref name="count"/> equal durations.</summary>
    public void Record(long durationNs, long count)
    {
        Invariant.That(count >= 0);
        if (count == 0)
            return;
        durationNs = Math.Max(durationNs, 0);
        _buckets[BucketOf(Math.Min(durationNs, MaxNs))] += count;
        Count += count;
        _sumNs += (UInt128)durationNs * (ulong)count;
        _maxNs = Math.Max(_maxNs, durationNs);
        _minNs = Math.Min(_minNs, durationNs);
    }

    /// <summary>The duration in nanoseconds that <paramref name="percent"/> per cent (0 to 100) of the durations do not
    /// exceed.</summary>
    /// <returns>Within about 1 %, and never outside <see cref="Min"/> .. <see cref="Max"/>; 0 when nothing was
    /// recorded.</returns>
    public long Percentile(double percent)
    {
        Invariant.That(percent is >= 0 and <= 100);
        if (Count == 0)
            return 0;
        // A product such as 99.9 % of 1000 must not be pushed up by its rounding error.
        long rank = Math.Max(1, (long)Math.Ceiling((percent / 100 * Count) - 1e-6));
        if (rank >= Count)
            return _maxNs;
        long seen = 0;
        for (int bucket = 0; bucket < _buckets.Length; bucket++)
        {
            seen += _buckets[bucket];
            if (seen >= rank)
                return Math.Clamp(MiddleOf(bucket), _minNs, _maxNs);
        }

        return _maxNs;
    }

    /// <summary>Adds everything that <paramref name="other"/> counted.</summary>
    public void Merge(LatencyHistogram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (int bucket = 0; bucket < _buckets.Length; bucket++)
            _buckets[bucket] += other._buckets[bucket];
        Count += other.Count;
        _sumNs += other._sumNs;
        _maxNs = Math.Max(_maxNs, other._maxNs);
        _minNs = Math.Min(_minNs, other._minNs);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Array.Clear(_buckets);
        Count = 0;
        _sumNs = 0;
        _maxNs = 0;
        _minNs = long.MaxValue;
    }

    private static int BucketOf(long ns)
    {
        if (ns < LinearNs)
            return (int)ns;
        // 256..511 has shift 1: the value's top 8 bits (128..255) pick one of 128 buckets. 300 -> 150 -> bucket 256 + 22.
        int shift = BitOperations.Log2((ulong)ns) - SubBits;
        return (shift * SubBuckets) + (int)(ns >> shift);
    }

    private static long MiddleOf(int bucket)
    {
        if (bucket < LinearNs)
            return bucket;
        int shift = (bucket / SubBuckets) - 1;
        long low = (long)(bucket - (shift * SubBuckets)) << shift;
        return low + ((1L << shift) / 2);
    }
}
