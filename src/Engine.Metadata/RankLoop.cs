// A rank's environment in a process: one thread that takes the rank's steps, a queue that anyone may fill, timers.
//
// Ownership: the loop owns its thread, not the log or the objects, which outlive it. The rank is made on the loop's thread and
// touched by it alone.
// Invariants: events of one source are taken in the order in which they were posted; a timer is never taken early.

using System.Collections.Concurrent;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Metadata;

/// <summary>Runs a rank on a thread of its own: the environment that a process gives it.</summary>
public sealed class RankLoop : IRankEnvironment, IRankInbox, IDisposable
{
    private const int BatchMax = 256;

    /// <summary>Events that may wait before those who hand messages in are made to wait too.</summary>
    private const int WaitingMax = 8192;

    private readonly object _gate = new();
    private readonly PriorityQueue<ulong, (long DueMicros, long Order)> _timers = new();
    private readonly TimeProvider _clock;
    private readonly long _startTimestamp;
    private readonly long _startMicros;
    private readonly SeededRandom _random;
    private readonly Thread _thread;
    private readonly ConcurrentQueue<Action<Rank>> _asked = new();
    private List<RankEvent> _inbox = [];

    /// <summary>Replaced, never changed: every reply reads it, beside those who post.</summary>
    private volatile Dictionary<Peer, Action<Message>> _receivers = [];
    private List<RankEvent> _taken = [];
    private RankStatus _status;
    private Exception? _fault;
    private long _timerOrder;
    private bool _stopping;
    private bool _isStopWanted;

