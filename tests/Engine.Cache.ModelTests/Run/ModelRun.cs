// One run: a cache over the model's store and a clock that the run moves, all on one thread. Every step is taken from a sequence;
// every answer is compared with the content model, the invariants are audited, and a drain asks: did every request end, is every
// byte what the model says, and after a flush, is it durable? The first thing that is wrong ends the run with an exception.

using System.IO.Pipelines;
using Engine.Cache.ModelTests.Content;
using Engine.Cache.ModelTests.Store;
using Engine.Testing;
using Engine.Testing.Cache;

namespace Engine.Cache.ModelTests.Run;

internal sealed partial class ModelRun : IDisposable
{
    private const int OpenMax = 24;

    private readonly ModelConfig _config;
    private readonly DiagnosticPool _diagnostics;
    private readonly ManualClock _clock = new();
    private readonly ModelStore _store;
    private readonly ObjectCacher _cache;
    private readonly ObjectSet[] _sets;
    private readonly OwnerEvents _events = new();
    private readonly ContentModel _model;
    private readonly List<OpenRequest> _open = [];
    private readonly Stack<OpenRequest> _free = new();
    private readonly ExtentList _extents = new();
    private readonly byte[] _scratch;
    private readonly SynchronizationContext? _context = SynchronizationContext.Current;
    private CacheSettings _settings;
    private bool _flushAsked;
    private int _windowMax;

    /// <summary>The largest limits since everything was clean: what was admitted under one stays when it is lowered.</summary>
    private long _sizeMax;
    private long _dirtyMax;

    /// <summary>Bytes of the blocks that the largest request since then takes, of those that are not served in parts.</summary>
    private long _requestMax;
    private bool _draining;
    private bool _stopping;
    private uint _inside;

    public ModelRun(ModelConfig config, Lie lie = Lie.None)
    {
        // Without a context a continuation runs inline, so that a step has ended when its call returns.
        SynchronizationContext.SetSynchronizationContext(null);
        _config = config;
        _settings = config.Settings;
        NoteLimits();
        CacheSettings room = _settings with { SizeBytes = SizeBlocksMax * CacheSettings.BlockBytes, WritebackWindow = 16 };
        _diagnostics = new DiagnosticPool(ObjectCacher.BlocksNeeded(room), quarantineBlocks: 16, stackEvery: int.MaxValue);
        _store = new ModelStore(config.Objects, config.ObjectBytes, config.Capabilities)
        {
            SamplesReadsAtIssue = config.SamplesReads,
            LosesVolatileOnFailedFlush = config.LosesVolatile,
            CompletesInside = config.CompletesInside,
            InsideError = () => DrawError((int)(_inside = (_inside * 1664525) + 1013904223) >>> 16),
            Lie = lie,
        };
        _cache = new ObjectCacher(_store, _settings, new ObjectCacherOptions
        {
            Name = "model",
            Pool = _diagnostics.Pool,
            Clock = _clock,
            Scheduler = PipeScheduler.Inline,
            InlineContinuations = true,
            Eviction = config.Lru ? EvictionPolicy.Lru : EvictionPolicy.S3Fifo,
            Events = _events,
        });
        _sets = [.. Enumerable.Range(0, config.Sets).Select(i => _cache.CreateSet(new ObjectSetOptions { Prefix = $"s{i}" }))];
        _cache.Start();
        _model = new ContentModel(config.Objects, config.ObjectBytes);
        _store.OnVolatileLost = LoseVolatile;
        _store.OnFailed = NoteFailure;
        _model.HasFailed = HasFailed;
        _events.Decide = Decide;
        _store.MayWrite = MayWrite;
        _owners = [.. _sets.Select(static set => new SetState(set))];
        _scratch = new byte[config.Objects * config.ObjectBytes];
    }

    private int SizeBlocksMax => Math.Max(_config.SizeBlocks, 12);

    private bool WritesThrough => _settings.DirtyBytesMax == 0 || (_settings.WritesThroughUntilFlush && !_flushAsked);

    /// <summary>Told of every step; null where nobody asks.</summary>
    public Action<string>? Trace { get; init; }

    public long RequestsEnded { get; private set; }

    /// <summary>Runs the steps and lets everything end; returns what is wrong, null when nothing is.</summary>
    public static string? Failure(ModelSequence sequence, Lie lie = Lie.None, Action<string>? trace = null)
    {
        ModelRun run = new(sequence.Config, lie) { Trace = trace };
        try
        {
            run.Run(sequence.Steps);
            run.Dispose();
            return null;
        }
        catch (InvariantException e)
        {
            SynchronizationContext.SetSynchronizationContext(run._context);
            return e.Message;
        }
    }

    /// <summary>Runs the steps, lets everything end and compares all there is.</summary>
    public void Run(ReadOnlySpan<ModelStep> steps)
    {
        for (int i = 0; i < steps.Length; i++)
        {
            Execute(steps[i]);
            if (i % _config.AuditEvery == 0)
                Audit();
        }

        Drain();
    }

