// One rank: a step at a time, an event in, effects out.
//
// Ownership: the rank owns its cache, pages, journal and requests; the environment and what it gives stay its maker's.
// Shape: Step takes one event, then runs a bounded batch of continuations that became ready, then carries out what all of that
// wants done. Nothing leaves the rank before, and nothing here is touched from outside while a step runs.
//   Rank          steps, recovery, states
//   Rank.Status   what others may see of it
//   Rank.Cluster  the rank among others
// Invariants: no request is served before replay is over; a rank whose journal failed serves nobody and says why.

using Engine.Buffers;
using Engine.Objects;

namespace Engine.Metadata;

/// <summary>A metadata rank: serves a namespace from its cache, writes what it does into its journal, and survives by
/// it.</summary>
public sealed partial class Rank : ISegmentHead, IDisposable
{
    private const int EventBlockBytes = 4096;

    /// <summary>Less than the log reads ahead: what comes next is read while these events are applied.</summary>
    private const int ReplayBatchBytes = 128 << 10;

    /// <summary>Entries of regions that went that one step gives back.</summary>
    private const int GiveBackBatch = 2048;

    private readonly RankOptions _options;
    private readonly IRankEnvironment _environment;
    private readonly RankEffects _effects;
    private readonly PendingTable _pending;
    private readonly MetadataPagePool _pages;
    private readonly BufferPool _eventPool;
    private readonly BufferPool _objectPool;
    private readonly MetadataCache _cache;
    private readonly Journal _journal;
    private readonly ClientServer _clients;
    private readonly NamespaceServer _server;
    private readonly Writeback _writeback;
    private readonly Refragmenter _fragments;
    private readonly PeerServer _peers;
    private readonly List<IRankModule> _modules = [];
    private readonly Replay _replay;
    private LogBatch? _batch;
    private bool _isPosted;

    /// <summary>Makes a rank; <see cref="Start"/> begins its life.</summary>
    public Rank(RankOptions options, IRankEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(environment);
        _options = options;
        _environment = environment;
        _effects = new RankEffects(environment);
        _pending = new PendingTable(environment);
        _pages = new MetadataPagePool(options.CacheBytesMax + options.JournalBytesMax, options.PreTouchBytes);
        _eventPool = new BufferPool(new BufferPoolOptions { BlockBytes = EventBlockBytes, BlockCount = options.EventBlocks });
        _objectPool = DirObjects.NewPool(options.CacheBytesMax);
        _cache = new MetadataCache(options.Id, _pages, options.Incarnation, checks: options.CheckLevel > 1)
        {
            IsView = options.IsView,
        };
        _journal = new Journal(options, environment, _effects, _pending, _cache.Ready, this, _eventPool);
        _clients = new ClientServer(options, environment, _effects, _cache, _journal);
        _server = new NamespaceServer(options, environment, _effects, _pending, _cache, _journal, _pages, _objectPool, _clients);
        _clients.Namespace = _server;
        _writeback = new Writeback(options, environment, _effects, _pending, _cache, _journal, _server);
        _fragments = new Refragmenter(options, environment, _effects, _pending, _cache, _journal, _server, _writeback);
        _peers = new PeerServer(options, _effects, _cache, _journal, _clients, _server);
        _clients.Locks.Peers = _peers;
        _server.Peers = _peers;
        _replay = new Replay(_cache, options.Id, _clients.Sessions) { RoomyBytes = options.CacheBytesMax };
        Services = new RankServices(options, environment, _cache, _peers, _server, _clients, _journal, _writeback)
        {
            Stopping = Stop,
        };
    }

    /// <summary>Adds a module, before <see cref="Start"/>.</summary>
    public void Add(IRankModule module)
    {
        ArgumentNullException.ThrowIfNull(module);
        Invariant.That(State == RankState.Created);
        _modules.Add(module);
        module.Attach(Services);
    }

    /// <summary>Begins recovery. The environment's log and objects are open.</summary>
    public void Start()
    {
        Invariant.That(State == RankState.Created);
        State = RankState.Replay;
        _effects.SetTimer(TimerTokens.Tick, _options.TickMicros);
        if (_environment.Log.RecordBytesMax < Journal.EventBytesMin)
        {
            Fail($"{_options.Id}: the journal takes records of {_environment.Log.RecordBytesMax} bytes at most, a rank needs "
                + $"{Journal.EventBytesMin}: nothing is served; give it a journal with longer segments");
            _effects.Run();
            return;
        }

        _batch = new LogBatch(_objectPool, ReplayBatchBytes);
        ReadOn(_environment.Log.Start);
        _effects.Run();
    }