    /// <summary>Starts a rank over a log and a store that were opened for its incarnation.</summary>
    public RankLoop(RankOptions options, ILog log, IObjectBackend objects, TimeProvider clock, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clock);
        Log = log;
        Objects = objects;
        _clock = clock;
        _startTimestamp = clock.GetTimestamp();
        _startMicros = clock.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        _random = new SeededRandom(seed);
        NowMicros = ReadClock();
        Rank = new Rank(options, this);
        _thread = new Thread(Run) { IsBackground = true, Name = $"engine-{options.Id}" };
    }

    /// <summary>The rank; to be touched on the loop's thread only.</summary>
    public Rank Rank { get; }

    /// <summary>The bug that ended the loop; null while none did. The rank is failed then for all who ask
    /// (<see cref="Changed"/>), and is not touched any more.</summary>
    public Exception? Fault => Volatile.Read(ref _fault);

    /// <inheritdoc/>
    public ILog Log { get; }

    /// <inheritdoc/>
    public IObjectBackend Objects { get; }

    /// <summary>Called after the step that changed how the rank is, on the loop's thread; the handler must not block. To be
    /// set before <see cref="Start"/>.</summary>
    public Action<RankStatus>? Changed { get; set; }

    /// <summary>Carries messages for peers that nobody was registered for; null while there are none. To be set before
    /// <see cref="Start"/>.</summary>
    public IRankNetwork? Network { get; set; }

    /// <inheritdoc/>
    public long NowMicros { get; private set; }

    /// <inheritdoc/>
    public ulong NextRandom() => _random.Next();

    /// <summary>Begins: recovery first.</summary>
    public void Start()
    {
        Rank.Start();
        _thread.Start();
    }

    /// <summary>Says who takes the messages for a peer; they come on the loop's thread, and the receiver must not
    /// block.</summary>
    public void Register(Peer peer, Action<Message> receiver)
    {
        lock (_gate)
            _receivers = new Dictionary<Peer, Action<Message>>(_receivers) { [peer] = receiver };
    }

    /// <summary>Asks the rank to end in order (<see cref="Metadata.Rank.Stop"/>) as soon as it serves; <see cref="Changed"/>
    /// tells when it has. Any thread.</summary>
    public void Stop()
    {
        Volatile.Write(ref _isStopWanted, true);
        Post(new RankEvent(RankEventKind.Posted));
    }

    /// <summary>Has something done to the rank, or looked at in it, at the beginning of one of its steps; never once the loop has
    /// ended. Any thread.</summary>
    public void Ask(Action<Rank> work)
    {
        _asked.Enqueue(work);
        Post(new RankEvent(RankEventKind.Posted));
    }

    /// <summary>Hands the rank a message. Any thread.</summary>
    public void Deliver(Peer from, Message message) => Post(new RankEvent(RankEventKind.Message, From: from, Message: message));

    /// <summary>Hands the rank messages, in their order, at once. Any thread.</summary>
    public void Deliver(Peer from, IReadOnlyList<Message> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        lock (_gate)
        {
            int before = _inbox.Count;
            foreach (Message message in messages)
                _inbox.Add(new RankEvent(RankEventKind.Message, From: from, Message: message));
            if (before == 0 && messages.Count > 0)
                Monitor.Pulse(_gate);
        }
    }

    /// <inheritdoc/>
    public void Send(Peer to, Message message)
    {
        if (_receivers.TryGetValue(to, out Action<Message>? receiver))
            receiver(message);
        else
            Network?.Send(to, message);
    }

    /// <inheritdoc/>
    public void PeerGone(Peer peer) => Post(new RankEvent(RankEventKind.PeerGone, From: peer));

    /// <inheritdoc/>
    public void WaitForRoom()
    {
        lock (_gate)
        {
            while (_inbox.Count >= WaitingMax && !_stopping)
                Monitor.Wait(_gate);
        }
    }

    /// <inheritdoc/>
    public void SetTimer(ulong token, long delayMicros) =>
        _timers.Enqueue(token, (NowMicros + Math.Max(0, delayMicros), _timerOrder++));

    /// <inheritdoc/>
    public void Post(in RankEvent item)
    {
        lock (_gate)
        {
            _inbox.Add(item);
            if (_inbox.Count == 1)
                Monitor.Pulse(_gate);
        }
    }

    /// <summary>Ends the thread after the step under way; what the rank has not made durable is lost, as in a crash. A rank is
    /// stopped in order by <see cref="Metadata.Rank.Stop"/>.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        if (_thread.IsAlive)
            _thread.Join();
    }

    private void Run()
    {
        try
        {
            RunSteps();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            Volatile.Write(ref _fault, fault);
            string problem = $"a bug in Engine stopped the rank: {fault.GetType().Name}: {fault.Message}; "
                + "nothing is served; what was acknowledged as safe is in the journal";
            Changed?.Invoke(new RankStatus(
                RankState.Failed, problem.ReplaceLineEndings(" "), IoError.None, IoError.None, IoError.None, 0));
            lock (_gate)
            {
                // Nothing is taken any more: nobody may wait for that.
                _stopping = true;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void RunSteps()
    {
        while (Take())
        {
            foreach (RankEvent item in _taken)
                Step(item);
            _taken.Clear();
            long now = ReadClock();
            for (int i = 0; i < BatchMax && IsDue(now); i++)
                Step(new RankEvent(RankEventKind.Timer, _timers.Dequeue()));
        }
    }

    private long ReadClock() => _startMicros + (long)_clock.GetElapsedTime(_startTimestamp).TotalMicroseconds;

    /// <summary>Time stands while a step is taken.</summary>
    private void Step(in RankEvent item)
    {
        NowMicros = ReadClock();
        if (Volatile.Read(ref _isStopWanted))
            Rank.Stop();
        while (_asked.TryDequeue(out Action<Rank>? work))
            work(Rank);
        if (item.Kind == RankEventKind.PeerGone)
            Network?.Renew(item.From);
        Rank.Step(item);
        RankStatus status = Rank.Status;
        if (status == _status)
            return;
        _status = status;
        Changed?.Invoke(status);
    }

    private bool IsDue(long now) => _timers.TryPeek(out _, out (long DueMicros, long Order) first) && first.DueMicros <= now;

    /// <summary>Waits for events or the next timer; false when the loop ends.</summary>
    private bool Take()
    {
        lock (_gate)
        {
            while (_inbox.Count == 0 && !_stopping)
            {
                if (!_timers.TryPeek(out _, out (long DueMicros, long Order) first))
                {
                    Monitor.Wait(_gate);
                    continue;
                }

                long waitMicros = first.DueMicros - ReadClock();
                if (waitMicros <= 0)
                    break;
                Monitor.Wait(_gate, TimeSpan.FromMicroseconds(Math.Max(1000, waitMicros)));
            }

            bool wasFull = _inbox.Count >= WaitingMax;
            (_inbox, _taken) = (_taken, _inbox);
            if (wasFull)
                Monitor.PulseAll(_gate);
            return !_stopping;
        }
    }
}
