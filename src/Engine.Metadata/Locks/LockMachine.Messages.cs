// What ranks tell one another about a lock. Messages from the authority to a replica and answers to it arrive in order; an answer
// carries the epoch of what it answers, so that one that comes late, or to a new authority, is told from one that counts.

namespace Engine.Metadata;

public sealed partial class LockMachine
{
    /// <summary>Takes a message of another rank. False when it does not fit: it came late, is not for this rank's role (an answer
    /// is then for the authority as it is now, which the host may forward to), or its bytes are bad. Nothing has happened
    /// then.</summary>
    public bool TryHandle(MetadataLock item, RankId from, LockAction action, ulong epoch, ReadOnlySpan<byte> data)
    {
        bool isAuthority = _host.IsAuthority(item.Object);
        bool handled = action switch
        {
            LockAction.LockAck or LockAction.SyncAck or LockAction.MixAck =>
                isAuthority && TryHandleAnswer(item, from, action, epoch, data),
            LockAction.ReqScatter or LockAction.ReqUnscatter or LockAction.ReqRdlock or LockAction.Nudge =>
                isAuthority && TryHandleRequest(item, action),
            LockAction.Lock or LockAction.Sync or LockAction.Mix or LockAction.LockFlushed =>
                !isAuthority && TryHandleOrder(item, from, action, epoch, data),
            _ => false,
        };
        RetireIfIdle(item);
        return handled;
    }

    private static LockAction? Awaited(LockState state) => state switch
    {
        LockState.SyncLock or LockState.MixLock2 or LockState.SyncExcl or LockState.MixExcl => LockAction.LockAck,
        LockState.MixSync => LockAction.SyncAck,
        LockState.SyncMix => LockAction.MixAck,
        _ => null,
    };

    private bool TryHandleAnswer(MetadataLock item, RankId from, LockAction action, ulong epoch, ReadOnlySpan<byte> share)
    {
        if ((item.Gather & MaskOf(from)) == 0 || item.Epoch != epoch || Awaited(item.State) != action)
            return false;
        if (!share.IsEmpty)
        {
            if (!LockRules.IsScatter(item.Kind) || !_host.TryTakeShare(item, from, share))
                return false;
            item.IsDirty = true;
        }

        item.Gather &= ~MaskOf(from);
        TryFinish(item, isInline: false);
        return true;
    }

    private bool TryHandleRequest(MetadataLock item, LockAction action)
    {
        if (action == LockAction.ReqRdlock)
            item.WantsRead = true;
        else if (!LockRules.IsScatter(item.Kind))
            return false;
        else if (action == LockAction.ReqScatter)
            item.WantsScatter = true;
        else
            item.WantsGather = true;
        GoWherePreferred(item);
        return true;
    }

    private bool TryHandleOrder(MetadataLock item, RankId from, LockAction action, ulong epoch, ReadOnlySpan<byte> data)
    {
        if (action == LockAction.LockFlushed)
        {
            EndFlush(item);
            return true;
        }

        LockState target = (action, item.State) switch
        {
            (LockAction.Lock, LockState.Sync) => LockState.SyncLock,
            (LockAction.Lock, LockState.Mix) => LockState.MixLock,
            (LockAction.Lock, LockState.Lock) => LockState.Lock,
            (LockAction.Mix, LockState.Sync) => LockState.SyncMix,
            (LockAction.Mix, LockState.SyncMix2 or LockState.Lock) => LockState.Mix,
            (LockAction.Sync, LockState.Mix) => LockState.MixSync,
            (LockAction.Sync, LockState.MixSync2 or LockState.Lock) => LockState.Sync,
            _ => item.State,
        };
        bool isNoChange = target == item.State && (action, target) != (LockAction.Lock, LockState.Lock);
        bool isThere = (action, target) is (LockAction.Mix, LockState.Mix) or (LockAction.Sync, LockState.Sync);
        if (isNoChange && isThere && item.Epoch != epoch)
        {
            // A new authority cannot know that the copy is there already; it waits for the answer.
            (item.Epoch, item.Asker) = (epoch, from);
            Answer(item, action == LockAction.Mix ? LockAction.MixAck : LockAction.SyncAck);
            return true;
        }

        if (isNoChange || (!data.IsEmpty && !_host.TryTakeState(item, data)))
            return false;
        item.State = target;
        item.Epoch = epoch;
        item.Asker = from;
        if (target == LockState.Lock)
            Answer(item, LockAction.LockAck);
        else if (item.IsStable)
            Settled(item);
        else
            Leave(item);
        return true;
    }

    /// <summary>A replica is where the authority wanted it.</summary>
    private void Settled(MetadataLock item)
    {
        if (item.State == LockState.Sync)
            EndFlush(item);
        item.HasAsked = false;
        AfterChange(item);
    }

    private void Leave(MetadataLock item)
    {
        _host.IssueCaps(item);
        TryFinish(item, isInline: false);
    }

    /// <summary>A replica's operations and clients have left: it says so, with its share.</summary>
    private void FinishAtReplica(MetadataLock item)
    {
        (LockState next, LockAction answer) = item.State switch
        {
            LockState.SyncMix => (LockState.SyncMix2, LockAction.MixAck),
            LockState.MixSync => (LockState.MixSync2, LockAction.SyncAck),
            _ => (LockState.Lock, LockAction.LockAck),
        };
        item.State = next;
        Answer(item, answer);
        item.HasAsked = false;
        AfterChange(item);
    }

    private void Answer(MetadataLock item, LockAction action)
    {
        _host.Send(item.Asker, item, action, item.Epoch);
        item.IsFlushing |= item.IsDirty;
        item.IsDirty = false;
    }

    private void EndFlush(MetadataLock item)
    {
        if (!item.IsFlushing)
            return;
        item.IsFlushing = false;
        _host.ShareFlushed(item);
    }
}