    public void Dispose()
    {
        // What is dirty at the end is flushed by the stop, or dropped.
        _draining = true;
        StopMode mode = _model.Step % 2 == 0 ? StopMode.Flush : StopMode.Abandon;
        StartWrite(new ModelStep(StepKind.Write, _model.Step, _model.Step, _model.Step, 1));
        IoError owed = _model.Step % 4 < 2 && !_config.CompletesInside ? FailSets() : IoError.None;
        _stopping = true;
        foreach (OpenRequest open in _open)
            open.MayBePurged |= mode == StopMode.Abandon;
        ValueTask<IoError> stopped = _cache.StopAsync(mode, TimeSpan.FromSeconds(1));
        EndAll();
        IoError error = Ended(stopped);
        IoError expected = mode == StopMode.Flush ? owed : IoError.None;
        Expect(error == expected, $"a stop ends with {expected}, not {error}");
        if (_store.Violation is { } violation)
            throw new InvariantException(violation);
        Collect();
        foreach (ModelRange range in mode == StopMode.Flush && owed.IsNone ? _model.Everything : [])
            CheckNow([range], _store.Durable[range.ObjectNumber], "durable after a stop");
        _cache.Dispose();
        _diagnostics.Dispose();
        SynchronizationContext.SetSynchronizationContext(_context);
    }

    /// <summary>One step.</summary>
    public void Execute(in ModelStep step)
    {
        StepKind kind = step.Kind;
        if (kind < StepKind.Apply && (_open.Count > OpenMax || _store.PendingCount > _config.PendingMax))
            kind = StepKind.Complete;
        _events.Begin(_sets, _cache);
        BeginStep();
        switch (kind)
        {
            case < StepKind.Apply:
                StartRequest(step);
                break;
            case StepKind.Apply:
                Apply(step);
                break;
            case StepKind.Complete or StepKind.Perform:
                CompleteOne(step with { Kind = kind });
                break;
            case StepKind.Advance:
                Note("advance");
                _clock.Advance(TimeSpan.FromMilliseconds(1 + (step.A % 300)));
                break;
            case StepKind.Drain:
                Drain();
                break;
        }

        Expect(_events.AllTold(_cache), "the owner of a set that became clean is told");
        EndStep();
        Collect();
    }

    /// <summary>Checks the invariants of the cache, and what it owes its store.</summary>
    public void Audit()
    {
        _cache.Audit();
        if (_store.Violation is { } violation)
            throw new InvariantException(violation);
        CacheStatistics now = _cache.Statistics();
        // What completes dirty parts to whole units is read beside all that, a block for each.
        long fills = _config.WriteAlignment > 1 ? _windowMax * (long)CacheSettings.BlockBytes : 0;
        Expect(now.RxBytes <= Math.Max(_sizeMax, _requestMax) + fills, $"what is being read fits the cache: {now.RxBytes}");
        Expect(now.ChargedBytes <= _sizeMax + (2 * _requestMax) + fills, $"memory keeps to its limit: {now.ChargedBytes}");
        Expect(now.WritesThrough == WritesThrough, "the cache says how it writes");
        // What a failed flush may have lost is dirty again, admitted or not; what a set that failed keeps is charged apart.
        if ((_config.CommitIsDurable || _config.Errors == 0) && _owners.All(static owner => owner.LastFailure.IsNone))
            Expect(now.DirtyBytes + now.TxBytes <= Math.Max(_dirtyMax, _requestMax), "what is dirty keeps to its limit");
    }

    /// <summary>Everything is as in the beginning but the clock.</summary>
    public void Restart()
    {
        _draining = true;
        foreach (ObjectSet set in _sets)
        {
            ValueTask<IoError> purged = _cache.PurgeSetAsync(set);
            EndAll();
            Expect(Ended(purged).IsNone, "a purge ends well");
        }

        FlushNow();
        _cache.ReleaseAll();
        _store.Clear();
        _model.Reset();
        _told.Clear();
        _draining = false;
    }

    private void Apply(in ModelStep step)
    {
        CacheSettings drawn = _config.WithLimits(step, Math.Min(3, _config.SizeBlocks), SizeBlocksMax).Settings;
        Note($"apply size {drawn.SizeBytes / 4096} dirty {drawn.DirtyBytesMax / 4096}");
        _settings = drawn;
        NoteLimits();
        foreach (OpenRequest open in _open)
        {
            open.MayBeThrough |= WritesThrough;
            open.IsThrough &= WritesThrough;
        }

        Expect(_cache.Apply(_settings).IsNone, "the settings are valid");
    }

    /// <summary>A write through the cache needs memory only.</summary>
    private void NoteLimits()
    {
        _windowMax = Math.Max(_windowMax, _settings.WritebackWindow);
        _sizeMax = Math.Max(_sizeMax, _settings.SizeBytes);
        _dirtyMax = Math.Max(_dirtyMax, _settings.DirtyBytesMax == 0 ? _settings.SizeBytes : _settings.DirtyBytesMax);
    }

