// All locks and auth pins of one operation. They are acquired in one order over all ranks, pins first, so that operations cannot
// wait for one another in a circle. While it waits for a lock an operation keeps those that come before; it keeps nothing while
// it waits for an object to be unfrozen, since the migration that froze it may need what it holds.

using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>The locks and auth pins of one operation. Reusable. Source: migrator specification, 1.9.</summary>
public sealed class LockSet
{
    private readonly LockMachine _machine;
    private readonly ILockHost _host;
    private readonly List<Entry> _entries = [];
    private readonly List<LockObject> _pins = [];

    /// <summary>Entries before this one are held.</summary>
    private int _heldCount;

    /// <summary>Pins before this one are held.</summary>
    private int _pinnedCount;

    private bool _isOrdered;
    private ulong _operation;
    private ClientId _client;

    /// <summary>Makes an empty set.</summary>
    public LockSet(LockMachine machine, ILockHost host)
    {
        _machine = machine;
        _host = host;
    }

    /// <summary>What the operation waits for, after <see cref="LockOutcome.Waiting"/>.</summary>
    public LockBlock BlockedOn { get; private set; }

    /// <summary>Are all locks held?</summary>
    public bool IsAcquired { get; private set; }

    /// <summary>Starts anew for an operation; nothing is held.</summary>
    /// <param name="operation">Names it among those of the rank; not 0.</param>
    /// <param name="client">For whom; negative for the rank itself.</param>
    public void Reset(ulong operation, ClientId client)
    {
        Invariant.That(_heldCount == 0 && _pinnedCount == 0 && operation != 0);
        _entries.Clear();
        _pins.Clear();
        _isOrdered = false;
        _operation = operation;
        _client = client;
    }

    /// <summary>Wants a lock; wanted in several modes, it is taken in the strongest.</summary>
    public void Add(LockObject on, LockKind kind, LockMode mode)
    {
        Invariant.That(!_isOrdered && (mode != LockMode.Write || LockRules.IsScatter(kind)));
        _entries.Add(new Entry(on, kind, mode));
    }

    /// <summary>Wants an auth pin. Objects whose locks are wanted for more than reading have one anyway, at their
    /// authority.</summary>
    public void AddPin(LockObject on)
    {
        Invariant.That(!_isOrdered);
        _pins.Add(on);
    }

    /// <summary>Takes what is not held yet, in order.</summary>
    public LockOutcome Acquire(LockPatience patience)
    {
        Invariant.That(!IsAcquired);
        Order();
        for (; _pinnedCount < _pins.Count; _pinnedCount++)
        {
            if (!_host.TryAuthPin(_pins[_pinnedCount]))
                return BlockedByFreezing(_pins[_pinnedCount], patience);
        }

        for (; _heldCount < _entries.Count; _heldCount++)
        {
            ref Entry entry = ref CollectionsMarshal.AsSpan(_entries)[_heldCount];
            LockStart start = Start(ref entry);
            if (start != LockStart.Granted)
                return Blocked(entry, start, patience);
        }

        IsAcquired = true;
        return LockOutcome.Acquired;
    }

    /// <summary>The lock, which is held.</summary>
    public MetadataLock Held(LockObject on, LockKind kind)
    {
        foreach (ref Entry entry in CollectionsMarshal.AsSpan(_entries)[.._heldCount])
        {
            if (entry.On == on && entry.Kind == kind)
                return entry.Item!;
        }

        throw new InvariantException($"{kind} of {on} is not held");
    }

    /// <summary>The changes are made, though not durable: the client they were made for may see them.</summary>
    public void ChangesMade()
    {
        Invariant.That(IsAcquired);
        foreach (ref Entry entry in CollectionsMarshal.AsSpan(_entries))
        {
            if (entry.Mode == LockMode.Exclusive)
                _machine.ExclusiveDone(entry.Item!, _operation);
        }
    }

    /// <summary>Gives back all that is held; what is wanted stays.</summary>
    public void Release()
    {
        IsAcquired = false;
        while (_heldCount > 0)
        {
            ref Entry entry = ref CollectionsMarshal.AsSpan(_entries)[--_heldCount];
            Finish(entry);
            entry.Item = null;
        }

        while (_pinnedCount > 0)
            _host.Unpin(_pins[--_pinnedCount]);
    }

