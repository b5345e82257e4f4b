using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Clients whose messages wait for room in the journal, which may not come for long: a flush waits and its client stays,
/// since it can do nothing else; what it asks meanwhile is answered.</content>
internal sealed partial class ClientServer
{
    private readonly SortedSet<Ino> _stuck = [];

    /// <summary>Every wait for a lock, whoever is to give something back for it, and for what is to be given back alone.
    /// </summary>
    private const WaitMask AnyLock = ~(WaitMask.LockFirst - 1) | WaitMask.Returned;

    /// <summary>Why what a client gives back of an inode cannot be taken for long, so that nobody should wait for it; none where
    /// it can, or soon will.</summary>
    public IoError RefusalFor(Ino ino)
    {
        if (_queues.Count == 0 || _journal.Refusal is not { Failed: true } refusal)
            return IoError.None;
        foreach (ClientQueue queue in _queues.Values)
        {
            if (IsStuck(queue) && queue.HasAnswerFor(new LateCap(queue.Client, ino, 0)))
                return refusal;
        }

        return IoError.None;
    }

    /// <summary>Answers what waits behind messages that have no room, and those who wait for what such messages give back.
    /// </summary>
    private void PassFull()
    {
        if (_queues.Count == 0 || _journal.Refusal.IsNone)
            return;
        foreach (ClientQueue queue in _queues.Values)
        {
            queue.PassFirst(message => TryPass(queue, message));
            if (IsStuck(queue))
                queue.ListAnswers(_stuck);
        }

        foreach (Ino ino in _stuck)
        {
            NodeId node = _cache.FindInode(ino);
            if (!node.IsNone)
                _cache.Wake(node, AnyLock);
        }

        _stuck.Clear();
    }

    /// <summary>There is no room: does the first message of the queue wait for that, to make its event or to have it appended?
    /// </summary>
    private bool IsStuck(ClientQueue queue) => queue.FlushedAt == 0 || _journal.StallError.Failed;

    /// <summary>Answers a request although earlier messages of its client wait: those for room that is not there. Locks keep
    /// from it what the client has to give back yet; what the client keeps, it knows better than the rank.</summary>
    /// <returns>False where it must wait for them, or need not.</returns>
    private bool TryPass(ClientQueue queue, Message message)
    {
        if (message is not ClientRequest request || !IsServing || _journal.Refusal is not { Failed: true } refusal)
            return false;
        if (Sessions.Find(queue.Client) is not { IsLive: true } session || request.Op == ClientOp.Close)
            return false;
        bool mayChange = NamespaceServer.MayChange(request);
        if (!mayChange && request.Op != ClientOp.Sync && !session.IsReconnecting)
        {
            _ = Request(queue.Client, request);
            return true;
        }

        // One that was done would be told wrong.
        if (request.OldestTid != 0 && (request.Tid < session.AcknowledgedBelow || session.TryGetCompleted(request.Tid, out _)))
            return false;
        // Who has a way back to tell of, behind a flush that cannot be made durable, could wait for ever.
        if (session.IsReconnecting && !IsStuck(queue))
            return false;
        _effects.Send(Peer.Of(queue.Client), new ClientReply(request.Tid, mayChange && IsReadOnly ? IoError.ReadOnly : refusal));
        return true;
    }
}
