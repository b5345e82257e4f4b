// Capabilities that move with their inode. The old authority sends records of them with the inode and keeps them; the new one
// makes its own, gives nothing yet, and answers with records of those. When the migration is decided for it the new authority
// merges what the clients had into its own and tells them, and the old one drops its own and tells them where they are. Either
// message may come to a client first. Otherwise both go back to what they had.

using Engine.Buffers;

namespace Engine.Metadata;

public sealed partial class CapTable
{
    /// <summary>By id, capabilities that moved here while their client was to come back first, and where they were.</summary>
    private readonly Dictionary<ulong, (CapPeer From, bool IsRelease, CapBits Kept)> _untold = [];

    /// <summary>At a rank that is not authority: clients have come back with capabilities that are to go to it. Until
    /// <see cref="FinishExport"/>, or <see cref="CancelExport"/>, nothing is given or taken.</summary>
    public static void ExportLater(CapInode inode) => inode.IsExporting = true;

    /// <summary>At the old authority, frozen: what the new one is to know. Nothing changes for the clients.</summary>
    public void Export(CapInode inode, List<CapExportRecord> records)
    {
        inode.IsExporting = true;
        for (int at = inode.First; at != 0; at = _caps[at].NextOnInode)
        {
            ref Cap cap = ref _caps[at];
            records.Add(new CapExportRecord(cap.Client, cap.Id, cap.Wanted, cap.Issued, cap.Pending, cap.Follows, cap.Seq,
                cap.MigrationSeq + 1, cap.IssuedAtMicros));
        }
    }

    /// <summary>At the old authority: the migration came to nothing.</summary>
    public void CancelExport(CapInode inode)
    {
        if (!inode.IsExporting)
            return;
        inode.IsExporting = false;
        if (inode.HasStale)
            TakeFromStale(inode);
        else
            Changed(inode);
    }

    /// <summary>At the old authority: the capabilities are with the new one now. Clients that it could not take are told
    /// so.</summary>
    public void FinishExport(CapInode inode, RankId to, IReadOnlyList<CapImportRecord> imported)
    {
        // All of its clients may be gone by now, and the inode be forgotten with the last of them.
        if (!inode.IsExporting)
            return;
        inode.IsExporting = false;
        inode.HasStale = false;
        inode.Loner = null;
        inode.WantedElsewhere = CapBits.None;
        while (inode.First != 0)
        {
            Cap cap = _caps[inode.First];
            CapPeer peer = new(to, 0, 0, 0);
            foreach (CapImportRecord record in imported)
            {
                if (record.Client == cap.Client)
                    peer = new CapPeer(to, record.CapId, record.IssueSeq, record.MigrationSeq);
            }

            Session? session = _host.FindSession(cap.Client);
            Invariant.That(session is not null);
            Send(cap.Client, new CapExport(cap.Ino, cap.Id, cap.MigrationSeq, peer));
            Remove(inode, inode.First, session);
        }

        ForgetIfUnused(inode);
    }

    /// <summary>At the new authority: prepares for a capability, gives nothing yet. The client has a session.</summary>
    public CapImportRecord BeginImport(LockObject on, Session session, CapExportRecord record)
    {
        CapInode inode = InodeFor(on);
        int at = IndexOf(inode, session.Client);
        if (at == 0)
            at = Add(inode, session, ++_idLast, CapFlags.Importing | CapFlags.ImportOnly);
        ref Cap cap = ref _caps[at];
        cap.Flags |= CapFlags.Importing;
        return new CapImportRecord(cap.Client, cap.Id, cap.Seq + 1, Math.Max(cap.MigrationSeq, record.MigrationSeq));
    }

    /// <summary>At the new authority: the client has this capability from now on, and is told. When all of the inode are merged,
    /// <see cref="ImportEnded"/>.</summary>
    /// <param name="inode">The inode.</param>
    /// <param name="record">What the old authority sent.</param>
    /// <param name="from">The old authority.</param>
    /// <param name="isAuthority">This rank is authority over the inode now. Otherwise a replica handed its capability over to the
    /// authority and does not tell the client.</param>
    /// <param name="isFirst">Nothing of the inode was issued here since the rank began: what the client had nobody else has, and
    /// locks are to follow it.</param>
    public void FinishImport(CapInode inode, CapExportRecord record, RankId from, bool isAuthority, bool isFirst = false)
    {
        int at = IndexOf(inode, record.Client);
        if (at == 0)
            return;
        CapExportRecord taken = isAuthority || isFirst ? record : Limited(inode, at, record);
        ref Cap cap = ref _caps[at];
        cap.Flags &= ~(CapFlags.Importing | CapFlags.ImportOnly);
        if ((record.Issued & ~taken.Issued & Changing) != 0)
            cap.Flags |= CapFlags.Limited;
        Merge(ref cap, taken, isAuthority);
        CapPeer peer = new(from, record.CapId, record.Seq, record.MigrationSeq - 1);
        if (_host.FindSession(cap.Client) is { IsReconnecting: true })
            _untold[cap.Id] = (peer, !isAuthority, cap.Pending);
        else
            TellOfImport(cap, cap.Pending, peer, !isAuthority);
    }