    /// <summary>Gives back some of what is held, for good: it is not wanted any more.</summary>
    public void Release(Predicate<LockObject> which)
    {
        ArgumentNullException.ThrowIfNull(which);
        Invariant.That(IsAcquired);
        for (int at = _heldCount - 1; at >= 0; at--)
        {
            Entry entry = _entries[at];
            if (!which(entry.On))
                continue;
            Finish(entry);
            _entries.RemoveAt(at);
            _heldCount--;
        }
    }

    private LockStart Start(ref Entry entry)
    {
        MetadataLock item = _host.Find(entry.On, entry.Kind);
        LockStart start = entry.Mode switch
        {
            LockMode.Read => _machine.StartRead(item, _client),
            LockMode.Write => _machine.StartWrite(item, _client),
            _ => _machine.StartExclusive(item, _operation, _client),
        };
        if (start == LockStart.Granted)
            entry.Item = item;
        return start;
    }

    private void Finish(in Entry entry)
    {
        switch (entry.Mode)
        {
            case LockMode.Read:
                _machine.FinishRead(entry.Item!);
                break;
            case LockMode.Write:
                _machine.FinishWrite(entry.Item!);
                break;
            default:
                _machine.FinishExclusive(entry.Item!, _operation);
                break;
        }
    }

    private LockOutcome Blocked(in Entry entry, LockStart start, LockPatience patience)
    {
        switch (start)
        {
            case LockStart.WaitUnfreeze:
                return BlockedByFreezing(entry.On, patience);
            case LockStart.NotAuthority:
                BlockedOn = new LockBlock(entry.On, entry.Kind, LockWaits.None);
                Release();
                return LockOutcome.NotAuthority;
            default:
                BlockedOn = new LockBlock(entry.On, entry.Kind, WaitsOf(entry.Mode));
                if (patience != LockPatience.Never)
                    return LockOutcome.Waiting;
                Release();
                return LockOutcome.Aborted;
        }
    }

    private LockOutcome BlockedByFreezing(LockObject on, LockPatience patience)
    {
        BlockedOn = new LockBlock(on, default, LockWaits.None);
        Release();
        return patience == LockPatience.Wait ? LockOutcome.Waiting : LockOutcome.Aborted;
    }

    private static LockWaits WaitsOf(LockMode mode) => mode switch
    {
        LockMode.Read => LockWaits.Read,
        LockMode.Write => LockWaits.Write,
        _ => LockWaits.Exclusive,
    };

    /// <summary>Sorts what is wanted and drops what is wanted twice.</summary>
    private void Order()
    {
        if (_isOrdered)
            return;
        _isOrdered = true;
        _entries.Sort();
        int kept = 0;
        for (int i = 0; i < _entries.Count; i++)
        {
            // Of one lock the strongest mode comes first.
            if (kept == 0 || !_entries[i].IsSameLock(_entries[kept - 1]))
                _entries[kept++] = _entries[i];
        }

        _entries.RemoveRange(kept, _entries.Count - kept);
        foreach (ref readonly Entry entry in CollectionsMarshal.AsSpan(_entries))
        {
            if (entry.Mode != LockMode.Read && _host.IsAuthority(entry.On))
                _pins.Add(entry.On);
        }

        _pins.Sort();
        kept = 0;
        for (int i = 0; i < _pins.Count; i++)
        {
            if (kept == 0 || _pins[i] != _pins[kept - 1])
                _pins[kept++] = _pins[i];
        }

        _pins.RemoveRange(kept, _pins.Count - kept);
    }

    private struct Entry(LockObject on, LockKind kind, LockMode mode) : IComparable<Entry>
    {
        public readonly LockObject On = on;
        public readonly LockKind Kind = kind;
        public readonly LockMode Mode = mode;

        /// <summary>The lock while it is held.</summary>
        public MetadataLock? Item;

        public readonly bool IsSameLock(in Entry other) => On == other.On && Kind == other.Kind;

        public readonly int CompareTo(Entry other)
        {
            int order = On.CompareTo(other.On);
            if (order == 0)
                order = Kind.CompareTo(other.Kind);
            return order != 0 ? order : other.Mode.CompareTo(Mode);
        }
    }
}
