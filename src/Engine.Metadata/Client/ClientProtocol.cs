// The client's side of the protocol: what a client has to remember, and what it has to say.
//
// Ownership: belongs to its user, who calls it from one thread at a time, tells it what happens to the channel, hands it every
// message that comes, and sends what it puts into Out, in that order, before the next call.
// Shape: an event in, messages out; no clock of its own, no thread, no I/O: a process and a simulation drive the same.
//   ClientProtocol        session, requests
//   ClientProtocol.Caps   capabilities
//   ClientProtocol.Moves  capabilities that go to another rank, or come from one
//   ClientProtocol.Lease  for how long they hold
//   ClientProtocol.Losses what was changed and may be lost
// Invariants: numbers of requests only grow, and a request keeps its number until its safe answer, however often it is sent;
// nothing is asked before the session is open; after the end of a channel the client says what it has before anything else, then
// sends again what was not answered, in order. By one channel, which loses nothing, only what was refused is sent again: an
// answer that says that a request failed may be on its way, and the same request, sent again, be done behind it.

using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>A client of one rank. Source: migrator specification, 1.11, 1.12, 4.2 and appendix E.</summary>
/// <typeparam name="T">What the user keeps with a request.</typeparam>
/// <param name="address">Where the client is, for operators.</param>
/// <param name="repeats">It sends requests again that were not answered: the rank is to remember what is done. False where the
/// client does not outlive the rank.</param>
public sealed partial class ClientProtocol<T>(string address, bool repeats)
{
    /// <summary>ENOTCONN: the rank knows of no session, or waits to be told what the client has.</summary>
    private static readonly IoError s_noSession = new(107);

    private readonly Dictionary<ulong, (ClientRequest Request, T State)> _pending = [];

    /// <summary>Requests that were under way when the client came back, and were sent again: that the first sending was refused
    /// may yet be told.</summary>
    private readonly HashSet<ulong> _sentTwice = [];

    /// <summary>Requests that were refused, and not sent again since.</summary>
    private readonly HashSet<ulong> _refused = [];
    private ulong _lastTid;
    private ulong _oldestTid = 1;
    private bool _hasChannel;
    private bool _isOpening;
    private bool _isClosing;

    /// <summary>Messages about capabilities in the session, by this channel.</summary>
    private ulong _capMessages;

    /// <summary>Messages to be sent, in order; the user empties it.</summary>
    public List<Message> Out { get; } = [];

    /// <summary>Further answers that say that nothing was done, beside that there is no session: such a request stays the
    /// client's (<see cref="ClientNewsKind.Refused"/>). None by default.</summary>
    public Func<ClientReply, bool> IsRefusal { get; init; } = static _ => false;

    /// <summary>There is a session: what is asked is sent.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>A session was asked for, and the rank has not answered yet.</summary>
    public bool IsOpening => _isOpening;

    /// <summary>Why the last session ended, or was not begun (<see cref="ClientNewsKind.Ended"/>).</summary>
    public SessionEnd LastEnd { get; private set; }

    /// <summary>Requests without a safe answer.</summary>
    public int PendingCount => _pending.Count;

    /// <summary>A number for a request.</summary>
    public ulong NextTid() => ++_lastTid;

    /// <summary>A channel to the rank's present life stands: opens the session, or goes on with it.</summary>
    public void ChannelBegan()
    {
        _hasChannel = true;
        _capMessages = 0;
        IsReadOnly = false;
        if (!IsOpen)
        {
            AskForSession();
            return;
        }

        ComeBack();
    }

    /// <summary>The channel ended: what was sent and not answered may be lost.</summary>
    public void ChannelEnded()
    {
        _hasChannel = false;
        _isOpening = false;
        _isClosing = false;
        _sentTwice.Clear();
        Out.Clear();
    }

    /// <summary>Asks the rank to end the session; <see cref="ClientNewsKind.Ended"/> tells when it has. A rank that has just sent
    /// something about a capability goes on with it.</summary>
    public void Close()
    {
        _isClosing = IsOpen && _hasChannel;
        if (_isClosing)
            Out.Add(new SessionClose(_capMessages));
    }

    /// <summary>Takes a request, and numbers it unless it was given a number by <see cref="NextTid"/>. One that closes a file
    /// gives up its capability: what was changed under it must have been flushed.</summary>
    /// <returns>True when it is to be sent now, as it is; else it waits for the session or the channel.</returns>
    public bool Begin(ref ClientRequest request, T state)
    {
        if (request.Tid == 0)
            request = request with { Tid = NextTid() };
        Invariant.That(request.Tid <= _lastTid && (!repeats || request.Tid >= _oldestTid), "numbers come from NextTid");
        if (request.Op == ClientOp.Close)
            Close(request.Base);
        _pending.Add(request.Tid, (request, state));
        request = Marked(request);
        return IsOpen && _hasChannel;
    }

