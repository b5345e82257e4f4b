// How a lock changes its state. A transition begins at the authority, tells the replicas and the clients, waits until operations,
// clients and replicas have left, and ends; meanwhile the object is auth-pinned so that it cannot freeze half way.

using System.Numerics;
using Engine.Buffers;

namespace Engine.Metadata;

public sealed partial class LockMachine
{
    /// <summary>Clients gave caps back, want others, or are gone: a lock that waited for that may go on, one that is stable goes
    /// where it is of most use. A lock that becomes stable by it is evaluated later: those who waited for the state have their
    /// turn first, or it would be gone again before they saw it.</summary>
    public void CapsReturned(MetadataLock item)
    {
        if (item.IsStable)
            GoWherePreferred(item);
        else
            TryFinish(item, isInline: false);
        RetireIfIdle(item);
    }

    /// <summary>At the authority: the sum of the shares is durable.</summary>
    public void WrittenBehind(MetadataLock item)
    {
        Invariant.That(item.IsFlushing);
        item.IsFlushing = false;
        item.IsDirty = false;
        TryFinish(item, isInline: false);
        RetireIfIdle(item);
    }

    /// <summary>At the authority: a rank's replica is gone, it will not answer.</summary>
    public void ReplicaGone(MetadataLock item, RankId rank)
    {
        item.Gather &= ~MaskOf(rank);
        TryFinish(item, isInline: false);
        RetireIfIdle(item);
    }

    /// <summary>At the authority: takes a stable lock that no operation needs to the state that clients, replicas and the shape
    /// of the inode ask for. Called when what clients want has changed, and after
    /// <see cref="ILockHost.EvaluateLater"/>.</summary>
    public void Evaluate(MetadataLock item)
    {
        GoWherePreferred(item);
        RetireIfIdle(item);
    }

    private void GoWherePreferred(MetadataLock item)
    {
        // What is preferred does not depend on the state it was reached from, and a wish is granted once: this ends.
        while (_host.IsAuthority(item.Object) && !IsBusy(item))
        {
            LockState target = Grant(item);
            if (target == item.State && NeedsEvaluation(item))
                target = Prefer(item, _host.Wants(item));
            if (target == item.State || !TryBegin(item, target))
                break;
        }
    }

    /// <summary>The state that replicas asked for, the oldest kind of wish first; wishes that are fulfilled are
    /// dropped.</summary>
    private static LockState Grant(MetadataLock item)
    {
        item.WantsRead &= item.State != LockState.Sync;
        item.WantsGather &= item.State == LockState.Mix;
        item.WantsScatter &= item.State != LockState.Mix;
        return item.MustGather ? LockState.Mix
            : item.WantsRead ? LockState.Sync
            : item.WantsGather ? LockState.Lock
            : item.WantsScatter ? LockState.Mix
            : item.State;
    }

    /// <summary>The state in which the lock is of most use.</summary>
    private LockState Prefer(MetadataLock item, LockWants wants)
    {
        bool isWriting = item.Writers > 0 || _host.HasWaiters(item, LockWaits.Write | LockWaits.Exclusive);
        if (WantsExcl(item, wants))
        {
            bool isInUse = isWriting || item.Readers > 0 || _host.HasWaiters(item, LockWaits.All);
            return item.State != LockState.Excl && isInUse ? item.State : LockState.Excl;
        }

        if (PrefersMix(item, wants))
            return item.Readers > 0 ? item.State : LockState.Mix;
        return isWriting && item.State != LockState.Excl ? item.State : LockState.Sync;
    }

    private static bool WantsExcl(MetadataLock item, LockWants wants)
    {
        if (!wants.HasLoner || wants.IsDelegation || LockRules.CapShift(item.Kind) == 0)
            return false;
        LockCaps exclusive = item.Kind == LockKind.File
            ? LockCaps.Exclusive | LockCaps.Write | LockCaps.Buffer
            : LockCaps.Exclusive;
        return (wants.Loner & exclusive) != 0 && wants.Others == LockCaps.None;
    }

