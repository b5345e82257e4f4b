// The lock state machine of one rank: taking and giving back, as an operation sees it. `LockMachine.Transitions.cs` holds how a
// lock changes its state, `.Messages.cs` what ranks tell one another, `.Migration.cs` what happens when authority moves.
//
// Ownership: the machine keeps nothing but a counter; a lock's data are its MetadataLock, which belongs to the host.
// Invariants: a state admits only what LockRules says; readers and writers never hold one lock together, in any two ranks; a
// gather is a subset of the replicas and empty in a stable state; an idle lock has been offered to ILockHost.Retire.

using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>The lock state machine of one rank, as authority and as replica. Source: migrator specification, 1.9 and
/// appendix C.</summary>
public sealed partial class LockMachine
{
    private readonly ILockHost _host;
    private ulong _epochLast;

    /// <summary>Makes the machine over the cache that owns the objects.</summary>
    /// <param name="host">The cache.</param>
    /// <param name="epochFirst">Gathers are counted from here; no two instances of ranks may ever use the same number, since
    /// answers to one authority may reach the next.</param>
    public LockMachine(ILockHost host, ulong epochFirst)
    {
        _host = host;
        _epochLast = epochFirst;
    }

    /// <summary>May an operation of the client begin to read now?</summary>
    public bool CanRead(MetadataLock item, ClientId client) =>
        item.Writers == 0 && !item.MustGather && Admits(item, LockRules.RuleOf(item.State).Read, client);

    /// <summary>May an operation of the client begin to write now?</summary>
    public bool CanWrite(MetadataLock item, ClientId client) =>
        LockRules.IsScatter(item.Kind) && item.Readers == 0 && Admits(item, LockRules.RuleOf(item.State).Write, client);

    /// <summary>May an operation hold it alone now?</summary>
    public bool CanExclusive(MetadataLock item) =>
        item.State == LockState.Lock && item.Readers == 0 && item.Writers == 0 && !item.MustGather
        && _host.IsAuthority(item.Object);

    /// <summary>Begins to read, or has the lock go where that is possible.</summary>
    /// <param name="item">The lock.</param>
    /// <param name="client">For whom; negative for the rank itself.</param>
    public LockStart StartRead(MetadataLock item, ClientId client)
    {
        while (!CanRead(item, client))
        {
            if (!_host.IsAuthority(item.Object))
                return Ask(item, LockAction.ReqRdlock);
            if (IsBusy(item))
                return LockStart.Wait;
            if (!TryBegin(item, item.MustGather ? LockState.Mix : LockState.Sync))
                return Frozen(item);
        }

        item.Readers++;
        return LockStart.Granted;
    }

    /// <summary>Begins to write, or has the lock go where that is possible. Only kinds that scatter.</summary>
    /// <param name="item">The lock.</param>
    /// <param name="client">For whom; negative for the rank itself.</param>
    public LockStart StartWrite(MetadataLock item, ClientId client)
    {
        Invariant.That(LockRules.IsScatter(item.Kind));
        while (!CanWrite(item, client))
        {
            if (!_host.IsAuthority(item.Object))
                return Ask(item, LockAction.ReqScatter);
            if (IsBusy(item))
                return LockStart.Wait;
            // In LOCK readers are in the way: they drain as for an exclusive holder.
            LockState target = item.State == LockState.Lock ? LockState.Xlock
                : PrefersMix(item, _host.Wants(item)) ? LockState.Mix
                : LockState.Lock;
            if (!TryBegin(item, target))
                return Frozen(item);
        }

        item.Writers++;
        return LockStart.Granted;
    }

    /// <summary>Takes the lock alone, or has it go where that is possible. Only at the authority.</summary>
    /// <param name="item">The lock.</param>
    /// <param name="owner">The operation, not 0.</param>
    /// <param name="client">For whom; negative for the rank itself.</param>
    public LockStart StartExclusive(MetadataLock item, ulong owner, ClientId client)
    {
        Invariant.That(owner != 0);
        if (!_host.IsAuthority(item.Object))
        {
            RetireIfIdle(item);
            return LockStart.NotAuthority;
        }

        while (!CanExclusive(item))
        {
            if (IsBusy(item))
                return LockStart.Wait;
            LockState target = item.MustGather ? LockState.Mix
                : item.State == LockState.Lock ? LockState.Xlock : LockState.Lock;
            if (!TryBegin(item, target))
                return Frozen(item);
        }

        item.State = LockState.Xlock;
        item.Owner = owner;
        item.OwnerClient = client;
        return LockStart.Granted;
    }

