// One seeded run: random requests of one thread against the cache, random completions of the store, every answer compared with
// the content model, the invariants audited every few steps. From time to time the run lets everything end (Drain) and then
// asks: did every request end, is every byte what the model says, and after a flush, is it durable?

using Engine.Cache;

namespace Engine.Cache.Tests.ModelTests;

internal sealed partial class ModelRun : IDisposable
{
    private const int AuditEvery = 64;
    private const int DrainEvery = 1500;
    private const int TraceLines = 60;

    private readonly Random _random;
    private readonly ModelConfig _config;
    private readonly CacheFixture _f;
    private readonly ContentModel _model = new(ModelConfig.Objects, ModelConfig.ObjectBytes);
    private readonly List<Open> _open = [];
    private readonly Queue<string> _trace = new();
    private CacheSettings _settings;
    private bool _everWriteThrough;
    private int _windowMax;
    private bool _purged;
    private bool _draining;

    public ModelRun(int seed, bool oneBlock = false)
    {
        Seed = seed;
        _random = new Random(seed);
        _config = oneBlock
            ? ModelConfig.DrawOneBlock(_random)
            : ModelConfig.Draw(_random, operationsMax: seed % 4 == 3 ? 16 : int.MaxValue);
        _settings = _config.Settings;
        _everWriteThrough = _settings.DirtyBytesMax == 0;
        _windowMax = _settings.WritebackWindow;
        CacheSettings room = _settings with { SizeBytes = 32 * 4 * K };
        _f = new CacheFixture(room, _config.Capabilities) { AuditEvery = int.MaxValue };
        Expect(!_f.Apply(_settings).Failed, "the settings are valid");
        _f.Backend.KeepsHistory = false;
        _f.Backend.SamplesReadsAtIssue = _config.SamplesReadsAtIssue;
        _f.Backend.LosesVolatileOnFailedFlush = _config.LosesVolatileOnFailedFlush;
        _f.Backend.CompletesInside = _config.CompletesInside;
        _f.Backend.InsideError = _ => DrawError();
        _f.Backend.OnVolatileLost = () => _model.LoseVolatile(_f.Backend.Store);
    }

    public int Seed { get; }

    public int RequestsEnded { get; private set; }

    /// <summary>Runs the operations; throws with the seed and the last steps on the first thing that is wrong.</summary>
    public void Run(int operations)
    {
        try
        {
            for (int i = 1; i <= operations; i++)
            {
                Step();
                if (_config.OneBlock || i % AuditEvery == 0)
                    _f.AuditNow();
                if (i % DrainEvery == 0)
                    Drain();
            }

            Drain();
            Expect(_f.Backend.WritesInFlightPeak <= _windowMax, $"{_f.Backend.WritesInFlightPeak} writes were in flight at once");
        }
        catch (Exception e)
        {
            throw new InvariantException(
                $"model seed {Seed} ({_config}): {e.Message}{Environment.NewLine}{string.Join(Environment.NewLine, _trace)}"
                + $"{Environment.NewLine}{DumpAll()}{Environment.NewLine}{e.StackTrace}");
        }
    }

    public void Dispose() => _f.Dispose();

    private void Step()
    {
        int open = _open.Count;
        int choice = _random.Next(100);
        if (open > 24 || _f.Backend.PendingCount > _config.PendingMax)
            choice = 60 + _random.Next(40);
        switch (choice)
        {
            case < 20 when _config.OneBlock:
                StartDiscard();
                break;
            case < 26:
            case < 40 when _config.OneBlock:
                StartRead();
                break;
            case < 48:
                StartWrite();
                break;
            case < 51:
                StartFlush();
                break;
            case < 54:
                StartDiscard();
                break;
            case < 58:
                TryRequest();
                break;
            case < 60:
                CancelOne();
                break;
            case < 92:
                CompleteOne();
                break;
            case < 96:
                Note("advance");
                _f.Advance(TimeSpan.FromMilliseconds(_random.Next(1, 300)));
                break;
            default:
                Rarely();
                break;
        }

        Collect();
    }

    private void Rarely()
    {
        switch (_random.Next(12))
        {
            case 0 when _config.Purges:
                StartPurge();
                break;
            case 1 or 2:
                Note("release");
                _f.Release();
                break;
            case 3:
                _settings = ModelConfig.DrawSettings(_random) with { SizeBytes = _settings.SizeBytes };
                long max = Math.Min(_settings.DirtyBytesMax, _settings.SizeBytes);
                _settings = _settings with { DirtyBytesMax = max, DirtyBytesTarget = Math.Min(max, _settings.DirtyBytesTarget) };
                _everWriteThrough |= max == 0;
                _windowMax = Math.Max(_windowMax, _settings.WritebackWindow);
                Note($"apply dirty {max / 4096}");
                Expect(!_f.Apply(_settings).Failed, "the settings are valid");
                break;
            default:
                CompleteOne();
                break;
        }
    }

