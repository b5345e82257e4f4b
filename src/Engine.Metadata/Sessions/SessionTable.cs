// The sessions of one rank: which clients it knows, and what it owes them. `SessionTable.Imports.cs` holds what migrations do
// with sessions, `.Stored.cs` what the journal keeps.
//
// Ownership: the table owns its sessions; capabilities belong to CapTable, which finds a client's by the session.
// Invariants: sessions that are not Closed are in the table; every change of who has a session raises the version by one and is
// journalled; a session with ImportingCount above 0 is not closed or killed.

using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>The sessions of one rank. Source: migrator specification, 1.11.</summary>
public sealed partial class SessionTable
{
    /// <summary>Most sessions.</summary>
    public const int SessionsMax = 1 << 16;

    private readonly ISessionHost _host;
    private readonly SortedDictionary<ClientId, Session> _sessions = [];
    private int _completedCount;
    private int _addressBytes;
    private Session? _recent;

    /// <summary>Makes an empty table.</summary>
    public SessionTable(ISessionHost host) => _host = host;

    /// <summary>Counts the journalled changes.</summary>
    public ulong Version { get; private set; }

    /// <summary>All sessions, in order of client.</summary>
    public IReadOnlyCollection<Session> Sessions => _sessions.Values;

    /// <summary>Finds the session of a client.</summary>
    public Session? Find(ClientId client)
    {
        // Clients come in bursts.
        if (_recent is { State: not SessionState.Closed } recent && recent.Client == client)
            return recent;
        return _sessions.TryGetValue(client, out Session? found) ? _recent = found : null;
    }

    /// <summary>A client asks for a session. One that has to reconnect and asks for a new session instead is another than it
    /// was: it knows nothing of what it had. True when the change is to be journalled, and <see cref="OpenDurable"/> called
    /// when it is durable.</summary>
    public bool TryOpen(ClientId client, string address, long nowMicros, out SessionChange change)
    {
        change = default;
        Session? session = Find(client);
        bool isKnown = session is { IsLive: true, IsReconnecting: false };
        if (isKnown && session!.State != SessionState.Opening)
        {
            Hear(session, nowMicros);
            _host.Send(client, new SessionOpened());
        }

        if (isKnown)
            return false;
        bool isFull = (session is null && _sessions.Count >= SessionsMax) || !HasRoomToOpen(session, address);
        if (isFull || !SessionChange.IsAddress(address))
        {
            _host.Send(client, new SessionClosed(SessionEnd.Unknown));
            return false;
        }

        change = BeginOpen(client, address, nowMicros);
        return true;
    }

    /// <summary>The journal has an opening.</summary>
    public void OpenDurable(SessionStateSeq at)
    {
        if (Find(at.Client) is not { State: SessionState.Opening } session || session.StateSeq != at.Seq)
            return;
        session.Enter(SessionState.Open);
        _host.Send(at.Client, new SessionOpened());
    }

    /// <summary>A client asks for the end. True when the change is to be journalled, and <see cref="CloseDurable"/> called when
    /// it is durable; false when it has to process messages first, or an import needs it, and is to ask again.</summary>
    public bool TryClose(ClientId client, ulong capPushSeq, out SessionChange change)
    {
        change = default;
        Session? session = Find(client);
        if (session is null)
            _host.Send(client, new SessionClosed(SessionEnd.Unknown));
        if (session is not { State: SessionState.Open or SessionState.Stale, ImportingCount: 0 }
            || capPushSeq < session.CapPushSeq)
            return false;
        change = BeginEnd(session, SessionState.Closing);
        return true;
    }

    /// <summary>Ends the session of a client without its asking. True when the change is to be journalled, and
    /// <see cref="CloseDurable"/> called when it is durable; false when there is nothing to end, or an import needs it.</summary>
    public bool TryKill(ClientId client, out SessionChange change)
    {
        change = default;
        if (Find(client) is not { IsLive: true, ImportingCount: 0 } session)
            return false;
        change = BeginEnd(session, SessionState.Killing);
        return true;
    }

    /// <summary>The journal has an end.</summary>
    public void CloseDurable(SessionStateSeq at)
    {
        if (Find(at.Client) is not { State: SessionState.Closing or SessionState.Killing } session || session.StateSeq != at.Seq)
            return;
        SessionEnd reason = session.State == SessionState.Closing ? SessionEnd.Closed : SessionEnd.Evicted;
        _host.Ended(session);
        session.Enter(SessionState.Closed);
        Remove(session);
        _host.Send(at.Client, new SessionClosed(reason));
    }

    /// <summary>A client says that it lives.</summary>
    public void Renew(ClientId client, ulong seq, long nowMicros)
    {
        if (Find(client) is not { IsLive: true } session)
        {
            _host.Send(client, new SessionClosed(SessionEnd.Unknown));
            return;
        }

        Hear(session, nowMicros);
        _host.Send(client, new SessionRenewed(seq));
    }

    /// <summary>Marks the clients stale that were not heard of for a time, and lists those for whom a longer time is over: they
    /// are to be killed.</summary>
    public void Tick(long nowMicros, long staleAfterMicros, long evictAfterMicros, List<ClientId> overdue)
    {
        foreach (Session session in _sessions.Values)
        {
            long silenceMicros = nowMicros - session.RenewedAtMicros;
            if (session.State == SessionState.Open && silenceMicros > staleAfterMicros)
            {
                session.Enter(SessionState.Stale);
                _host.WentStale(session);
                _host.Send(session.Client, new SessionStale());
            }

            if (session is { State: SessionState.Stale, ImportingCount: 0 } && silenceMicros > evictAfterMicros)
                overdue.Add(session.Client);
        }
    }