    /// <summary>Begins to write, for a change that neither waits nor fails once it is begun: a migration's, of which the
    /// directory's File and Nest are to tell. <see cref="CanWrite"/> was true in this step, all else is the caller's mistake: the
    /// lock keeps its state, though its object be frozen, and nobody is told. <see cref="FinishWrite"/> ends it as any other.
    /// Source: migrator specification, 1.9, 2 and appendix C.</summary>
    /// <param name="item">The lock.</param>
    /// <param name="client">For whom; negative for the rank itself.</param>
    public void ForceWrite(MetadataLock item, ClientId client)
    {
        Invariant.That(CanWrite(item, client));
        item.Writers++;
    }

    /// <summary>Ends a read.</summary>
    public void FinishRead(MetadataLock item)
    {
        Invariant.That(item.Readers > 0);
        if (--item.Readers == 0)
            Settle(item);
    }

    /// <summary>Ends a write.</summary>
    public void FinishWrite(MetadataLock item)
    {
        Invariant.That(item.Writers > 0);
        if (--item.Writers == 0)
            Settle(item);
    }

    /// <summary>The change under an exclusive hold is made, though not durable: the client it was made for may see it.</summary>
    public void ExclusiveDone(MetadataLock item, ulong owner)
    {
        Invariant.That(item.Owner == owner && item.State == LockState.Xlock);
        item.State = LockState.XlockDone;
        _host.Wake(item, LockWaits.Read);
    }

    /// <summary>Ends an exclusive hold.</summary>
    public void FinishExclusive(MetadataLock item, ulong owner)
    {
        Invariant.That(item.Owner == owner && owner != 0);
        item.Owner = 0;
        item.State = LockState.Lock;
        Settle(item);
    }

    /// <summary>At a replica: a share was written under the lock; it is dirty until the authority has gathered it.</summary>
    public void MarkDirty(MetadataLock item)
    {
        Invariant.That(LockRules.IsScatter(item.Kind) && item.Writers > 0);
        if (!_host.IsAuthority(item.Object))
            item.IsDirty = true;
    }

    /// <summary>At a replica: asks that the share be gathered some time, if it is dirty.</summary>
    public void Nudge(MetadataLock item)
    {
        if (item.IsDirty && item.State == LockState.Mix && !_host.IsAuthority(item.Object))
            _host.SendToAuthority(item, LockAction.Nudge);
    }

    private static bool IsBusy(MetadataLock item) => !item.IsStable || item.Owner != 0;

    private bool Admits(MetadataLock item, LockGrant grant, ClientId client) => grant switch
    {
        LockGrant.Any => true,
        LockGrant.Authority => _host.IsAuthority(item.Object),
        LockGrant.Loner => _host.IsAuthority(item.Object)
            && _host.TryGetLoner(item.Object, out ClientId loner) && loner == client,
        LockGrant.Holder => client.Value >= 0 && item.OwnerClient == client,
        _ => false,
    };

    /// <summary>An operation left: what waits for that goes on, and a lock that nobody uses or waits for goes to rest.</summary>
    private void Settle(MetadataLock item)
    {
        if (!item.IsStable)
            TryFinish(item, isInline: false);
        else if (_host.Wake(item, LockWaits.All))
            _host.EvaluateLater(item);
        else
            GoWherePreferred(item);
        RetireIfIdle(item);
    }

    private void RetireIfIdle(MetadataLock item)
    {
        if (item.IsIdle)
            _host.Retire(item);
    }

    private LockStart Frozen(MetadataLock item)
    {
        RetireIfIdle(item);
        return LockStart.WaitUnfreeze;
    }

    /// <summary>A replica cannot change the lock; it asks once and waits for what the authority makes of it.</summary>
    private LockStart Ask(MetadataLock item, LockAction action)
    {
        if (item.IsStable && !item.HasAsked)
        {
            item.HasAsked = true;
            _host.SendToAuthority(item, action);
        }

        return LockStart.Wait;
    }
}
