// The toy: a server that keeps a few values in a log, with snapshots in two objects in turn, and lends them to clients.
//
// It exists to exercise every part of the simulation before, and beside, the real rank: journal, objects, recovery, fencing,
// leases with recall, requests that are sent again.
// Rules it must keep: a write is acknowledged when its record is durable; before it is logged, no client may hold a lease on its
// key; a lease ends by recall, or LeaseMicros after it was given; a new life waits that long before it writes; the log is
// trimmed up to the last record of a snapshot that is durable; that record stays, so that a lost snapshot shows.
using Engine.Buffers;
using Engine.Metadata;
using Engine.Objects;

namespace Engine.Simulation;

/// <summary>The server of the toy scenario.</summary>
internal sealed partial class ToyServer : ISimActor, ICompletionSink
{
    /// <summary>How long the server respects a lease; clients use it for less.</summary>
    public const long LeaseMicros = 15_000;

    private const int SnapshotBytesMax = 4096;
    private const int BatchBytes = 2048;
    private const long RetryMicros = 5_000;

    private readonly SimEnvironment _world;
    private readonly BufferPool _pool;
    private readonly ToyBug _bug;
    private readonly int _snapshotRecords;
    private readonly ToyState _state;
    private readonly Key[] _keys;
    private readonly Queue<Logged> _logged = new();
    private readonly List<RankEvent> _early = [];
    private readonly BufferList _snapshot;
    private readonly BufferList _record;
    private readonly LogBatch _batch;
    private Phase _phase = Phase.ReadingSnapshots;
    private bool _isSnapshotting;
    private bool _isRetrying;
    private long _trimTo;
    private long _lastPosition;
    private long _sequence;
    private int _sinceSnapshot;
    private long _recalls;

    public ToyServer(SimEnvironment world, BufferPool pool, int keys, int snapshotRecords, ToyBug bug)
    {
        _world = world;
        _pool = pool;
        _bug = bug;
        _snapshotRecords = snapshotRecords;
        _state = new ToyState(keys);
        _keys = new Key[keys];
        for (int i = 0; i < keys; i++)
            _keys[i] = new Key();
        _snapshot = BufferList.Rent(pool);
        _record = BufferList.Rent(pool);
        _batch = new LogBatch(pool, BatchBytes);
    }

    private enum Phase
    {
        ReadingSnapshots,
        ReadingLog,
        Grace,
        Serving,
    }

    private enum Token : ulong
    {
        ReadFirst = 1,
        ReadSecond,
        ReadLog,
        Flush,
        Trim,
        WriteSnapshot,
        Grace,
        Retry,
        Leases,
    }

    public bool HasStopped { get; private set; }

    /// <summary>Behind the last record that clients were told of.</summary>
    public long AcknowledgedEnd { get; private set; }

    /// <summary>Requests that wait for something.</summary>
    public int WaitingCount => _keys.Sum(key => key.Waiting.Count + (key.Active is null ? 0 : 1)) + _early.Count;

    public void Start() => ReadSnapshots();

    public void Complete(ulong token, IoResult result)
    {
        bool isObject = (Token)token is Token.ReadFirst or Token.ReadSecond or Token.WriteSnapshot;
        _world.Post(new RankEvent(isObject ? RankEventKind.Object : RankEventKind.Log, token, result));
    }

    public void Step(in RankEvent item)
    {
        switch (item.Kind)
        {
            case RankEventKind.Message:
                if (_phase == Phase.Serving)
                    Handle(item.From, (ToyMessage)item.Message!);
                else
                    _early.Add(item);
                break;
            case RankEventKind.PeerGone:
                ForgetPeer(item.From);
                break;
            case RankEventKind.Timer:
                OnTimer((Token)item.Token);
                break;
            default:
                OnCompletion((Token)item.Token, item.Result);
                break;
        }
    }

    public void Dispose()
    {
        _snapshot.Dispose();
        _record.Dispose();
        _batch.Dispose();
    }

    private static ObjectTarget TargetOf(ulong version) =>
        new(new ObjectKey(0, "", "", version % 2 == 0 ? "toy.even" : "toy.odd"), 0);

    private Submission SubmissionOf(Token token) => new(this, (ulong)token);

    private void OnTimer(Token token)
    {
        switch (token)
        {
            case Token.Grace:
                Serve();
                break;
            case Token.Retry when _phase == Phase.Serving:
                CommitAgain();
                break;
            case Token.Retry when _phase == Phase.ReadingLog:
                ReadLog(_world.Log.Start);
                break;
            case Token.Retry:
                ReadSnapshots();
                break;
            case Token.Leases:
                EndLeases();
                break;
        }
    }

    private void OnCompletion(Token token, IoResult result)
    {
        switch (token)
        {
            case Token.ReadFirst or Token.ReadSecond:
                OnSnapshotRead(token, result);
                break;
            case Token.ReadLog:
                OnLogRead(result);
                break;
            case Token.Flush:
                OnFlushed(result);
                break;
            case Token.WriteSnapshot:
                OnSnapshotWritten(result);
                break;
        }
    }

    private sealed class Key
    {
        public Queue<Request> Waiting { get; } = new();

        public Request? Active { get; set; }

        public List<Lease> Leases { get; } = [];
    }

    private sealed record Request(Peer From, long Number, int Key, bool IsPut, long Value)
    {
        /// <summary>Every lease is back; the record may be logged.</summary>
        public bool IsReady { get; set; }

        public bool IsLogged { get; set; }
    }

    private sealed record Lease(Peer Holder, long EndsAt)
    {
        public bool IsRecalled { get; set; }

        public bool IsOrphan { get; set; }
    }

    private readonly record struct Logged(long Position, long Next, Request Request);
}
