// The way back. After a restart the sessions are those of the journal, and nobody has capabilities: for a time each client
// may say what it has. When all have, or the time is over, who is missing is ended, the locks are put into states that allow
// what the others have, and requests are served. Some may have told another rank what they have here: that is waited for before
// anything of it can be anybody else's. After the end of a channel alone the rank knows what it gave, and the client
// says how much of that it has.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Reconnecting. Source: migrator specification, 4.2 and appendix E.</content>
internal sealed partial class ClientServer
{
    /// <summary>Clients that are named where more are waited for.</summary>
    private const int AwaitedShown = 4;

    private readonly List<ClientId> _missing = [];
    private readonly SortedSet<Ino> _displaced = [];
    private long _reconnectUntil;
    private long _othersUntil;
    private bool _isEnding;

    /// <summary>Have all clients come back, or are they gone? Other ranks may be waited for even then.</summary>
    public bool AreBack { get; private set; }

    /// <summary>Is something to come from other ranks that clients have here?</summary>
    public Func<bool>? AwaitsOthers { get; set; }

    /// <summary>Inodes of other ranks on which clients have come back with capabilities.</summary>
    public IReadOnlySet<Ino> Displaced => _displaced;

    /// <summary>Capabilities on an inode are to go to its authority.</summary>
    public void Displace(CapInode inode)
    {
        CapTable.ExportLater(inode);
        _displaced.Add(inode.Object.Ino);
    }

    /// <summary>They have.</summary>
    public void NoLongerDisplaced(Ino ino) => _displaced.Remove(ino);

    /// <summary>The journal is replayed: clients may come back.</summary>
    public void BeginReconnect()
    {
        long now = HeardMicros;
        HasBegun = true;
        Sessions.StoredBytesMax = _journal.TableBytesMax;
        Sessions.Restart(now);
        _reconnectUntil = now + _options.ReconnectMicros;
        EndReconnectIfDue(now);
        if (!IsServing)
            GoOnWithHeld();
    }

    /// <summary>Whom it waits for before it serves, and for how long at most.</summary>
    public string Awaited()
    {
        long until = AreBack ? _othersUntil : _reconnectUntil;
        long seconds = Math.Max(0, (until - _environment.NowMicros + 999_999) / 1_000_000);
        if (AreBack)
            return $"other ranks to hand over what clients told them that they have here, {seconds} s at most";
        List<ClientId> missing = [];
        Sessions.FindMissing(missing);
        IEnumerable<string> named = missing.Take(AwaitedShown).Select(
            each => $"{each} ({Sessions.Find(each)?.Address})");
        string more = missing.Count > AwaitedShown ? " ..." : string.Empty;
        string who = string.Join(", ", named);
        return $"clients of the life before to come back ({missing.Count}, {seconds} s at most): {who}{more}";
    }

    /// <summary>Other ranks have handed over what clients have here.</summary>
    public void OthersCame()
    {
        if (AreBack && !IsServing)
            EndReconnectIfDue(HeardMicros);
    }

    private Progress ComeBack(ClientId client, Reconnect message)
    {
        if (Sessions.Find(client) is not { IsLive: true, IsReconnecting: true } session)
        {
            if (Sessions.Find(client) is not { IsLive: true })
                _effects.Send(Peer.Of(client), new SessionClosed(SessionEnd.Unknown));
            return Progress.Done;
        }

        SortedDictionary<Ino, CapReconnect> said = [];
        foreach (CapReconnect item in message.Caps)
            said[item.Ino] = item;
        if (IsServing)
            Caps.Resync(session, said);
        foreach (CapReconnect item in said.Values)
        {
            if (!(IsServing && Namespace.Peers.IsAlone) && Restore(client, session, item) == Progress.Waits)
                return Progress.Waits;
        }

        Sessions.TryReconnect(client, HeardMicros);
        TellIfReadOnly(client);
        foreach (CapReconnect item in said.Values)
        {
            if (!Caps.TryGet(item.Ino, client, out _))
                Send(client, new CapExport(item.Ino, item.CapId, 0, new CapPeer(_options.Id, 0, 0, 0)));
        }

        if (IsServing)
            Caps.Resynced(session);
        else
            EndReconnectIfDue(HeardMicros);
        return Progress.Done;
    }