    /// <summary>Takes one step.</summary>
    public void Step(in RankEvent item)
    {
        _cache.NowMicros = _environment.NowMicros;
        _clients.NoteStep(_environment.NowMicros);
        Take(item);
        if (item.Kind == RankEventKind.Posted)
            _cache.GiveBack(GiveBackBatch);
        if (TakesPeers)
        {
            _cache.Ready.RunBatch(_options.ThawBatch);
            _writeback.Pump();
            _fragments.Pump();
            _peers.Pump();
            NoteState();
        }
        else if (State is RankState.Stopped or RankState.Failed)
        {
            // What was under way is refused as it ends.
            _cache.Ready.RunBatch(_options.ThawBatch);
        }

        if (_cache.Ready.Count > 0 || _cache.HasGone)
            PostOnce();
        _effects.Run();
        // What is read for clients makes no room, and there may be no end of it.
        bool mayMakeRoom = _journal.IsBusy || _writeback.IsBusy || _server.ReadsToGoOn || _cache.Ready.Count > 0;
        if (mayMakeRoom || !_journal.NoteIdle())
            return;
        PostOnce();
        _effects.Run();
    }

    /// <summary>Attributes by number; false where the inode is not in memory. Between steps only.</summary>
    public bool TryStat(Ino ino, out FileStat stat) => _server.TryStat(ino, out stat);

    /// <summary>Attributes of what a name of a directory leads to; false where it is not in memory. Between steps only.</summary>
    public bool TryLookup(Ino directory, ReadOnlySpan<byte> name, out FileStat stat) =>
        _server.TryLookup(directory, name, out stat);

    /// <summary>Refuses requests from now on, and writes everything back; <see cref="State"/> says when that is done. Within or
    /// between steps.</summary>
    public void Stop()
    {
        if (State != RankState.Active)
            return;
        State = RankState.Stopping;
        _writeback.IsDraining = true;
        _writeback.IsEnding = true;
        _fragments.IsStopping = true;
        _effects.Post(new RankEvent(RankEventKind.Posted));
        _effects.Run();
    }

    /// <summary>Frees memory. What is not durable is lost, as in a crash.</summary>
    public void Dispose()
    {
        _writeback.Dispose();
        _batch?.Dispose();
        _journal.Dispose();
        _server.Dispose();
        _clients.Dispose();
        _cache.Dispose();
        _pages.Dispose();
        _eventPool.Dispose();
        _objectPool.Dispose();
    }

    int ISegmentHead.DirtyDirCount => _cache.DirtyDirCount;

    void ISegmentHead.WriteHead(EventBuilder builder)
    {
        _server.WriteBases(builder);
        _server.WriteSubtrees(builder);

        builder.Add(EventTag.NextIno, _server.ReserveInos());
        _clients.WriteHead(builder);
    }

    private void PostOnce()
    {
        if (_isPosted)
            return;
        _isPosted = true;
        _effects.Post(new RankEvent(RankEventKind.Posted));
    }

    private void Take(in RankEvent item)
    {
        switch (item.Kind)
        {
            case RankEventKind.Message:
                Handle(item.From, item.Message!);
                break;
            case RankEventKind.PeerGone:
                if (item.From.Kind == PeerKind.Client)
                    _clients.ChannelEnded(new ClientId(item.From.Id));
                if (item.From.Kind != PeerKind.Rank || CountsNow(item.From))
                    PeerFailed(item.From);
                break;
            case RankEventKind.Log:
            case RankEventKind.Object:
                _pending.Complete(item);
                break;
            case RankEventKind.Timer:
                if (item.Token == TimerTokens.Tick)
                    Tick();
                break;
            default:
                _isPosted = false;
                break;
        }
    }

    private void Handle(Peer from, Message message)
    {
        if (from.Kind == PeerKind.Client)
        {
            // Sessions go on where requests are not served yet, or no more.
            bool isRequest = message is ClientRequest;
            bool isTaken = isRequest
                ? State is RankState.Reconnect or RankState.Active
                : State is not (RankState.Stopped or RankState.Failed);
            if (isTaken)
                _clients.Handle(from, message);
            else if (message is ClientRequest request)
                _effects.Send(from, new ClientReply(request.Tid, RefusalOf(request)));
            return;
        }

        if (from.Kind == PeerKind.Rank)
            HandlePeer(from, message);
        else if (message is ClusterMap map)
            TakeMap(map);
    }

    private IoError RefusalOf(ClientRequest request) => State switch
    {
        RankState.Failed => _server.RefusalOf(request),
        RankState.Created or RankState.Replay or RankState.Rejoin => IoError.Again,
        _ => IoError.Shutdown,
    };

    private void Tick()
    {
        foreach (IRankModule module in _modules)
            module.Tick(_environment.NowMicros);
        if (TakesPeers)
        {
            if (State != RankState.Rejoin)
                _clients.Tick();
            _fragments.Tick();
            _peers.Tick();
            _journal.Tick();
        }

        _effects.SetTimer(TimerTokens.Tick, _options.TickMicros);
    }