    /// <summary>At the new authority: all capabilities of the inode are merged; what the locks do not allow is taken
    /// back.</summary>
    public void ImportEnded(CapInode inode) => Changed(inode);

    /// <summary>At the rank that was to be the new authority: the migration came to nothing.</summary>
    public void CancelImport(CapInode inode)
    {
        for (int at = inode.First, next; at != 0; at = next)
        {
            ref Cap cap = ref _caps[at];
            next = cap.NextOnInode;
            bool isOnly = cap.Flags.HasFlag(CapFlags.ImportOnly);
            cap.Flags &= ~(CapFlags.Importing | CapFlags.ImportOnly);
            if (!isOnly)
                continue;
            Session? session = _host.FindSession(cap.Client);
            Invariant.That(session is not null);
            Remove(inode, at, session);
        }

        Changed(inode);
    }

    /// <summary>A client that has come back is told of what moved here meanwhile.</summary>
    private void TellOfImports(Session session)
    {
        if (_untold.Count == 0)
            return;
        foreach (CapInode inode in InodesOf(session))
            TellIfUntold(ref _caps[IndexOf(inode, session.Client)]);
    }

    /// <summary>Says that it moved here, if that was not said: with the bits that it had then, for what it had beyond may have
    /// been another's since; what it got since it is given behind that.</summary>
    private bool TellIfUntold(ref Cap cap)
    {
        if (!_untold.Remove(cap.Id, out (CapPeer From, bool IsRelease, CapBits Kept) import))
            return false;
        TellOfImport(cap, cap.Pending & import.Kept, import.From, import.IsRelease);
        bool hasMore = (cap.Pending & ~import.Kept) != 0;
        if (hasMore)
            Advance(ref cap, cap.Pending);
        if (hasMore || cap.IsRevoking)
            Send(cap.Client, GrantOf(cap, cap.IsRevoking));
        return true;
    }

    private void TellOfImport(in Cap cap, CapBits caps, CapPeer from, bool isRelease) =>
        Send(cap.Client, new CapImport(cap.Ino, cap.Id, cap.Seq, cap.MigrationSeq, caps, cap.Wanted, from, isRelease));

    /// <summary>What a replica's client has may be another's by now: it gets of that what the locks allow, and what it has here
    /// anyway.</summary>
    private CapExportRecord Limited(CapInode inode, int at, in CapExportRecord record)
    {
        Span<LockState> states = stackalloc LockState[KindCount];
        for (int i = 0; i < KindCount; i++)
            states[i] = _host.StateOf(inode.Object, KindAt(i));
        CapBits allowed = AllowedTo(inode, at, states) | _caps[at].Issued;
        return record with { Issued = record.Issued & allowed, Pending = record.Pending & allowed };
    }

    private void Merge(ref Cap cap, CapExportRecord record, bool isAuthority)
    {
        if (cap.Flags.HasFlag(CapFlags.Stale))
        {
            ForgetRevokes(ref cap);
            cap.Issued = CapBits.Pin;
            cap.Pending = CapBits.None;
            Advance(ref cap, CapBits.Pin);
        }
        else
        {
            // What the client has not given back to the old authority it gives back to this one: it is part of what is issued,
            // and taken again once the locks are looked at.
            CapBits pending = record.Pending | cap.Pending;
            Advance(ref cap, (record.Issued & ~pending) != 0 ? pending | record.Issued : pending);
            cap.IssuedAtMicros = record.IssuedAtMicros;
        }

        cap.Follows = record.Follows;
        cap.Wanted |= record.Wanted & CapBits.All;
        if (isAuthority)
            cap.MigrationSeq = Math.Max(cap.MigrationSeq, record.MigrationSeq);
    }
}