    /// <summary>Ends everything without errors, and compares all there is.</summary>
    private void Drain()
    {
        Note("drain");
        _draining = true;
        for (int round = 0; round < 2000 && (_f.Backend.PendingCount > 0 || _open.Count > 0); round++)
        {
            while (_f.Backend.PendingCount > 0)
                CompleteOne();
            _f.Advance(TimeSpan.FromMilliseconds(100));
            Collect();
        }

        _f.AuditNow();
        Expect(_open.Count == 0, $"requests that never end: {string.Join(", ", _open.Select(open => open.Text))}");
        StartFlush();
        while (_f.Backend.PendingCount > 0)
            CompleteOne();
        Open flush = _open[^1];
        Expect(flush.Result.IsOk, $"a flush of a store without errors ended with {flush.Result.Error}");
        Collect();
        Expect(!_f.Cache.IsDirtyOrCommitting(_f.S), "nothing is dirty after a flush");
        foreach (ModelRange range in _model.Everything)
        {
            ModelRange[] ranges = [range];
            CheckNow(ranges, _f.Backend.Store.Read(range.ObjectNumber, range.Offset, range.Length), "the store after a flush");
            CheckNow(ranges, _f.Backend.Durable.Read(range.ObjectNumber, range.Offset, range.Length), "durable after a flush");
            PendingRead read = _f.R(range.ObjectNumber, range.Offset, range.Length);
            while (_f.Backend.PendingCount > 0)
                CompleteOne();
            Expect(read.IsOk, "a read of a store without errors");
            CheckNow(ranges, read.Buffer, "a read of everything");
        }

        _f.AuditNow();
        _draining = false;
    }

    private void CheckNow(ModelRange[] ranges, byte[] seen, string what)
    {
        string? wrong = _model.Check(_model.Observe(ranges), seen);
        Expect(wrong is null, $"{what}: {wrong}");
    }

    private void CompleteOne()
    {
        int pending = _f.Backend.PendingCount;
        if (pending == 0)
            return;
        PendingOperation operation = _f.Backend.PendingAt(_random.Next(pending));
        if (operation.Kind is PendingKind.Write or PendingKind.Discard or PendingKind.WriteZeroes && !operation.IsDone
            && _random.Next(4) == 0)
        {
            Note($"perform {operation}");
            _f.Backend.Perform(operation);
        }

        if (operation.IsDone && !_draining && _random.Next(2) == 0)
            return;
        IoError error = DrawError();
        int tail = operation.Kind == PendingKind.Read && !error.Failed && _random.Next(8) == 0 ? TrailingZeros(operation) : 0;
        if (tail > 0)
        {
            int bytes = (int)operation.Length - _random.Next(1, tail + 1);
            Note($"complete {operation} short {bytes}");
            _f.Backend.CompleteShort(operation, bytes);
            return;
        }

        Note($"complete {operation} {error}");
        _f.Complete(operation, error);
    }

    private int TrailingZeros(PendingOperation operation)
    {
        byte[] bytes = _f.Backend.AnswerOf(operation);
        int last = bytes.AsSpan().LastIndexOfAnyExcept((byte)0);
        return bytes.Length - 1 - last;
    }

    private IoError DrawError()
    {
        if (_draining || _random.NextDouble() >= _config.ErrorShare)
            return IoError.None;
        return _random.Next(2) == 0 ? IoError.Io : IoError.NoSpace;
    }

    private void Expect(bool condition, string what)
    {
        if (!condition)
            throw new InvariantException(what);
    }

    private void Note(string line)
    {
        _trace.Enqueue($"{_model.Step}: {line}");
        if (_trace.Count > TraceLines)
            _trace.Dequeue();
    }

    private string DumpAll() =>
        string.Join(Environment.NewLine, Enumerable.Range(0, ModelConfig.Objects).Select(i => $"{(char)('A' + i)}: {_f.Nrl(i)}"))
        + Environment.NewLine + "pending: " + string.Join(", ", _f.Backend.Pending) + Environment.NewLine + _f.Statistics;

    /// <summary>A request under way.</summary>
    private sealed record Open(string Text, PendingResult Result)
    {
        public Mutation? Mutation { get; init; }

        public Observation? Observation { get; init; }

        public PendingRead? Read { get; init; }

        public CancellationTokenSource? Cancellation { get; init; }

        public bool IsFua { get; init; }

        public bool IsFlush { get; init; }

        /// <summary>A drop whose bytes are the store's when it ends.</summary>
        public bool IsDrop { get; init; }
    }
}
