// What happens to locks when an object gets a replica or another authority.

using Engine.Buffers;

namespace Engine.Metadata;

public sealed partial class LockMachine
{
    /// <summary>The state that a lock at rest has before its object gets its first replica, or goes to another authority: without
    /// replicas, LOCK is SYNC for the asking, and a replica in LOCK would have to ask.</summary>
    public static LockState Relax(LockState state, ulong replicas) =>
        state == LockState.Lock && replicas == 0 ? LockState.Sync : state;

    /// <summary>At the authority: the state in which to make a replica now.</summary>
    public LockState StateForReplica(MetadataLock item)
    {
        RelaxIfIdle(item);
        LockState state = LockRules.ReplicaState(item.State);
        RetireIfIdle(item);
        return state;
    }

    /// <summary>At the authority: a rank that owns a part of the directory gets a copy, and what it counts is not known. Nobody
    /// reads before that is gathered.</summary>
    public void OwnerCame(MetadataLock item)
    {
        Invariant.That(LockRules.IsScatter(item.Kind));
        item.MustGather = item.State != LockState.Mix;
        Evaluate(item);
    }

    /// <summary>At the old authority, frozen: what the new one gets. Shares that came, and one of this rank's own from a time
    /// when it was a replica, are part of the sum by now.</summary>
    public LockRecord Export(MetadataLock item)
    {
        Invariant.That(item.Owner == 0 && !item.IsFlushing);
        RelaxIfIdle(item);
        return new LockRecord(item.State, item.Gather, item.Epoch, item.IsDirty);
    }

    /// <summary>At the old authority, once authority has moved: from here on this is a replica's lock. The host already answers
    /// that this rank is not authority.</summary>
    public void BecomeReplica(MetadataLock item)
    {
        Invariant.That(item.Owner == 0 && item.Writers == 0);
        item.State = LockRules.ReplicaState(item.State);
        item.Gather = 0;
        item.IsDirty = false;
        item.MustGather = false;
        item.WantsGather = false;
        item.WantsRead = false;
        item.WantsScatter = false;
        DropPin(item);
        AfterChange(item);
        RetireIfIdle(item);
    }

    /// <summary>At the new authority: takes the lock over. The host already answers that this rank is authority; call
    /// <see cref="Resume"/> once the object is not frozen any more.</summary>
    /// <param name="item">The lock, which may have been a replica's, with readers and a share of its own.</param>
    /// <param name="record">What the old authority sent.</param>
    /// <param name="self">This rank.</param>
    /// <param name="exporter">The old authority: it holds nothing, and becomes a replica.</param>
    public void Import(MetadataLock item, LockRecord record, RankId self, RankId exporter)
    {
        item.State = record.State;
        item.Gather = record.Gather & _host.Replicas(item.Object) & ~MaskOf(self) & ~MaskOf(exporter);
        item.Epoch = record.Epoch;
        item.HasAsked = false;
        item.Asker = RankId.None;
        // A share that was on its way to the old authority is counted with the next gather, by this rank itself.
        item.IsDirty |= item.IsFlushing | record.IsDirty;
        item.IsFlushing = false;
    }

    /// <summary>At the new authority: goes on with what the old one began, or with what clients want.</summary>
    public void Resume(MetadataLock item)
    {
        TryFinish(item, isInline: false);
        _host.Wake(item, LockWaits.All);
        Evaluate(item);
    }

    /// <summary>At a replica: another rank is authority now, and no message of the old one is on its way. What was asked of the
    /// old one is asked again.</summary>
    public void AuthorityMoved(MetadataLock item)
    {
        item.HasAsked = false;
        _host.Wake(item, LockWaits.All);
        RetireIfIdle(item);
    }

    /// <summary>At a replica whose authority has begun anew: takes the state in which that one has it. Nobody holds the lock
    /// here.</summary>
    public void Adopt(MetadataLock item, LockState state)
    {
        Invariant.That(item.Readers == 0 && item.Writers == 0 && !_host.IsAuthority(item.Object));
        item.State = state;
        item.HasAsked = false;
        AfterChange(item);
        RetireIfIdle(item);
    }

    private void RelaxIfIdle(MetadataLock item)
    {
        if (item.IsIdle)
            item.State = Relax(item.State, _host.Replicas(item.Object));
    }
}