    private static bool PrefersMix(MetadataLock item, LockWants wants)
    {
        if (item.Kind == LockKind.File && !wants.IsDelegation)
            return ((wants.Loner | wants.Others) & LockCaps.Write) != 0 && !WantsExcl(item, wants);
        return wants.IsDelegation && item.Kind is LockKind.File or LockKind.Nest;
    }

    /// <summary>Begins to go to another stable state; gets there at once when nothing is in the way. False when the object is
    /// frozen.</summary>
    internal bool TryBegin(MetadataLock item, LockState target)
    {
        if (!_host.TryPin(item.Object))
            return false;
        LockTransition transition = LockRules.Transition(item.State, target);
        item.HasPin = true;
        item.State = transition.Via;
        item.MustGather &= item.State != LockState.Mix;
        if (transition.First is { } first)
            StartGather(item, first);
        _host.IssueCaps(item);
        TryFinish(item, isInline: true);
        return true;
    }

    /// <summary>Tells all replicas to do something and to answer.</summary>
    private void StartGather(MetadataLock item, LockAction action)
    {
        ulong replicas = _host.Replicas(item.Object);
        if (replicas == 0)
            return;
        item.Gather = replicas;
        item.Epoch = ++_epochLast;
        Broadcast(item, replicas, action);
    }

    private void Broadcast(MetadataLock item, ulong ranks, LockAction action)
    {
        for (; ranks != 0; ranks &= ranks - 1)
            _host.Send(new RankId(BitOperations.TrailingZeroCount(ranks)), item, action, item.Epoch);
    }

    /// <summary>Ends an unstable state if nothing is left to wait for.</summary>
    /// <param name="item">The lock.</param>
    /// <param name="isInline">The caller began the transition and goes on from where it ends; else the lock is evaluated when
    /// those who waited for it have had their turn.</param>
    private void TryFinish(MetadataLock item, bool isInline)
    {
        LockDrain drain = LockRules.RuleOf(item.State).Drain;
        if (item.IsStable || drain == LockDrain.Message || item.Gather != 0
            || (drain.HasFlag(LockDrain.Readers) && item.Readers > 0)
            || (drain.HasFlag(LockDrain.Writers) && item.Writers > 0)
            || _host.HasCapsBeyond(item))
            return;
        if (_host.IsAuthority(item.Object))
            FinishAtAuthority(item, isInline);
        else
            FinishAtReplica(item);
    }

    private void FinishAtAuthority(MetadataLock item, bool isInline)
    {
        if (item.State == LockState.MixLock)
        {
            item.State = LockState.MixLock2;
            StartGather(item, LockAction.Lock);
            if (item.Gather != 0)
                return;
        }

        if (item.IsDirty)
        {
            if (!item.IsFlushing)
            {
                item.IsFlushing = true;
                _host.WriteBehind(item);
            }

            return;
        }

        LockAction? last = LockRules.LastAction(item.State);
        item.State = LockRules.RuleOf(item.State).Next;
        item.MustGather &= item.State != LockState.Mix;
        if (last is { } action)
            Broadcast(item, _host.Replicas(item.Object), action);
        DropPin(item);
        AfterChange(item);
        if (!isInline && NeedsEvaluation(item))
            _host.EvaluateLater(item);
    }

    private void DropPin(MetadataLock item)
    {
        if (!item.HasPin)
            return;
        item.HasPin = false;
        _host.Unpin(item.Object);
    }

    private void AfterChange(MetadataLock item)
    {
        _host.IssueCaps(item);
        _host.Wake(item, LockWaits.All);
    }

    /// <summary>Could a stable lock be of more use in another state? A simple lock in SYNC without clients could not.</summary>
    private static bool NeedsEvaluation(MetadataLock item) =>
        item.State != LockState.Sync || item.HasWishes || LockRules.CapShift(item.Kind) != 0 || LockRules.IsScatter(item.Kind);

    private static ulong MaskOf(RankId rank) => 1UL << rank.Value;
}