    /// <summary>A client has this capability; its inode is looked for where it may be.</summary>
    private Progress Restore(ClientId client, Session session, CapReconnect item)
    {
        if (Caps.TryGet(item.Ino, client, out _))
            return Progress.Done;
        Continuation queue = QueueOf(client);
        Progress progress = Namespace.FindAnywhere(queue, item.Ino, item.Path.Span, out NodeId node);
        if (progress == Progress.Waits)
            return progress;
        // A flush that is done gave its bits up.
        CapReconnect had = item.FlushTid <= session.FlushedTid ? item with { Flushing = CapBits.None } : item;
        bool isElsewhere = !node.IsNone && !_cache.IsAuth(node);
        // A rank that serves knows what it gave, but for what it gave away while the client was not there.
        bool isTaken = !node.IsNone && (!IsServing || isElsewhere);
        if (!isTaken || !Caps.TryReconnect(LockObject.OfInode(item.Ino, node), session, had))
            return Progress.Done;
        if (isElsewhere)
            Displace(Caps.Find(item.Ino)!);
        else
            Namespace.NoteOpened(item.Ino);
        return Progress.Done;
    }

    private void EndReconnectIfDue(long nowMicros)
    {
        _missing.Clear();
        Sessions.FindMissing(_missing);
        if (_missing.Count > 0 && nowMicros < _reconnectUntil)
            return;
        foreach (ClientId client in _missing)
        {
            // Who has begun to tell what it has is not missing.
            if (_queues.TryGetValue(client, out ClientQueue? queue) && queue is { IsHeld: false, Count: > 0, First: Reconnect })
                return;
        }

        foreach (ClientId client in _missing)
            Kill(client);
        // Sessions that an import holds end after it: there is nothing in the journal to wait for, and time passes.
        if (_missing.Count == 0)
            AwaitOthers(nowMicros);
        else if (!_isEnding && _journal.LastSeq > _journal.DurableSeq)
            AwaitEnds();
    }

    private void AwaitOthers(long nowMicros)
    {
        if (!AreBack)
            (AreBack, _othersUntil) = (true, nowMicros + _options.ReconnectMicros);
        if (AwaitsOthers?.Invoke() != true || nowMicros >= _othersUntil)
            EndReconnect();
    }

    /// <summary>What the missing had is given to others only when they cannot come back any more: after a crash before their
    /// end is durable they could, with all they had.</summary>
    private void AwaitEnds()
    {
        _isEnding = true;
        _journal.WhenDurable(_journal.LastSeq, new Ending(this));
    }

    private void EndReconnect()
    {
        IsServing = true;
        RestoreLocks();
        GoOnWithHeld();
        Namespace.ReleaseOpened();
        Namespace.PurgeNameless();
    }

    private void RestoreLocks()
    {
        List<CapInode> inodes = [];
        Caps.List(inodes);
        RestoreLocks(inodes);
    }

    /// <summary>Puts locks into the states in which clients may have what they have, and tells them: nothing was issued of these
    /// inodes since.</summary>
    public void RestoreLocks(List<CapInode> inodes)
    {
        inodes.RemoveAll(inode => _displaced.Contains(inode.Object.Ino));
        foreach (CapInode inode in inodes)
        {
            foreach (LockKind kind in s_sharedKinds)
                Locks.Restore(inode.Object, kind, Caps.StateFor(inode, kind));
        }

        foreach (CapInode inode in inodes)
            Caps.ReconnectEnded(inode);
    }

    private void GoOnWithHeld()
    {
        foreach (ClientQueue queue in _queues.Values)
        {
            if (!queue.IsHeld)
                continue;
            queue.IsHeld = false;
            _cache.Ready.Add(queue, IoError.None);
        }
    }

    private sealed class Ending(ClientServer server) : Continuation
    {
        public override void Run(IoError error)
        {
            server._isEnding = false;
            if (error.IsNone && !server.IsServing)
                server.EndReconnectIfDue(server.HeardMicros);
        }
    }
}
