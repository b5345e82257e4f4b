// Sessions: what of them the journal tells, who was silent for too long, whom a read-only store concerns.
//
// Invariants: a session begins and ends when the event that says so is durable; where that has no room, it is tried again. Who
// asks for one while the journal is full is told so: nobody waits for room that may never come.
// Clients are not blamed for what this rank takes its time for: neither for time in which it did not listen, nor for answers
// that wait here.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Sessions. Source: migrator specification, 1.11.</content>
internal sealed partial class ClientServer : ISessionHost
{
    /// <summary>Marks a part of an event that is the whole table.</summary>
    public const ushort IsWholeTable = 1;

    /// <summary>A rank that listens takes a step in that many ticks.</summary>
    private const int TicksPerStepMax = 2;

    private readonly List<ClientId> _overdue = [];
    private readonly List<LateCap> _late = [];
    private readonly SortedSet<ClientId> _overrun = [];
    private long _steppedAtMicros;
    private long _deafMicros;
    private byte[] _stored = [];

    /// <summary>Learns of flushes that were asked for; null while nobody asks for any.</summary>
    public Action<ClientId, ulong>? Flushed { get; set; }

    /// <summary>Puts the whole table into a segment's head: replay may begin with it.</summary>
    public void WriteHead(EventBuilder builder)
    {
        int bytesMax = Sessions.StoredBytes;
        if (_stored.Length < bytesMax)
            _stored = new byte[2 * bytesMax];
        BufferWriter writer = new(_stored);
        bool fits = Sessions.TryEncode(ref writer);
        Invariant.That(fits);
        builder.Add(EventTag.Sessions, _stored.AsSpan(0, (int)writer.Position), IsWholeTable);
    }

    /// <summary>Notes whether the store takes nothing any more. Who has a session is told, and who begins one or comes back
    /// meanwhile; nobody is told that it takes something again: a change that is asked for is made then.</summary>
    public void NoteReadOnly(bool isReadOnly)
    {
        if (isReadOnly == IsReadOnly)
            return;
        IsReadOnly = isReadOnly;
        foreach (Session session in Sessions.Sessions)
            TellIfReadOnly(session.Client);
    }

    /// <summary>The time by which clients are silent or late: it stands while the rank does not listen.</summary>
    private long HeardMicros => _environment.NowMicros - _deafMicros;

    /// <summary>A step begins. One that comes much later than ticks do, since the process was stopped or held up, may find
    /// behind it all that clients said meanwhile.</summary>
    public void NoteStep(long nowMicros)
    {
        long deafMicros = nowMicros - _steppedAtMicros - (TicksPerStepMax * _options.TickMicros);
        _deafMicros += Math.Max(0, deafMicros);
        _steppedAtMicros = nowMicros;
    }

    /// <summary>Time passes.</summary>
    public void Tick()
    {
        PassFull();
        RetryStarved();
        KillOverrun();
        if (!IsServing)
        {
            EndReconnectIfDue(HeardMicros);
            return;
        }

        _overdue.Clear();
        Sessions.Tick(HeardMicros, _options.SessionTimeoutMicros, _options.SessionAutocloseMicros, _overdue);
        foreach (ClientId client in _overdue)
            Kill(client);
        _late.Clear();
        Caps.FindLate(HeardMicros, _options.RevokeMicros, _late);
        foreach (LateCap late in _late)
        {
            if (!_queues.TryGetValue(late.Client, out ClientQueue? queue) || !queue.HasAnswerFor(late))
                Kill(late.Client);
        }
    }

    private void RetryStarved()
    {
        foreach (ClientQueue queue in _queues.Values)
        {
            if (!queue.IsStarved)
                continue;
            queue.IsStarved = false;
            _cache.Ready.Add(queue, IoError.None);
        }
    }

    /// <summary>The client's channel ended: messages may be lost, both ways. What waits is lost with them: the client sends it
    /// again.</summary>
    public void ChannelEnded(ClientId client)
    {
        Sessions.ChannelEnded(client);
        _overrun.Remove(client);
        if (!IsServing && Sessions.Find(client) is { } session)
            Caps.Forget(session);
        if (!_queues.TryGetValue(client, out ClientQueue? queue))
            return;
        queue.Drop();
        if (queue.IsHeld || queue.IsStarved)
            _queues.Remove(client);
    }

    private void TellIfReadOnly(ClientId client)
    {
        if (IsReadOnly && Sessions.Find(client) is { State: SessionState.Open or SessionState.Stale })
            Send(client, new SessionReadOnly());
    }

    void ISessionHost.Ended(Session session)
    {
        _overrun.Remove(session.Client);
        Caps.Ended(session);
    }

