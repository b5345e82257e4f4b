using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Clients whose messages wait for room in the journal, which may not come for long: a flush waits and its client stays,
/// since it can do nothing else; what it asks meanwhile is answered.</content>
internal sealed partial class ClientServer
{
    /// <summary>Answers what waits behind messages that have no room.</summary>
    private void PassFull()
    {
        if (_queues.Count == 0 || _journal.Refusal.IsNone)
            return;
        foreach (ClientQueue queue in _queues.Values)
            queue.PassFirst(message => TryPass(queue.Client, message));
    }

    /// <summary>Answers a request although earlier messages of its client wait: those for room that is not there. Locks keep
    /// from it what the client has to give back yet.</summary>
    /// <returns>False where it must wait for them, or need not.</returns>
    private bool TryPass(ClientId client, Message message)
    {
        if (message is not ClientRequest request || !IsServing || _journal.Refusal is not { Failed: true } refusal)
            return false;
        if (Sessions.Find(client) is not { IsLive: true, IsReconnecting: false } session)
            return false;
        switch (request.Op)
        {
            case ClientOp.Lookup or ClientOp.GetAttributes or ClientOp.ReadDirectory or ClientOp.ReadLink:
            case ClientOp.GetXattr or ClientOp.ListXattr:
                _ = Request(client, request);
                return true;
            case ClientOp.Close:
                // It ends what the flush before it needs.
                return false;
            default:
                // One that was done would be told wrong.
                if (request.OldestTid != 0
                    && (request.Tid < session.AcknowledgedBelow || session.TryGetCompleted(request.Tid, out _)))
                    return false;
                _effects.Send(Peer.Of(client), new ClientReply(request.Tid, refusal));
                return true;
        }
    }
}
