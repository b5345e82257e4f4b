// Capabilities that move between ranks. The old authority says where one has gone (CapExport), the new one that it is there
// (CapImport); either may be heard first, and either may be lost with a channel.
//
// Invariants: what was changed goes along, and a flush that was not answered is sent again, under a number of the new rank's: the
// old one answered all that it took before it let go. A capability of which only the old rank has told is kept and not used until
// the new one has confirmed it, for which it is asked. Of two capabilities of one rank on an inode the one with the greater
// number is the newer.

namespace Engine.Metadata;

/// <content>Capabilities that move. Source: migrator specification, 1.12 ("Client contract").</content>
public sealed partial class ClientProtocol<T>
{
    /// <summary>The same client's side with other ranks; null where capabilities do not move, or for a rank that the client does
    /// not know: what moves there is lost. A message to one may have others say something too.</summary>
    public Func<RankId, ClientProtocol<T>?>? Others { get; init; }

    private bool TakeExport(CapExport export)
    {
        EndLeaseIfDue();
        if (!_caps.TryGetValue(export.Ino, out ClientCap? gone) || gone.Id != export.CapId)
            return false;
        _caps.Remove(export.Ino);
        if (export.To.CapId != 0 && Others?.Invoke(export.To.Rank) is { } other)
            other.Claim(gone, export.To);
        else
            NoteLoss(gone);
        return true;
    }

    /// <summary>Another rank says that a capability is here now.</summary>
    private void Claim(ClientCap gone, CapPeer here)
    {
        _caps.TryGetValue(gone.Ino, out ClientCap? cap);
        if (cap is null || cap.Id < here.CapId)
        {
            ClientCap? older = cap;
            _caps[gone.Ino] = cap = new ClientCap(gone.Ino, here.CapId, gone.Path)
            {
                Caps = gone.Caps, Seq = here.Seq - 1, IssueSeq = here.Seq - 1, MigrationSeq = here.MigrationSeq, IsClaimed = true,
            };
            TakeOver(cap, older);
        }

        TakeOver(cap, gone);
        if (!_hasChannel)
            return;
        if (!cap.IsClaimed)
            GoOnWith(cap);
        else if (IsOpen)
            Out.Add(new CapClaim(cap.Ino, cap.Id, cap.MigrationSeq));
        else if (!_isOpening)
            AskForSession();
    }

    private bool TakeImport(CapImport import)
    {
        EndLeaseIfDue();
        ClientCap? old = Others?.Invoke(import.From.Rank)?.GiveUp(import);
        _caps.TryGetValue(import.Ino, out ClientCap? cap);
        if (old is null && cap is null)
        {
            // It was given up while this was on its way.
            Out.Add(new CapRelease([new CapReleaseItem(import.Ino, import.CapId, import.Seq, import.MigrationSeq)]));
            return false;
        }

        if (cap is null || cap.Id < import.CapId)
        {
            ClientCap? older = cap;
            _caps[import.Ino] = cap = new ClientCap(import.Ino, import.CapId, (old ?? older!).Path);
            TakeOver(cap, older);
        }

        TakeOver(cap, old);
        if (cap.Id != import.CapId)
            return true;
        (cap.Seq, cap.IssueSeq, cap.MigrationSeq) = (import.Seq, import.Seq, import.MigrationSeq);
        cap.Caps = cap.Allowed = import.Caps;
        cap.IsClaimed = false;
        LoseBeyond(cap);
        if (cap.Wanted != import.Wanted && cap.Dirty == CapBits.None)
            Out.Add(UpdateOf(cap, flushes: false));
        GoOnWith(cap);
        return true;
    }

    /// <summary>The capability is another rank's now.</summary>
    private ClientCap? GiveUp(CapImport import)
    {
        EndLeaseIfDue();
        if (!_caps.TryGetValue(import.Ino, out ClientCap? cap) || cap.Id != import.From.CapId)
            return null;
        _caps.Remove(import.Ino);
        if (import.IsRelease && _hasChannel && IsOpen)
            Out.Add(new CapRelease([new CapReleaseItem(cap.Ino, cap.Id, cap.IssueSeq, cap.MigrationSeq)]));
        return cap;
    }

    /// <summary>What was changed under a capability that is gone is flushed under the one that is there instead.</summary>
    private void TakeOver(ClientCap cap, ClientCap? gone)
    {
        if (gone is null)
            return;
        cap.Wanted |= gone.Wanted;
        if (gone.FlushBits != CapBits.None)
        {
            cap.FlushChanges = CapAttributes.Over(gone.FlushBits, gone.FlushChanges, cap.FlushBits, cap.FlushChanges);
            cap.FlushBits |= gone.FlushBits;
            (cap.FlushTid, cap.IsFlushDue) = (++_flushLast, true);
        }

        if (gone.Dirty == CapBits.None)
            return;
        cap.Changes = CapAttributes.Over(cap.Dirty, cap.Changes, gone.Dirty, gone.Changes);
        cap.Dirty |= gone.Dirty;
    }

    /// <summary>What moved with bits that the rank does not know of may be another's by now.</summary>
    private void LoseBeyond(ClientCap cap)
    {
        CapBits flushed = cap.IsFlushDue ? cap.FlushBits : CapBits.None;
        CapBits lost = (cap.Dirty | flushed) & ~cap.Caps;
        if (lost == CapBits.None)
            return;
        NoteLoss(cap.Ino, lost, (flushed & lost) != 0 ? cap.FlushTid : 0);
        cap.Dirty &= cap.Caps;
        if (!cap.IsFlushDue)
            return;
        cap.FlushBits &= cap.Caps;
        cap.IsFlushDue = cap.FlushBits != CapBits.None;
        cap.FlushTid = cap.IsFlushDue ? cap.FlushTid : 0;
    }

    /// <summary>The rank has confirmed a capability that moved: flushes go to it.</summary>
    private void GoOnWith(ClientCap cap)
    {
        if (cap.IsClaimed || !_hasChannel)
            return;
        if (cap.IsFlushDue)
            SendDueFlush(cap);
        else if (cap.Dirty != CapBits.None && cap.FlushTid == 0)
            Answer(cap);
    }

    /// <summary>Numbers are in the order of sending: the rank takes what is below one that it had for done.</summary>
    private void SendDueFlush(ClientCap cap)
    {
        (cap.FlushTid, cap.IsFlushDue) = (++_flushLast, false);
        Out.Add(UpdateOf(cap, flushes: true));
    }

    /// <summary>The session is open: what other ranks told of is asked for.</summary>
    private void SendClaims()
    {
        foreach (ClientCap cap in _caps.Values)
        {
            if (cap.IsClaimed)
                Out.Add(new CapClaim(cap.Ino, cap.Id, cap.MigrationSeq));
        }
    }
}
