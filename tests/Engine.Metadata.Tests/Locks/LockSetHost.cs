namespace Engine.Metadata.Tests.Locks;

/// <summary>A rank alone with many objects and no clients, for tests of <see cref="LockSet"/>.</summary>
internal sealed class LockSetHost : ILockHost
{
    private readonly SortedDictionary<(LockObject On, LockKind Kind), MetadataLock> _locks = [];
    private readonly SortedDictionary<LockObject, int> _pins = [];

    public HashSet<LockObject> Frozen { get; } = [];

    public HashSet<LockObject> Foreign { get; } = [];

    public List<(LockBlock On, Action Retry)> Waiters { get; } = [];

    public Queue<Action> Ready { get; } = [];

    public int LocksInUse => _locks.Count;

    public int PinCount => _pins.Values.Sum();

    public bool IsPinned(LockObject on) => _pins.GetValueOrDefault(on) > 0;

    public MetadataLock Find(LockObject on, LockKind kind)
    {
        if (!_locks.TryGetValue((on, kind), out MetadataLock? item))
            _locks[(on, kind)] = item = new MetadataLock(on, kind, LockState.Sync);
        return item;
    }

    public void Retire(MetadataLock item)
    {
        Assert.Same(_locks[(item.Object, item.Kind)], item);
        if (item.State == LockState.Sync && !HasWaiters(item, LockWaits.All))
            _locks.Remove((item.Object, item.Kind));
    }

    public bool IsAuthority(LockObject on) => !Foreign.Contains(on);

    public ulong Replicas(LockObject on) => 0;

    public bool TryGetLoner(LockObject on, out ClientId loner)
    {
        loner = default;
        return false;
    }

    public LockWants Wants(MetadataLock item) => default;

    public bool HasCapsBeyond(MetadataLock item) => false;

    public void IssueCaps(MetadataLock item) => Assert.NotNull(item);

    public bool HasWaiters(MetadataLock item, LockWaits waits) =>
        Waiters.Exists(waiter => IsFor(waiter.On, item, waits));

    public bool Wake(MetadataLock item, LockWaits waits)
    {
        int before = Ready.Count;
        foreach ((LockBlock on, Action retry) in Waiters.ToArray())
        {
            if (!IsFor(on, item, waits))
                continue;
            Waiters.Remove((on, retry));
            Ready.Enqueue(retry);
        }

        return Ready.Count > before;
    }

    public void EvaluateLater(MetadataLock item) => Ready.Enqueue(() => Machine.Evaluate(Find(item.Object, item.Kind)));

    public required LockMachine Machine { get; set; }

    public bool TryAuthPin(LockObject on) => TryPin(on);

    public bool TryPin(LockObject on)
    {
        if (Frozen.Contains(on))
            return false;
        _pins[on] = _pins.GetValueOrDefault(on) + 1;
        return true;
    }

    public void Unpin(LockObject on)
    {
        Assert.True(_pins[on] > 0);
        _pins[on]--;
    }

    public void Unfreeze(LockObject on)
    {
        Frozen.Remove(on);
        foreach (MetadataLock item in _locks.Values.Where(item => item.Object == on).ToArray())
            Machine.Evaluate(item);
        foreach ((LockBlock block, Action retry) in Waiters.ToArray())
        {
            if (!block.IsFrozen || block.On != on)
                continue;
            Waiters.Remove((block, retry));
            Ready.Enqueue(retry);
        }
    }

    public void Send(RankId to, MetadataLock item, LockAction action, ulong epoch) => Assert.Fail("there is no other rank");

    public void SendToAuthority(MetadataLock item, LockAction action) => Assert.Contains(item.Object, Foreign);

    public bool TryTakeShare(MetadataLock item, RankId from, ReadOnlySpan<byte> share) => false;

    public bool TryTakeState(MetadataLock item, ReadOnlySpan<byte> state) => false;

    public void WriteBehind(MetadataLock item) => Assert.Fail("nothing is written elsewhere");

    public void ShareFlushed(MetadataLock item) => Assert.Fail("nothing is written elsewhere");

    private static bool IsFor(LockBlock block, MetadataLock item, LockWaits waits) =>
        block.On == item.Object && block.Kind == item.Kind && (block.Waits & waits) != 0;
}