    /// <summary>Sends a request again that was refused. False while there is none to send: one that waits for its answer, however
    /// long, is answered or its channel ends, and one that waits for a session or a channel is sent with that.</summary>
    public bool TryRepeat(ulong tid)
    {
        if (!IsOpen || !_hasChannel || !_refused.Remove(tid))
            return false;
        Out.Add(Marked(_pending[tid].Request));
        return true;
    }

    /// <summary>Lets go of a request whose answer nobody wants any more.</summary>
    public bool Forget(ulong tid)
    {
        bool wasPending = _pending.Remove(tid);
        _sentTwice.Remove(tid);
        _refused.Remove(tid);
        MoveOldest();
        return wasPending;
    }

    /// <summary>Takes a message of the rank.</summary>
    public ClientNews<T> Take(Message message)
    {
        switch (message)
        {
            case ClientReply reply:
                return Answered(reply);
            case SessionOpened when _isOpening:
                _isOpening = false;
                IsOpen = true;
                BeginLease(_openedAtMicros);
                SendClaims();
                SendPending();
                return News(ClientNewsKind.Opened);
            case SessionOpened when !IsOpen && _hasChannel:
                // It had no room when it was asked for, and has begun since; or the rank has begun one for what moved there. When
                // it is asked for, it is known from when it counts.
                AskForSession();
                return default;
            case SessionOpened when _isClosing:
                // It ended as it was to, and another began for what moved there: what the client had here before is gone.
                EndSession(keepsClaims: true);
                AskForSession();
                return News(ClientNewsKind.CapsChanged);
            case SessionOpened:
                return default;
            case SessionClosed closed when IsOpen || _isOpening:
                LastEnd = closed.Reason;
                EndSession();
                return News(ClientNewsKind.Ended);
            case SessionFlush flush:
                _capMessages = flush.CapPushSeq;
                Out.Add(new SessionFlushAck(flush.CapPushSeq));
                return default;
            case SessionRenewed renewed:
                Renewed(renewed.Seq);
                return default;
            case SessionStale:
                LoseBits();
                Renew();
                return News(ClientNewsKind.CapsChanged);
            case SessionReadOnly:
                IsReadOnly = true;
                return News(ClientNewsKind.CapsChanged);
            default:
                _capMessages++;
                return TakeCap(message) ? News(ClientNewsKind.CapsChanged) : default;
        }
    }

    private static ClientNews<T> News(ClientNewsKind kind) => new(kind, null, null, default);

    private ClientNews<T> Answered(ClientReply reply)
    {
        if (reply.Caps is not null)
            _capMessages++;
        if (!_pending.TryGetValue(reply.Tid, out (ClientRequest Request, T State) item))
        {
            if (reply.Caps is { } unwanted)
                GiveBack(unwanted);
            return default;
        }

        if (reply.Error == s_noSession && IsOpen)
            ComeBackOnce(reply.Tid);
        else if (reply.Caps is { } grant)
            AddCap(grant, item.Request.Path);
        bool isRefused = reply.Error == s_noSession || IsRefusal(reply);
        // Without a session it is sent again with that, or was just now.
        if (isRefused && reply.Error != s_noSession)
            _refused.Add(reply.Tid);
        if (reply.IsSafe && !isRefused)
            Forget(reply.Tid);
        return new ClientNews<T>(isRefused ? ClientNewsKind.Refused : ClientNewsKind.Answered, item.Request, reply, item.State);
    }

    /// <summary>Says what the client has, then sends again what was not answered.</summary>
    private void ComeBack()
    {
        SayCaps();
        SendPending();
    }

    /// <summary>All that is under way is refused when one request is: the client comes back for the first, not for each of them.
    /// </summary>
    private void ComeBackOnce(ulong refused)
    {
        if (_sentTwice.Remove(refused))
            return;
        ComeBack();
        _sentTwice.UnionWith(_pending.Keys);
        _sentTwice.Remove(refused);
    }

    private void SendPending()
    {
        _refused.Clear();
        foreach (ulong tid in _pending.Keys.Order())
            Out.Add(Marked(_pending[tid].Request));
    }

    /// <summary>What other ranks say is here belongs to a session that the rank began: if it lost its memory since, it waits to
    /// be told of that.</summary>
    private void AskForSession()
    {
        _isOpening = true;
        _openedAtMicros = NowMicros;
        if (_caps.Count > 0)
            SayCaps();
        Out.Add(new SessionOpen(address));
    }

    private void EndSession(bool keepsClaims = false)
    {
        IsOpen = false;
        _isOpening = false;
        _isClosing = false;
        foreach (ClientCap cap in _caps.Values.ToArray())
        {
            if (keepsClaims && cap.IsClaimed)
                continue;
            NoteLoss(cap);
            _caps.Remove(cap.Ino);
        }
    }

    private ClientRequest Marked(ClientRequest request) => repeats ? request with { OldestTid = _oldestTid } : request;

    private void MoveOldest()
    {
        while (repeats && _oldestTid <= _lastTid && !_pending.ContainsKey(_oldestTid))
            _oldestTid++;
    }
}
