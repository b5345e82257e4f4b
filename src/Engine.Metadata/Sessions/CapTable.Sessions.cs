// What becomes of the capabilities of clients that go silent, end, or come back after a restart of the rank.

namespace Engine.Metadata;

public sealed partial class CapTable
{
    /// <summary>A client was not heard of for too long: it keeps the pins, everything else others may have. Inodes that are being
    /// exported are seen to when the export comes to nothing.</summary>
    public void WentStale(Session session)
    {
        foreach (CapInode inode in InodesOf(session))
        {
            int at = IndexOf(inode, session.Client);
            _caps[at].Flags |= CapFlags.Stale;
            inode.HasStale = true;
            if (!inode.IsExporting)
                TakeFromStale(inode);
        }
    }

    /// <summary>A stale client is back: it gets what it wants, as if it asked for the first time.</summary>
    public void Resumed(Session session)
    {
        foreach (CapInode inode in InodesOf(session))
        {
            _caps[IndexOf(inode, session.Client)].Flags &= ~CapFlags.Stale;
            Changed(inode);
        }
    }

    /// <summary>A client is gone.</summary>
    public void Ended(Session session)
    {
        foreach (CapInode inode in InodesOf(session))
        {
            int at = IndexOf(inode, session.Client);
            if ((_caps[at].Issued & Writing) != 0)
                _host.NeedsRecovery(inode.Object);
            Remove(inode, at, session);
            Changed(inode);
        }
    }

    /// <summary>After a restart of the rank: a client has this capability. The locks are then to be put into states that allow
    /// what all clients have, see <see cref="StateFor"/>, before anything is issued. False when it has one already.</summary>
    public bool TryReconnect(LockObject on, Session session, in CapReconnect item)
    {
        CapInode inode = InodeFor(on);
        if (IndexOf(inode, session.Client) != 0)
            return false;
        ref Cap cap = ref _caps[Add(inode, session, item.CapId, CapFlags.None)];
        cap.Wanted = item.Wanted & CapBits.All;
        cap.Pending = cap.Issued = ((item.Issued | item.Flushing) & CapBits.All) | CapBits.Pin;
        ChooseLoner(inode);
        return true;
    }

    /// <summary>The channel to a client that had reconnected ended before all others did: it will say again what it
    /// has.</summary>
    public void Forget(Session session)
    {
        foreach (CapInode inode in InodesOf(session))
        {
            Remove(inode, IndexOf(inode, session.Client), session);
            ForgetIfUnused(inode);
        }
    }

    /// <summary>The channel to a client ended, messages were lost both ways, and it was told nothing since. It says what it has:
    /// what it does not name it gave up, or never heard of. Until <see cref="Resynced"/> it is told nothing.</summary>
    public void Resync(Session session, IReadOnlyDictionary<Ino, CapReconnect> said)
    {
        foreach (CapInode inode in InodesOf(session))
        {
            int at = IndexOf(inode, session.Client);
            ref Cap cap = ref _caps[at];
            // Of what comes with an import the client is told when that is decided.
            if (cap.Flags.HasFlag(CapFlags.Importing))
                continue;
            bool isNamed = said.TryGetValue(inode.Object.Ino, out CapReconnect item) && item.CapId == cap.Id;
            if (!isNamed && _untold.ContainsKey(cap.Id))
                continue;
            if (!isNamed)
            {
                Remove(inode, at, session);
                Changed(inode);
                continue;
            }

            // Every message was lost that it does not know of: what was to come back with the answers is taken anew. One that
            // moved here it knows from the old authority, with what it had there.
            ForgetRevokes(ref cap);
            cap.Flags &= ~CapFlags.New;
            CapBits kept = _untold.TryGetValue(cap.Id, out (CapPeer From, bool IsRelease, CapBits Kept) import) ? import.Kept
                : CapBits.All;
            cap.Issued = cap.Pending = ((item.Issued | item.Flushing) & cap.Issued & kept) | CapBits.Pin;
            cap.Wanted = item.Wanted & CapBits.All;
        }
    }

    /// <summary>After <see cref="Resync"/>: others may have what came free by it, and the client is told of all that it
    /// has.</summary>
    public void Resynced(Session session)
    {
        TellOfImports(session);
        foreach (CapInode inode in InodesOf(session))
        {
            int at = IndexOf(inode, session.Client);
            if (_caps[at].Flags.HasFlag(CapFlags.Importing))
                continue;
            uint seq = _caps[at].Seq;
            Changed(inode);
            if (_caps[at].Seq == seq)
                Tell(at, _caps[at].Pending);
        }
    }

    /// <summary>All clients have reconnected, or are gone, and the locks are in states that allow what the clients
    /// have.</summary>
    public void ReconnectEnded(CapInode inode)
    {
        Changed(inode);
        for (int at = inode.First; at != 0; at = _caps[at].NextOnInode)
        {
            TellIfUntold(ref _caps[at]);
            // Numbers of messages begin anew: the client learns them with what it has.
            if (_caps[at].Seq == 0)
                Tell(at, _caps[at].Pending);
        }
    }

    /// <summary>The state in which a lock allows what clients said they have.</summary>
    public LockState StateFor(CapInode inode, LockKind kind)
    {
        LockCaps issued = LockCaps.None;
        for (int at = inode.First; at != 0; at = _caps[at].NextOnInode)
            issued |= LockRules.Part(kind, _caps[at].Issued);
        return (issued & (LockCaps.Exclusive | LockCaps.Buffer)) != 0 ? LockState.Excl
            : (issued & LockCaps.Write) != 0 ? LockState.Mix
            : LockState.Sync;
    }

    /// <summary>The inodes on which a client has capabilities; a copy, since they may go.</summary>
    private List<CapInode> InodesOf(Session session)
    {
        List<CapInode> inodes = [];
        for (int at = session.FirstCap; at != 0; at = _caps[at].NextOfClient)
            inodes.Add(_inodes[_caps[at].Ino]);
        return inodes;
    }

    private void TakeFromStale(CapInode inode)
    {
        inode.HasStale = false;
        bool wrote = false;
        for (int at = inode.First; at != 0; at = _caps[at].NextOnInode)
        {
            ref Cap cap = ref _caps[at];
            if (!cap.Flags.HasFlag(CapFlags.Stale))
                continue;
            wrote |= (cap.Issued & Writing) != 0;
            ForgetRevokes(ref cap);
            cap.Issued = cap.Pending = CapBits.Pin;
        }

        if (wrote)
            _host.NeedsRecovery(inode.Object);
        Changed(inode);
    }
}
