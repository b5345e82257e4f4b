namespace Engine.Load;

/// <summary>Counts of judged sectors, and the first faults by name. Thread-safe.</summary>
public sealed class FaultReport
{
    private const int NamedMax = 10;

    private readonly Lock _lock = new();
    private readonly List<SectorFault> _named = [];
    private long _good;
    private long _absent;
    private long _lost;
    private long _misplaced;
    private long _damaged;

    /// <summary>Sectors that were right.</summary>
    public long Good => Volatile.Read(ref _good);

    /// <summary>Sectors that were written but never flushed (or discarded since) and hold nothing of it: no fault, and not
    /// verified.</summary>
    public long Absent => Volatile.Read(ref _absent);

    /// <summary>Sectors older than their last flushed generation.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Sectors with another sector's content.</summary>
    public long Misplaced => Volatile.Read(ref _misplaced);

    /// <summary>Sectors with anything else that is wrong.</summary>
    public long Damaged => Volatile.Read(ref _damaged);

    /// <summary>All wrong sectors.</summary>
    public long Faults => Lost + Misplaced + Damaged;

    /// <summary>Bytes that were judged and found right.</summary>
    public long BytesVerified => Good * SectorPattern.SectorSize;

    /// <summary>The first faults, in the order in which they were found.</summary>
    public IReadOnlyList<SectorFault> Named
    {
        get
        {
            lock (_lock)
                return [.. _named];
        }
    }

    /// <summary>Adds sectors that were right.</summary>
    public void AddGood(long sectors) => Interlocked.Add(ref _good, sectors);

    /// <summary>Adds sectors that hold nothing of a write that no flush covered.</summary>
    public void AddAbsent(long sectors) => Interlocked.Add(ref _absent, sectors);

    /// <summary>Adds a fault.</summary>
    public void Add(SectorFault fault)
    {
        lock (_lock)
        {
            if (_named.Count < NamedMax)
                _named.Add(fault);
        }

        switch (fault.State)
        {
            case SectorState.Lost:
                Interlocked.Increment(ref _lost);
                break;
            case SectorState.Misplaced:
                Interlocked.Increment(ref _misplaced);
                break;
            default:
                Interlocked.Increment(ref _damaged);
                break;
        }
    }

    /// <summary>Adds everything that <paramref name="other"/> holds.</summary>
    public void Add(FaultReport other)
    {
        AddGood(other.Good);
        AddAbsent(other.Absent);
        Interlocked.Add(ref _lost, other.Lost);
        Interlocked.Add(ref _misplaced, other.Misplaced);
        Interlocked.Add(ref _damaged, other.Damaged);
        lock (_lock)
            _named.AddRange(other.Named.Take(NamedMax - _named.Count));
    }
}
