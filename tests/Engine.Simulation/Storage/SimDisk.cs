using Engine.Buffers;

namespace Engine.Simulation;

/// <summary>The fault model that a process's log and objects share: how long an operation takes, and whether it fails. Outlives
/// the lives of the process; content is kept by <see cref="SimLogFile"/> and <see cref="SimObjectStore"/>.</summary>
public sealed class SimDisk
{
    private readonly Simulator _simulator;
    private readonly SeededRandom _random;
    private readonly int[] _failuresLeft = new int[Enum.GetValues<DiskOperation>().Length];
    private long _stalledUntil;
    private long _fullUntil;
    private long _readOnlyUntil;

    internal SimDisk(Simulator simulator, SeededRandom random, DiskOptions options)
    {
        _simulator = simulator;
        _random = random;
        Options = options;
    }

    /// <summary>How the disk behaves when nothing is wrong.</summary>
    public DiskOptions Options { get; }

    /// <summary>No space is left.</summary>
    public bool IsFull => _fullUntil > _simulator.NowMicros;

    /// <summary>Objects can be read, and not changed.</summary>
    public bool IsReadOnly => _readOnlyUntil > _simulator.NowMicros;

    /// <summary>Choices of this disk.</summary>
    internal SeededRandom Random => _random;

    /// <summary>Time from now until an operation that moves <paramref name="bytes"/> is over.</summary>
    public long DelayOf(long bytes, bool isFlush)
    {
        long delay = (isFlush ? Options.FlushMicros : Options.LatencyMicros) + _random.NextInt(Options.JitterMicros + 1)
            + (bytes / Options.BytesPerMicro);
        return delay + Math.Max(0, _stalledUntil - _simulator.NowMicros);
    }

    /// <summary>True when the operation that ends now has to fail; uses up one failure.</summary>
    public bool TakeFailure(DiskOperation operation)
    {
        ref int left = ref _failuresLeft[(int)operation];
        if (left == 0)
            return false;
        left--;
        return true;
    }

    internal void Stall(long untilMicros) => _stalledUntil = Math.Max(_stalledUntil, untilMicros);

    internal void Fill(long untilMicros) => _fullUntil = Math.Max(_fullUntil, untilMicros);

    internal void Lock(long untilMicros) => _readOnlyUntil = Math.Max(_readOnlyUntil, untilMicros);

    internal void Fail(DiskOperation operation, int count) => _failuresLeft[(int)operation] += count;

    internal void Heal()
    {
        _stalledUntil = 0;
        _fullUntil = 0;
        _readOnlyUntil = 0;
        Array.Clear(_failuresLeft);
    }
}
