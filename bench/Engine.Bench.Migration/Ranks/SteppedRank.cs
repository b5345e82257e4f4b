// A rank that the benchmark's own thread steps: what is timed is the rank, and nobody else's queues and wake-ups.
//
// Ownership: the rank; log and objects stay their maker's. Threads: one steps, and completions come from the devices' threads.

using System.Diagnostics;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Objects;

namespace Engine.Bench.Migration;

/// <summary>A rank, its client and its environment on the calling thread.</summary>
internal sealed class SteppedRank : IRankEnvironment, IDisposable
{
    private const int StepsBetweenLooks = 64;

    private readonly object _gate = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly Queue<RankEvent> _own = new();
    private readonly PriorityQueue<ulong, (long DueMicros, long Order)> _timers = new();
    private readonly SeededRandom _random = new(1);
    private readonly Peer _client = Peer.Of(new ClientId(1));
    private List<RankEvent> _others = [];
    private List<RankEvent> _taken = [];
    private long _timerOrder;
    private ulong _tid;
    private bool _hasSession;
    private volatile bool _hasOthers;

    /// <summary>Starts the rank and runs its recovery.</summary>
    /// <exception cref="IOException">It does not serve afterwards.</exception>
    public SteppedRank(RankOptions options, ILog log, IObjectBackend objects)
    {
        Log = log;
        Objects = objects;
        Rank = new Rank(options, this);

        // What the rank before left behind is not for this one to clear away.
        GC.Collect();
        long cpu = ThreadCpu.Nanoseconds();
        long start = Stopwatch.GetTimestamp();
        Rank.Start();
        while (Rank.State is RankState.Replay or RankState.Reconnect)
            StepOrWait();
        if (Rank.State != RankState.Active)
            throw new IOException(Rank.Problem ?? $"the rank is {Rank.State}");
        Recovery = Stopwatch.GetElapsedTime(start);
        RecoveryCpuNanos = ThreadCpu.Nanoseconds() - cpu;
    }

    /// <summary>Time from the rank's start until it served.</summary>
    public TimeSpan Recovery { get; }

    /// <summary>Processor time of this thread in it.</summary>
    public long RecoveryCpuNanos { get; }

    /// <summary>The rank.</summary>
    public Rank Rank { get; }

    /// <inheritdoc/>
    public ILog Log { get; }

    /// <inheritdoc/>
    public IObjectBackend Objects { get; }

    /// <inheritdoc/>
    public long NowMicros => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);

    /// <summary>Requests whose last reply has not come.</summary>
    public int UnderWay { get; private set; }

    /// <summary>Last replies that were errors.</summary>
    public long Refused { get; private set; }

    /// <summary>The newest last reply.</summary>
    public ClientReply? Last { get; private set; }

    /// <summary>Opens the client's session, without which nothing is served.</summary>
    public SteppedRank OpenSession()
    {
        Rank.Step(new RankEvent(RankEventKind.Message, From: _client, Message: new SessionOpen("bench")));
        while (!_hasSession)
            StepOrWait();
        return this;
    }

    /// <summary>A number for a request.</summary>
    public ulong NextTid() => ++_tid;

    /// <summary>Hands a request in.</summary>
    public void Submit(ClientRequest request)
    {
        UnderWay++;
        Rank.Step(new RankEvent(RankEventKind.Message, From: _client, Message: request));
    }

    /// <summary>Asks, and waits for the last reply.</summary>
    public ClientReply Call(ClientRequest request)
    {
        Submit(request);
        WaitForAll();
        return Last!.Error.IsNone ? Last : throw new IOException($"{request.Op} was refused: {Last.Error.Name}");
    }

    /// <summary>Takes steps until every request is answered.</summary>
    public void WaitForAll()
    {
        while (UnderWay > 0)
            StepOrWait();
    }

    /// <summary>Takes the steps that wait to be taken; false where there is none.</summary>
    public bool Step()
    {
        bool any = false;
        if (_hasOthers)
        {
            lock (_gate)
            {
                (_others, _taken) = (_taken, _others);
                _hasOthers = false;
            }

            foreach (RankEvent item in _taken)
                Rank.Step(item);
            _taken.Clear();
            any = true;
        }

        for (int i = 0; i < StepsBetweenLooks && _own.TryDequeue(out RankEvent item); i++)
        {
            Rank.Step(item);
            any = true;
        }

        while (_timers.TryPeek(out ulong token, out (long DueMicros, long Order) first) && first.DueMicros <= NowMicros)
        {
            _timers.Dequeue();
            Rank.Step(new RankEvent(RankEventKind.Timer, token));
        }

        return any;
    }

    /// <summary>The same; waits for a completion where there is none.</summary>
    public void StepOrWait()
    {
        if (Step())
            return;
        lock (_gate)
        {
            if (!_hasOthers)
                Monitor.Wait(_gate, TimeSpan.FromSeconds(1));
        }
    }

    /// <inheritdoc/>
    public ulong NextRandom() => _random.Next();

    /// <inheritdoc/>
    public void Send(Peer to, Message message)
    {
        _hasSession |= message is SessionOpened;
        if (message is not ClientReply { IsSafe: true } reply)
            return;
        UnderWay--;
        Last = reply;
        if (reply.Error.Failed)
            Refused++;
    }

    /// <inheritdoc/>
    public void SetTimer(ulong token, long delayMicros) => _timers.Enqueue(token, (NowMicros + delayMicros, _timerOrder++));

    /// <inheritdoc/>
    public void Post(in RankEvent item)
    {
        if (Environment.CurrentManagedThreadId == _thread)
        {
            _own.Enqueue(item);
            return;
        }

        lock (_gate)
        {
            _others.Add(item);
            _hasOthers = true;
            Monitor.Pulse(_gate);
        }
    }

    public void Dispose() => Rank.Dispose();
}
