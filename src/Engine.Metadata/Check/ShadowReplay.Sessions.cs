namespace Engine.Metadata;

/// <content>Sessions: who has one, which of its requests were done, and which of its flushes.</content>
public sealed partial class ShadowReplay
{
    private readonly SessionTable _sessions = new(new NoClients());

    /// <summary>Requests done that were compared.</summary>
    public long ComparedRequests { get; private set; }

    private void CompareSessions(SessionTable live)
    {
        if (_sessions.Version != live.Version)
            Find("C7", "sessions", $"are at version {live.Version}, and by the journal at {_sessions.Version}");
        foreach (Session session in live.Sessions)
        {
            if (_sessions.Find(session.Client) is { } replayed)
                CompareSession(session, replayed);
            else if (session.IsLive)
                Find("C7", session.Client, "has a session, and by the journal none");
        }

        foreach (Session replayed in _sessions.Sessions)
        {
            if (live.Find(replayed.Client) is not { IsLive: true })
                Find("C7", replayed.Client, "has no session, and by the journal one");
        }
    }

    private void CompareSession(Session session, Session replayed)
    {
        if (session.Address != replayed.Address)
            Find("C7", session.Client, $"is at '{session.Address}', and by the journal at '{replayed.Address}'");
        if (session.FlushedTid != replayed.FlushedTid)
            Find("C6", session.Client, $"has flushed up to {session.FlushedTid}, and by the journal to {replayed.FlushedTid}");
        // What a client acknowledged is told with the next event.
        if (replayed.AcknowledgedBelow > session.AcknowledgedBelow)
        {
            Find("C7", session.Client, $"has acknowledged what is below {session.AcknowledgedBelow}, and by the journal below "
                + $"{replayed.AcknowledgedBelow}");
        }

        replayed.Acknowledge(session.AcknowledgedBelow);
        ComparedRequests += session.CompletedCount;
        if (session.Completed.SequenceEqual(replayed.Completed))
            return;
        Find("C7", session.Client,
            $"has done {Show(session.Completed)} without an answer, and by the journal {Show(replayed.Completed)}");
    }

    private static string Show(ReadOnlySpan<CompletedRequest> done)
    {
        List<string> items = [];
        foreach (CompletedRequest request in done)
            items.Add($"{request.Tid} ({request.Made})");
        return items.Count == 0 ? "nothing" : string.Join(", ", items);
    }

    /// <summary>A shadow talks to nobody.</summary>
    private sealed class NoClients : ISessionHost
    {
        public void Send(ClientId client, Message message)
        {
        }

        public void Ended(Session session)
        {
        }

        public void WentStale(Session session)
        {
        }

        public void Resumed(Session session)
        {
        }

        public void Flushed(ClientId client, ulong token)
        {
        }
    }
}
