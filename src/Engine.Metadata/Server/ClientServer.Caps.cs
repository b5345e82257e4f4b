// Capabilities: what clients open, flush, give back and ask after.
//
// Invariants: a flush is answered, and what it gives back is another's, only when it is durable; what a client says of a
// capability that is on its way to another rank, or here, waits until it is known whose that is.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Capabilities. Source: migrator specification, 1.12.</content>
internal sealed partial class ClientServer : ICapHost
{
    private const CapBits ToRead = CapBits.FileShared | CapBits.FileRead | CapBits.FileCache;
    private const CapBits ToWrite = CapBits.FileExclusive | CapBits.FileWrite | CapBits.FileBuffer;

    private static readonly LockKind[] s_sharedKinds = [LockKind.Auth, LockKind.Link, LockKind.Xattr, LockKind.File];

    /// <summary>Files whose last writer went without a word: what it wrote and did not flush is lost, and the length may be too
    /// small.</summary>
    public long WritersLost { get; private set; }

    /// <inheritdoc/>
    long ICapHost.NowMicros => HeardMicros;

    /// <summary>Does any client have the inode open?</summary>
    public bool IsOpen(Ino ino) => Caps.Find(ino) is { Count: > 0 };

    /// <summary>A client opens an inode for what the flags say; <see cref="CapTable.TryTakeNew"/> gives what its answer
    /// says.</summary>
    public void Open(Session session, Ino ino, NodeId node, OpenFlags flags)
    {
        CapBits wanted = CapBits.Pin;
        if ((flags & OpenFlags.Read) != 0)
            wanted |= ToRead;
        if ((flags & OpenFlags.Write) != 0 && !_cache.IsDirectory(node))
            wanted |= ToWrite;
        Caps.Open(LockObject.OfInode(ino, node), session, wanted);
    }

    /// <inheritdoc/>
    Session? ICapHost.FindSession(ClientId client) => Sessions.Find(client);

    /// <summary>Sends to a client. One that has to reconnect would not know what to make of news of capabilities: it is told all
    /// when it did. A rank that cannot journal any more promises nothing.</summary>
    public void Send(ClientId client, Message message)
    {
        bool isNews = message is CapGrant or CapFlushAck or CapImport or CapExport;
        if (_journal.Failure.Failed)
            return;
        if (!isNews || Sessions.Find(client) is { IsReconnecting: false })
            _effects.Send(Peer.Of(client), message);
    }

    bool ICapHost.IsAuthority(LockObject inode) => Locks.IsAuthority(inode);

    CapBits ICapHost.MayHave(LockObject inode) => Namespace.MayHave(inode);

    LockState ICapHost.StateOf(LockObject inode, LockKind kind) => Locks.StateOf(inode, kind);

    void ICapHost.CapsBegan(LockObject inode) => _cache.BeginShare(inode.Node, PinKind.Caps);

    void ICapHost.CapsEnded(LockObject inode)
    {
        bool isNameless = IsServing && Namespace.IsNameless(inode.Node);
        _cache.Wake(inode.Node, WaitMask.Returned);
        _cache.EndShare(inode.Node, PinKind.Caps);
        if (isNameless)
            Namespace.PurgeLater(inode.Ino);
    }

    void ICapHost.CapsChanged(LockObject inode)
    {
        foreach (LockKind kind in s_sharedKinds)
            Locks.Machine.CapsReturned(Locks.Find(inode, kind));
        _cache.Wake(inode.Node, WaitMask.Returned);
    }

    void ICapHost.NeedsRecovery(LockObject inode) => WritersLost++;

    private Progress Update(ClientId client, CapUpdate update)
    {
        if (Sessions.Find(client) is not { IsLive: true, IsReconnecting: false } session)
            return Progress.Done;
        if (!IsServing)
            return Hold(client);
        if (_queues.TryGetValue(client, out ClientQueue? queue) && queue.FlushedAt > _journal.DurableSeq)
            return Progress.Waits;
        if (AwaitDecision(client, update.Ino) == Progress.Waits)
            return Progress.Waits;
        CapBits taken = update.FlushTid <= session.FlushedTid ? update.Dirty : CapBits.None;
        CapBits dirty = taken == 0 ? Caps.DirtyOf(session, update) : CapBits.None;
        if (dirty != 0)
        {
            IoError error = Flush(QueueOf(client), session, update with { Dirty = dirty }, out Progress progress);
            if (progress == Progress.Waits)
                return progress;
            if (error.Failed)
            {
                // Its directory is damaged. Later flushes would count for this one too: the client cannot go on as if it were
                // done.
                bool isEnded = Kill(client);
                QueueOf(client).IsStarved = !isEnded;
                return isEnded ? Progress.Done : Progress.Waits;
            }
        }

        bool isKnown = Caps.TryUpdate(session, update);
        if (update.Dirty != 0 && (isKnown || taken != 0))
            Caps.FlushDurable(client, update.Ino, update.FlushTid, taken);
        return Progress.Done;
    }

    /// <summary>Another rank has told a client that it has something here.</summary>
    private Progress Claim(ClientId client, CapClaim claim)
    {
        if (Sessions.Find(client) is not { IsLive: true, IsReconnecting: false } session)
            return Progress.Done;
        if (!IsServing)
            return Hold(client);
        if (!Caps.TryRepeat(session, claim))
            Send(client, new CapExport(claim.Ino, claim.CapId, claim.MigrationSeq, new CapPeer(_options.Id, 0, 0, 0)));
        return Progress.Done;
    }

    /// <summary>Waits while the client's capability is on its way to another rank, or here: then it is known whose it is.
    /// </summary>
    private Progress AwaitDecision(ClientId client, Ino ino)
    {
        bool isMoving = Caps.IsMoving(ino, client) && _cache.IsFrozen(Caps.Find(ino)!.Object.Node);
        if (isMoving)
            _cache.Wait(Caps.Find(ino)!.Object.Node, WaitMask.Unfreeze, QueueOf(client));
        return isMoving ? Progress.Waits : Progress.Done;
    }

    /// <summary>Journals what a client flushes; its message waits until that is durable.</summary>
    private IoError Flush(ClientQueue queue, Session session, CapUpdate update, out Progress progress)
    {
        progress = Namespace.TryFlush(queue, session, update, out IoError error);
        if (progress == Progress.Done && error.IsNone)
        {
            queue.FlushedAt = _journal.LastSeq;
            _journal.WhenDurable(queue.FlushedAt, queue);
            progress = Progress.Waits;
        }
        else if (error.Failed && !Namespace.IsDamaged(update.Ino))
        {
            // No memory, or no room: the client did what it could.
            queue.IsStarved = true;
            progress = Progress.Waits;
        }

        return error;
    }

    private Progress Release(ClientId client, CapRelease release)
    {
        if (Sessions.Find(client) is not { IsLive: true, IsReconnecting: false } session)
            return Progress.Done;
        if (!IsServing)
            return Hold(client);
        foreach (CapReleaseItem item in release.Items)
        {
            if (AwaitDecision(client, item.Ino) == Progress.Waits)
                return Progress.Waits;
        }

        Caps.Release(session, release);
        return Progress.Done;
    }
}