    void ISessionHost.WentStale(Session session) => Caps.WentStale(session);

    void ISessionHost.Resumed(Session session) => Caps.Resumed(session);

    void ISessionHost.Flushed(ClientId client, ulong token) => Flushed?.Invoke(client, token);

    private Progress Open(ClientId client, SessionOpen open)
    {
        // What waits for room now, the beginning of this very session perhaps, may wait for ever.
        bool isNew = Sessions.Find(client) is not { IsLive: true, State: not SessionState.Opening };
        if (isNew && _journal.StallError.Failed)
        {
            Send(client, new SessionClosed(SessionEnd.NoRoom));
            return Progress.Done;
        }

        if (Sessions.Find(client) is { IsLive: true, IsReconnecting: true, ImportingCount: > 0 })
        {
            // It is another than the one that the session is of, which cannot end yet: an import needs it.
            QueueOf(client).IsStarved = true;
            return Progress.Waits;
        }

        if (!HasRoom())
            return AwaitRoom(client);
        if (Sessions.TryOpen(client, open.Address, HeardMicros, out SessionChange change))
            Record(change, isOpening: true);
        return Progress.Done;
    }

    private Progress Close(ClientId client, SessionClose close)
    {
        if (!IsServing)
            return Hold(client);
        if (!HasRoom())
            return AwaitRoom(client);
        if (Sessions.TryClose(client, close.CapPushSeq, out SessionChange change))
            Record(change, isOpening: false);
        return Progress.Done;
    }

    /// <summary>The client knows of what it was told. That need not wait for what it said before, which may itself wait for
    /// whoever has asked.</summary>
    private void AcknowledgeFlush(ClientId client, SessionFlushAck ack)
    {
        // An answer to what was not asked is no answer.
        _ = Sessions.TryAcknowledgeFlush(client, ack.CapPushSeq);
    }

    /// <summary>Ends a client's session; false where that cannot be journalled now, or an import needs it.</summary>
    private bool Kill(ClientId client)
    {
        if (!HasRoom())
            return false;
        if (Sessions.TryKill(client, out SessionChange change))
            Record(change, isOpening: false);
        return Sessions.Find(client) is not { IsLive: true };
    }

    /// <summary>Ends who sent more than is kept for it: what was not kept is lost, and nobody hears that it was.</summary>
    private void KillOverrun()
    {
        if (_overrun.Count > 0)
            _overrun.RemoveWhere(Kill);
    }

    private bool HasRoom() => _journal.Failure.IsNone && Namespace.HasRoomForEvent;

    private Progress AwaitRoom(ClientId client)
    {
        ClientQueue queue = QueueOf(client);
        if (_journal.LastSeq > _journal.DurableSeq && _journal.StallError.IsNone)
            _journal.WhenDurable(_journal.LastSeq, queue);
        else
            queue.IsStarved = true;
        return Progress.Waits;
    }

    /// <summary>Makes sure that a client has a session, in an event that is being made, and holds it for an import.</summary>
    /// <returns>True when it is new: it is open when the event is durable.</returns>
    public bool ForceOpen(ClientId client, string address, EventBuilder builder)
    {
        bool isNew = Sessions.ForceOpen(client, address, HeardMicros, out SessionChange change);
        if (isNew)
            Add(change, builder);
        return isNew;
    }

    private static void Add(SessionChange change, EventBuilder builder)
    {
        Span<byte> bytes = stackalloc byte[Session.AddressBytesMax + 32];
        BufferWriter writer = new(bytes);
        bool fits = change.TryEncode(ref writer);
        Invariant.That(fits);
        builder.Add(EventTag.Sessions, bytes[..(int)writer.Position]);
    }

    private void Record(SessionChange change, bool isOpening)
    {
        Add(change, _journal.Begin(EventKind.Sessions));
        SessionStateSeq at = new(change.Client, Sessions.Find(change.Client)!.StateSeq);
        _journal.WhenDurable(_journal.Submit(), new Durable(this, at, isOpening));
    }

    private sealed class Durable(ClientServer server, SessionStateSeq at, bool isOpening) : Continuation, IRefusable
    {
        private bool _isTold;

        /// <summary>The journal will have the session, whenever there is room; its client need not wait for that.</summary>
        public bool TryRefuse(IoError error)
        {
            if (isOpening && !_isTold)
                server.Send(at.Client, new SessionClosed(SessionEnd.NoRoom));
            _isTold = true;
            return false;
        }

        public override void Run(IoError error)
        {
            if (error.Failed)
                return;
            if (!isOpening)
            {
                server.Sessions.CloseDurable(at);
                return;
            }

            server.Sessions.OpenDurable(at);
            server.TellIfReadOnly(at.Client);
        }
    }
}
