using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cli.Sessions;

// Purpose: the rank's one client: hands in requests, many at once where asked, and waits for replies.
// Threads: the command's thread asks; replies come on the rank's thread and are noted under _gate. Handlers run there too: they
// must be short and must not ask.
// Invariants: a request that was handed in is answered, or the rank failed or stopped, and then every wait ends with an exception
// that says why; at most Window requests are under way.
// Waking: who waits is woken when so few requests are left as it waits for, not at each reply: else the command's thread would
// run for every single reply of an import. Requests are handed in by the batch for the same reason: a rank that is faster than
// who asks would sleep and be woken once a request.

/// <summary>A client of a rank in the same process.</summary>
internal sealed class RankFsClient : FsClient
{
    /// <summary>Most requests under way: enough for the journal to make many durable at once.</summary>
    private const int Window = 4096;

    private const int BatchMax = 64;

    private readonly object _gate = new();
    private readonly RankLoop _loop;
    private readonly Peer _peer;
    private readonly string _directory;
    private readonly CancellationToken _cancellation;
    private readonly ClientProtocol<Pending> _protocol = new("engine fs", repeats: false);

    /// <summary>The command's thread only: asked, and not handed in yet.</summary>
    private readonly List<(ClientRequest Request, Pending Pending)> _batch = new(BatchMax);
    private readonly List<Message> _ready = new(BatchMax);
    private readonly CancellationTokenRegistration _wake;
    private RankStatus _status;
    private string? _damage;

    /// <summary>Of the newest change that was refused for want of room in the journal; null while none was.</summary>
    private volatile NoRoomException? _noRoom;

    /// <summary>A handler did not come back: a bug, of which the rank tells next. Else it is not seen, since handlers run under
    /// the lock.</summary>
    private bool _isInHandler;

    /// <summary>Requests under way at which whoever waits wants to be woken by a reply; below 0 while nobody waits.</summary>
    private int _wakeAt = -1;

    public RankFsClient(RankLoop loop, string directory, ClientId id, CancellationToken cancellation = default)
    {
        _loop = loop;
        _cancellation = cancellation;
        _directory = directory;
        _peer = Peer.Of(id);
        loop.Register(_peer, Receive);
        loop.Changed = Note;
        _wake = cancellation.Register(Wake);
    }

    /// <inheritdoc/>
    public override string? Damage
    {
        get
        {
            lock (_gate)
                return _damage;
        }
    }

    /// <inheritdoc/>
    public override ulong NextTid()
    {
        lock (_gate)
            return _protocol.NextTid();
    }

    /// <summary>Hands a request in, numbered here unless it is already, with others or before the next wait; waits while too many
    /// are under way.</summary>
    public override void Submit(ClientRequest request, ReplyHandler handler, object? state = null)
    {
        _batch.Add((request, new Pending(handler, state)));
        if (_batch.Count == BatchMax)
            HandIn();
    }

    /// <inheritdoc/>
    public override ClientReply[] CallAll(IReadOnlyList<ClientRequest> requests)
    {
        WaitUntilActive();
        NoRoomException? before = _noRoom;
        ClientReply[] replies = base.CallAll(requests);
        if (_noRoom is { } refusal && refusal != before)
            throw refusal;
        return replies;
    }

    /// <inheritdoc/>
    public override void WaitForAll()
    {
        HandIn();
        lock (_gate)
            Wait(() => _protocol.PendingCount == 0, 0);
    }

    /// <summary>The same for so long at most, whoever wants the command to end meanwhile, and whatever became of the
    /// rank.</summary>
    public override void WaitForAll(TimeSpan atMost)
    {
        long until = Environment.TickCount64 + (long)atMost.TotalMilliseconds;
        lock (_gate)
        {
            _wakeAt = 0;
            while (_protocol.PendingCount > 0 && _status.State != RankState.Failed && _status.JournalError.IsNone)
            {
                long left = until - Environment.TickCount64;
                if (left <= 0)
                    break;
                Monitor.Wait(_gate, TimeSpan.FromMilliseconds(left));
            }

            _wakeAt = -1;
        }
    }

    /// <summary>Waits until the condition holds, which replies or handlers make true.</summary>
    public override void WaitUntil(Func<bool> condition)
    {
        HandIn();
        lock (_gate)
            Wait(condition, int.MaxValue);
    }

    /// <inheritdoc/>
    public override void WaitUntilActive()
    {
        lock (_gate)
            Wait(() => _status.State is RankState.Active, 0);
    }

    /// <summary>Waits until the rank answers: recovery is over, and there is a session.</summary>
    /// <exception cref="NoRoomException">Neither can be written into the journal.</exception>
    public void WaitUntilServed()
    {
        lock (_gate)
            Wait(() => _status.State is RankState.Active && _protocol.IsOpen, int.MaxValue);
    }

    /// <inheritdoc/>
    public override bool HasFailed
    {
        get
        {
            lock (_gate)
                return _status.State == RankState.Failed;
        }
    }