    /// <summary>Asks a client to process all messages about capabilities sent so far; <see cref="ISessionHost.Flushed"/> tells
    /// when it has. False when there is nobody to ask; one that has to come back first is told all then.</summary>
    public bool TryFlush(ClientId client, ulong token)
    {
        if (Find(client) is not { State: SessionState.Open or SessionState.Stale, IsReconnecting: false } session)
            return false;
        session.AddFlush(token);
        _host.Send(client, new SessionFlush(session.CapPushSeq));
        return true;
    }

    /// <summary>Asks again, for all that the client has not answered.</summary>
    public void ResendFlush(ClientId client)
    {
        if (Find(client) is { Flushes: [.., var last] })
            _host.Send(client, new SessionFlush(last.CapPushSeq));
    }

    /// <summary>Nobody waits for that flush any more.</summary>
    public void CancelFlush(ClientId client, ulong token)
    {
        if (Find(client) is not { } session)
            return;
        for (int i = session.Flushes.Length - 1; i >= 0; i--)
        {
            if (session.Flushes[i].Token == token)
                session.RemoveFlush(i);
        }
    }

    /// <summary>The channel to a client ended: it has to say what it has before it goes on.</summary>
    public void ChannelEnded(ClientId client)
    {
        if (Find(client) is not { IsLive: true } session)
            return;
        session.IsReconnecting = true;
        session.ChannelsEnded++;
        EndFlushes(session, ulong.MaxValue);
    }

    /// <summary>A client answers a flush. False when it answers what was not sent.</summary>
    public bool TryAcknowledgeFlush(ClientId client, ulong capPushSeq)
    {
        if (Find(client) is not { } session || capPushSeq > session.CapPushSeq)
            return false;
        EndFlushes(session, capPushSeq);
        return true;
    }

    /// <summary>A request was executed; the client may ask for it again. False when the client acknowledges too little: its next
    /// requests are to be refused.</summary>
    public bool TryComplete(ClientId client, CompletedRequest request) =>
        Find(client) is { } session && TryComplete(session, request);

    /// <summary>The same, of a session in the table.</summary>
    public bool TryComplete(Session session, CompletedRequest request)
    {
        bool isDone = session.TryComplete(request);
        _completedCount += isDone ? 1 : 0;
        return isDone;
    }

    /// <summary>The client has the answers of all requests below a number.</summary>
    public void Acknowledge(ClientId client, ulong belowTid)
    {
        if (Find(client) is { } session)
            Acknowledge(session, belowTid);
    }

    /// <summary>The same, of a session in the table.</summary>
    public void Acknowledge(Session session, ulong belowTid)
    {
        if (belowTid <= session.AcknowledgedBelow)
            return;
        _completedCount -= session.CompletedCount;
        session.Acknowledge(belowTid);
        _completedCount += session.CompletedCount;
    }

    private SessionChange BeginOpen(ClientId client, string address, long nowMicros)
    {
        if (Find(client) is { } old)
        {
            // It was on its way out, or another's: what it had goes, as replay of the journal would have it.
            EndFlushes(old, ulong.MaxValue);
            _host.Ended(old);
            _completedCount -= old.CompletedCount;
            old.ForgetRequests();
            _addressBytes -= old.AddressBytes;
            old.Address = address;
            _addressBytes += old.AddressBytes;
            old.IsReconnecting = false;
            old.Life++;
        }
        else
        {
            Add(new Session(client, address));
        }

        Session session = _sessions[client];
        session.Enter(SessionState.Opening);
        session.RenewedAtMicros = nowMicros;
        return new SessionChange(SessionChangeKind.Opened, ++Version, client, address);
    }

    private void Add(Session session)
    {
        _sessions.Add(session.Client, session);
        _addressBytes += session.AddressBytes;
    }

    private void Remove(Session session)
    {
        _sessions.Remove(session.Client);
        _completedCount -= session.CompletedCount;
        _addressBytes -= session.AddressBytes;
        _recent = null;
    }

    private SessionChange BeginEnd(Session session, SessionState state)
    {
        Invariant.That(session.ImportingCount == 0);
        session.Enter(state);
        session.IsReconnecting = false;
        EndFlushes(session, ulong.MaxValue);
        return new SessionChange(SessionChangeKind.Closed, ++Version, session.Client, "");
    }

    /// <summary>A message of the client shows that it lives.</summary>
    internal void Hear(Session session, long nowMicros)
    {
        session.RenewedAtMicros = nowMicros;
        if (session.State != SessionState.Stale)
            return;
        session.Enter(SessionState.Open);
        _host.Resumed(session);
    }

    private void EndFlushes(Session session, ulong capPushSeq)
    {
        while (session.Flushes.Length > 0 && session.Flushes[0].CapPushSeq <= capPushSeq)
        {
            ulong token = session.Flushes[0].Token;
            session.RemoveFlush(0);
            _host.Flushed(session.Client, token);
        }
    }
}