    private void NoteState()
    {
        if (State == RankState.Rejoin && _peers.HasRejoined)
        {
            State = RankState.Reconnect;
            _clients.BeginReconnect();
        }

        if (_journal.Failure.Failed)
        {
            Fail($"{_options.Id}: " + (_journal.Failure == IoError.Stale
                ? "a newer instance took the store over: nothing is served; end one of the two, or of two engine map serve"
                : _journal.Failure == IoError.ReadOnly
                ? "the journal became read-only (EROFS): nothing is served, what was acknowledged as safe is in it; make it "
                    + "writable and start again"
                : $"the journal failed with {_journal.Failure.Name}: nothing is served; mend the store and start again"));
        }
        else if (State == RankState.Reconnect && _clients.IsServing)
        {
            State = RankState.Active;
        }
        else if (State == RankState.Stopping && _writeback.IsDrained && _server.RequestCount == 0 && _server.DecidedCount == 0
            && _fragments.Count == 0)
        {
            State = RankState.Stopped;
        }
    }

    private void Fail(string problem)
    {
        if (State == RankState.Failed)
            return;
        State = RankState.Failed;
        Problem = problem;
        // Whoever has waited for anything is refused, and nothing new is begun.
        _journal.Fail(IoError.Io);
        _journal.WakeForRoom();
    }

    private void ReadOn(long position) => _effects.ReadLog(position, _batch!, _pending.ForLog(new ReplayIo(this, position)));

    private void Replayed(long position, IoError error)
    {
        if (error.Failed)
        {
            Fail($"{_options.Id}: the journal cannot be read at {position}: {error.Name}; nothing is served");
            return;
        }

        if (_replay.Apply(_batch!, out long at) is { } problem)
        {
            string what = _replay.LacksMemory ? "cannot be taken in" : "is damaged";
            Fail($"{_options.Id}: the journal's event at {at} {what}: {problem}; nothing is served, nothing was changed");
            return;
        }

        if (_batch!.Count > 0)
            ReadOn(_batch.Next);
        else
            EndReplay();
    }

    private void EndReplay()
    {
        _batch!.Dispose();
        _batch = null;
        if (_replay.LastSeq > 0)
        {
            Serve();
            return;
        }

        // No journal: a new namespace, or one that lost it.
        List<string> names = [];
        _effects.ListObjects(names, _pending.ForObject(new ListIo(this, names)));
    }

    private void Serve()
    {
        State = RankState.Reconnect;
        _server.BeginInos(_replay.NextIno);
        bool isNew = _replay.LastSeq == 0;
        if (isNew)
            _server.MakeBases();
        _server.Resume(_replay);
        // Not before: what is promised has to stay, and is pinned now.
        if (_options.IsView)
            _pages.LimitTo(_pages.BytesUsed + _options.CacheBytesMax);
        else
            _server.LimitToCache();
        _journal.Resume(_replay.LastSeq, _replay.Segments);
        if (_replay.IsUnborn)
            _server.CompleteBases();
        if (isNew || _replay.IsUnborn)
            _server.MakeSystem();
        _server.KeepOpened(_replay.Segments);
        _peers.Rejoin();
        if (_peers.HasRejoined)
            _clients.BeginReconnect();
        else
            State = RankState.Rejoin;
        IoError error = _fragments.Resume(_replay.Fragments);
        if (error.Failed)
            Fail($"{_options.Id}: a directory that was being divided cannot be put together again: {error.Name}; nothing is "
                + "served, nothing is lost; give the rank a larger cache");
        foreach (IRankModule module in _modules)
            module.Recovered();
        TakeEarly();
    }

    private void Listed(List<string> names, IoError error)
    {
        if (error.Failed)
            Fail($"{_options.Id}: the store cannot be listed: {error.Name}");
        else if (names.Exists(IsOwnObject))
            Fail($"{_options.Id}: the journal is empty but the store holds {names.Count} directories, {names[0]} the first: "
                + "the journal was lost; restore it, or make a new namespace and import the tree into that");
        else
            Serve();
    }

    /// <summary>Is it the object of a directory that this rank made? The store may be that of other ranks too.</summary>
    private bool IsOwnObject(string name) =>
        !DirObjects.TryParse(name, out DirFrag dir) || dir.Ino.Maker == _options.Id;

    private sealed class ReplayIo(Rank rank, long position) : PendingIo
    {
        public override void Complete(IoResult result) => rank.Replayed(position, result.Error);
    }

    private sealed class ListIo(Rank rank, List<string> names) : PendingIo
    {
        public override void Complete(IoResult result) => rank.Listed(names, result.Error);
    }
}