    /// <inheritdoc/>
    public override IoError Refusal
    {
        get
        {
            lock (_gate)
                return _status.Refusal;
        }
    }

    /// <inheritdoc/>
    public override NoRoomException NoRoom()
    {
        lock (_gate)
            return new NoRoomException(_directory, _status, _damage);
    }

    /// <summary>Waits for nobody any more.</summary>
    public override void Dispose() => _wake.Dispose();

    /// <summary>Waits until the rank has ended in order, or cannot, since its store cannot be written.</summary>
    /// <returns>Null; or why it cannot, and what to do.</returns>
    public string? WaitUntilStopped()
    {
        lock (_gate)
        {
            while (_status.State is not (RankState.Stopped or RankState.Failed) && _status.StoreError.IsNone)
            {
                _cancellation.ThrowIfCancellationRequested();
                Monitor.Wait(_gate);
            }

            ThrowIfFailed();
            if (_status.State == RankState.Stopped)
                return null;
            return _status.StoreError == IoError.NoSpace ? "no space is left (ENOSPC); free some on its file system"
                : _damage is null ? $"{_status.StoreError.Name}; mend that" : $"{_status.StoreError.Name} ({_damage}); mend that";
        }
    }

    private void HandIn()
    {
        lock (_gate)
        {
            if (_protocol.PendingCount > Window - BatchMax)
                Wait(() => _protocol.PendingCount <= Window / 2, Window / 2);
            foreach ((ClientRequest asked, Pending pending) in _batch)
            {
                ClientRequest request = asked;
                if (_protocol.Begin(ref request, pending))
                    _ready.Add(request);
            }

            // Within the lock: a session that ends here would have what is under way sent by Receive, and then once more.
            _loop.Deliver(_peer, _ready);
        }

        _ready.Clear();
        _batch.Clear();
    }

    private void Wait(Func<bool> condition, int wakeAt)
    {
        _wakeAt = wakeAt;
        try
        {
            while (true)
            {
                ThrowIfFailed();
                if (!_isInHandler && condition())
                    return;
                if (_status.JournalError.Failed)
                    throw NoRoom();
                _cancellation.ThrowIfCancellationRequested();
                Monitor.Wait(_gate);
            }
        }
        finally
        {
            _wakeAt = -1;
        }
    }

    private void ThrowIfFailed()
    {
        if (_status.State != RankState.Failed)
            return;
        ExitCode code = _loop.Fault is null ? ExitCode.Environment : ExitCode.Failure;
        throw new CliException(code, $"{_directory}: {_status.Problem} (engine fs check {_directory} says more)");
    }

    private void Receive(Message message)
    {
        lock (_gate)
        {
            bool wasOpen = _protocol.IsOpen;
            ClientNews<Pending> news = _protocol.Take(message);
            // Ended for whatever reason: the rank is here, and what was not answered is asked in another session.
            if (news.Kind == ClientNewsKind.Ended && wasOpen)
                _protocol.ChannelBegan();
            SendLocked();
            if (_protocol.IsOpen != wasOpen)
                Monitor.PulseAll(_gate);
            if (news.Reply is not { } reply || news.Kind == ClientNewsKind.Refused)
                return;
            if (reply.Error == IoError.Io && _loop.Rank.Damage.Count > 0)
                _damage = _loop.Rank.Damage[^1];
            // A rank tells whom it refuses before it tells how it is.
            if (reply.Error.Failed)
                NoteRefusal(reply.Error);
            _isInHandler = true;
            news.State.Handler(news.Request!, reply, news.State.State);
            _isInHandler = false;
            if (_protocol.PendingCount <= _wakeAt || _status.State == RankState.Failed)
                Monitor.PulseAll(_gate);
        }
    }

    private void NoteRefusal(IoError error)
    {
        RankStatus status = _loop.Rank.Status;
        _status = status.State == RankState.Failed ? status : status with { State = _status.State };
        if (error == status.Refusal)
            _noRoom = new NoRoomException(_directory, status, _damage);
    }

    private void Wake()
    {
        lock (_gate)
            Monitor.PulseAll(_gate);
    }

    private void SendLocked()
    {
        foreach (Message message in _protocol.Out)
            _loop.Deliver(_peer, message);
        _protocol.Out.Clear();
    }

    private void Note(RankStatus status)
    {
        // A session that had no room is asked for again once there is some.
        bool isReady = status.State == RankState.Active && status.JournalError.IsNone
            && (_status.State != RankState.Active || _status.JournalError.Failed);
        string? damage = status.Damages > 0 ? _loop.Rank.Damage[^1] : null;
        lock (_gate)
        {
            if (isReady && !_protocol.IsOpen)
                _protocol.ChannelBegan();
            SendLocked();
            _status = status;
            _damage = damage;
            Monitor.PulseAll(_gate);
        }
    }

    private readonly record struct Pending(ReplyHandler Handler, object? State);
}