    private void NoteLength(ModelRange[] ranges)
    {
        long bytes = 0;
        foreach (ModelRange range in ranges)
            bytes += Align(range, CacheSettings.BlockBytes).Length;
        long part = Math.Max(_settings.RequestBytesMax, _settings.WindowBytes) + ((1 + ranges.Length) * CacheSettings.BlockBytes);
        _requestMax = Math.Max(_requestMax, Math.Min(bytes, part));
    }

    private void NoteFlush()
    {
        _flushAsked = true;
        foreach (OpenRequest open in _open)
            open.IsThrough &= WritesThrough;
    }

    private void LoseVolatile()
    {
        foreach (OpenRequest open in _open)
            open.IsThrough = false;
        _model.LoseVolatile(_store.Content);
    }

    /// <summary>Ends everything without errors, and compares all there is.</summary>
    private void Drain()
    {
        Note("drain");
        _draining = true;
        foreach (ObjectSet set in _sets)
            Resume(set);
        for (int round = 0; round < 2000 && (_store.PendingCount > 0 || _open.Count > 0); round++)
        {
            EndAll();
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            Collect();
        }

        Audit();
        if (_store.WritesInFlightPeak > _windowMax)
            throw new InvariantException($"{_store.WritesInFlightPeak} writes were in flight at once");
        if (_open.Count > 0)
            throw new InvariantException($"requests that never end: {string.Join(", ", _open)}");
        bool mayFail = _store.OwesFailure || _owners.Any(static owner => owner.MayReport);
        bool mustFail = _owners.Any(static owner => owner.MustReport);
        IoError error = FlushNow();
        Expect(error.Failed || !mustFail, "a flush tells of what was given up");
        Expect(error.IsNone || mayFail, "a flush of a store without errors ends well");
        for (int others = 1; error.Failed && others < _sets.Length && mayFail; others++)
            error = FlushNow();
        Expect(error.IsNone || FlushNow().IsNone, "a store tells once of what it lost");
        Expect(!_sets.Any(_cache.IsDirtyOrCommitting), "nothing is dirty after a flush");
        foreach (ModelRange range in _model.Everything)
            CompareAll(range);
        _told.Clear();
        foreach (SetState owner in _owners)
            owner.LastFailure = default;
        _windowMax = 0;
        (_sizeMax, _dirtyMax, _requestMax) = (0, 0, 0);
        _store.ResetPeak();
        NoteLimits();
        Audit();
        _draining = false;
    }

    private IoError FlushNow()
    {
        foreach (SetState owner in _owners)
        {
            owner.Reports.Clear();
            owner.MustReport = false;
        }

        NoteFlush();
        ValueTask<FlushResult> flushed = _cache.FlushAllAsync();
        EndAll();
        return Ended(flushed).Error;
    }

    private void CompareAll(in ModelRange range)
    {
        ModelRange[] ranges = [range];
        CheckNow(ranges, _store.Content[range.ObjectNumber], "the store after a flush");
        CheckNow(ranges, _store.Durable[range.ObjectNumber], "durable after a flush");
        _extents.Clear();
        _extents.Add(range.ObjectNumber, range.Offset, range.Length, 0);
        ValueTask<IoResult> read = _cache.ReadAsync(SetOf(range.ObjectNumber), _extents, _scratch.AsMemory(0, range.Length));
        EndAll();
        Expect(Ended(read).Bytes == range.Length, "a read of a store without errors ends well");
        CheckNow(ranges, _scratch.AsSpan(0, range.Length), "a read of everything");
    }

    private void CheckNow(ModelRange[] ranges, ReadOnlySpan<byte> seen, string what)
    {
        if (_model.Check(_model.Observe(ranges), seen) is { } wrong)
            throw new InvariantException($"{what}: {wrong}");
    }

    private void EndAll()
    {
        while (_store.PendingCount > 0)
            _store.Complete(_store.PendingAt(0), IoError.None);
    }

    private void CompleteOne(in ModelStep step)
    {
        if (_store.PendingCount == 0)
            return;
        StoreOperation operation = _store.PendingAt(step.A % _store.PendingCount);
        if (step.Kind == StepKind.Perform && operation.IsChange && !operation.IsDone)
        {
            Note($"perform {operation}");
            _store.Perform(operation);
            return;
        }

        IoError error = DrawError(step.B);
        if (operation.Kind == PendingKind.Read && error.IsNone && step.C % 8 == 0)
        {
            Note($"complete {operation} short");
            _store.CompleteShort(operation, 1 + step.D);
            return;
        }

        Note($"complete {operation} {error}");
        _store.Complete(operation, error);
    }

    private IoError DrawError(int number)
    {
        if (_draining || number >= _config.Errors)
            return IoError.None;
        return number % 2 == 0 ? IoError.Io : number % 16 == 3 ? IoError.ReadOnly : IoError.NoSpace;
    }

    private static T Ended<T>(ValueTask<T> task) =>
        task.IsCompleted ? task.Result : throw new InvariantException("the store has answered everything, and a request goes on");

    private static void Expect(bool condition, string what)
    {
        if (!condition)
            throw new InvariantException(what);
    }

    private void Note(string line) => Trace?.Invoke($"{_model.Step}: {line}");
}
