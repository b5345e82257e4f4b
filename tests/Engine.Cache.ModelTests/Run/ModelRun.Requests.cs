// The requests of a run: how each is drawn from its step and started.

using System.Buffers;
using Engine.Cache.ModelTests.Content;

namespace Engine.Cache.ModelTests.Run;

internal sealed partial class ModelRun
{
    private void StartRequest(in ModelStep step)
    {
        switch (step.Kind)
        {
            case StepKind.Read or StepKind.Prefetch:
                StartRead(step);
                break;
            case StepKind.Write or StepKind.WriteFua:
                StartWrite(step);
                break;
            case StepKind.Flush or StepKind.FlushAll or StepKind.FlushPart:
                StartFlush(step);
                break;
            case StepKind.Discard:
                StartDiscard(step);
                break;
            case StepKind.Purge when _config.Purges:
                StartPurge(SetAt(step.A));
                break;
            case StepKind.Truncate when _config.Purges:
                StartTruncate(step);
                break;
            case StepKind.Release:
                Release(step);
                break;
            case StepKind.TryRead:
                TryRead(step);
                break;
            case StepKind.TryWrite:
                TryWrite(step);
                break;
            case StepKind.Cancel:
                Cancel(step);
                break;
            case StepKind.Resume:
                Resume(SetAt(step.A));
                break;
        }
    }

    private OpenRequest Open(
        StepKind kind, ModelRange[] ranges, Mutation? mutation = null, Observation? observation = null)
    {
        if (!_free.TryPop(out OpenRequest? open))
            open = new OpenRequest(_scratch.Length);
        open.Kind = kind;
        open.Started = _model.Step;
        open.Ranges = ranges;
        open.Mutation = mutation;
        open.Observation = observation;
        open.IsThrough = open.MayBeThrough = WritesThrough;
        open.IsRefused = kind is StepKind.Write or StepKind.WriteFua && StateOf(ranges[0]).Failure.Failed;
        _open.Add(open);
        if (Trace is not null)
            Note($"{open}{(mutation is null ? "" : $" version {mutation.Version} {mutation.Kind}")}");
        return open;
    }

    private void StartRead(in ModelStep step)
    {
        ModelRange[] ranges = DrawRanges(step);
        Observation? observation = step.Kind == StepKind.Read ? _model.Observe(ranges) : null;
        OpenRequest open = Open(step.Kind, ranges, observation: observation);
        open.Length = Describe(ranges);
        ObjectSet set = SetOf(ranges[0].ObjectNumber);
        bool isCached = _cache.IsCached(set, _extents);
        CancellationToken token = DrawCancellation(step, open);
        if (step.Kind == StepKind.Prefetch)
        {
            open.Follow(_cache.PrefetchAsync(set, _extents, token));
            return;
        }

        open.IsWindowed = open.Length > _settings.RequestBytesMax;
        open.Bytes.AsSpan(0, open.Length).Fill(OpenRequest.Untouched);
        NoteLength(ranges);
        open.Follow(_cache.ReadAsync(set, _extents, open.Bytes.AsMemory(0, open.Length), token));
        Expect(open.IsCompleted || !isCached, "a read of what is cached ends at once");
    }

    private void StartWrite(in ModelStep step)
    {
        Mutation mutation = _model.Begin(MutationKind.Write, DrawRanges(step));
        OpenRequest open = Open(step.Kind, mutation.Ranges, mutation);
        open.Length = Describe(mutation.Ranges);
        open.IsWindowed = open.Length > _settings.RequestBytesMax;
        CancellationToken token = DrawCancellation(step, open);
        mutation.CopyTo(open.Bytes);
        WriteOptions options = new() { Fua = step.Kind == StepKind.WriteFua };
        ReadOnlySequence<byte> bytes = new(open.Bytes, 0, open.Length);
        NoteLength(mutation.Ranges);
        open.Follow(_cache.WriteAsync(SetOf(mutation.Ranges[0].ObjectNumber), _extents, bytes, options, token));
    }

    private void StartFlush(in ModelStep step)
    {
        ModelRange[] ranges = step.Kind switch
        {
            StepKind.FlushPart => DrawRanges(step),
            StepKind.Flush => RangesOf(SetAt(step.A)),
            _ => _model.Everything,
        };
        bool toTheEnd = step.Kind == StepKind.FlushPart && step.D % 32 == 1;
        if (toTheEnd)
            ranges = [ranges[0] with { Length = _config.ObjectBytes - ranges[0].Offset }];
        OpenRequest open = Open(step.Kind, ranges, observation: _model.ObserveDurable(ranges, _store));
        Describe(ranges);
        if (toTheEnd)
        {
            _extents.Clear();
            _extents.AddRaw(ranges[0].ObjectNumber, ranges[0].Offset, 0, []);
        }

        ObjectSet set = SetOf(ranges[0].ObjectNumber);
        open.WasClean = IsClean(step.Kind, set);
        NoteFlush();
        TakeReports(open, step.Kind == StepKind.FlushAll ? _owners : [StateOf(ranges[0])]);
        open.Follow(step.Kind switch
        {
            StepKind.FlushPart => _cache.FlushSetAsync(set, _extents),
            StepKind.Flush => _cache.FlushSetAsync(set),
            _ => _cache.FlushAllAsync(),
        });
    }

    private bool IsClean(StepKind flush, ObjectSet set)
    {
        CacheStatistics now = _cache.Statistics();
        return flush switch
        {
            StepKind.FlushPart => true,
            StepKind.Flush => !_cache.IsDirtyOrCommitting(set),
            _ => now.DirtyBytes + now.TxBytes + now.UnstableBytes == 0,
        };
    }

    private void StartPurge(ObjectSet set)
    {
        ModelRange[] ranges = RangesOf(set);
        foreach (OpenRequest other in _open)
            other.MayBePurged |= other.Ranges.Any(range => SetOf(range.ObjectNumber) == set);
        OpenRequest open = Open(StepKind.Purge, ranges, _model.Begin(MutationKind.Undefine, ranges));
        open.IsDrop = true;
        open.Resolves = true;
        open.Follow(_cache.PurgeSetAsync(set));
    }

    private void Release(in ModelStep step)
    {
        Note("release");
        CacheStatistics before = _cache.Statistics();
        ObjectSet set = SetAt(step.A);
        bool isDirty = _cache.IsDirtyOrCommitting(set);
        // Between two sets those go on who wait for memory.
        bool releasesAll = step.D % 4 == 0;
        bool all = _sets.Length == 1 || (releasesAll && before.DirtyWaiters == 0 && before.ReadsOutstanding == 0);
        ReleaseResult result = releasesAll ? _cache.ReleaseAll() : _cache.ReleaseSet(set);
        Expect(releasesAll || result.DirtyOrTxBytes > 0 == isDirty, "a release tells what is dirty");
        Expect(!all || result.DirtyOrTxBytes == before.DirtyBytes + before.TxBytes, "a release tells of all that is dirty");
        Expect(!all || result.RxBytes == before.RxBytes, "a release tells of all that is being read");
    }

    private void StartDiscard(in ModelStep step)
    {
        ModelRange range = DrawRange(step.A, step.B, step.C);
        DiscardStore store = (DiscardStore)(step.D % 3);
        int modes = store == DiscardStore.None ? 8 : 2;
        DiscardMode mode = step.D / 3 % modes == 1 ? DiscardMode.Zeroed : DiscardMode.Invalidate;
        if (store != DiscardStore.None)
            range = Align(range, _config.WriteAlignment);
        else if (!_config.Purges)
            return;
        MutationKind kind = store switch
        {
            DiscardStore.None => MutationKind.Undefine,
            DiscardStore.Discard => MutationKind.Discard,
            _ => MutationKind.Zero,
        };
        OpenRequest open = Open(step.Kind, [range], _model.Begin(kind, [range]));
        open.IsDrop = store == DiscardStore.None;
        open.Resolves = open.IsDrop && mode == DiscardMode.Invalidate;
        Describe(open.Ranges);
        open.Follow(_cache.DiscardAsync(SetOf(range.ObjectNumber), _extents, mode, store));
    }

    /// <summary>A file is cut: in the cache alone while others are about, else by an owner who keeps to the order that the cache
    /// asks for.</summary>
    private void StartTruncate(in ModelStep step)
    {
        ObjectSet set = SetAt(step.B);
        int size = step.A % (_config.Objects * _config.ObjectBytes) / _config.Grain * _config.Grain;
        ModelRange[] behind = [.. RangesOf(set)
            .Select(all => (all.ObjectNumber, End: Math.Clamp(size - (all.ObjectNumber * all.Length), 0, all.Length)))
            .Select(end => new ModelRange(end.ObjectNumber, end.End, _config.ObjectBytes - end.End))
            .Where(range => range.Length > 0)];
        bool cuts = step.D % 2 == 0 && TryRest();
        OpenRequest open = Open(step.Kind, behind, _model.Begin(MutationKind.Undefine, behind));
        open.IsDrop = true;
        open.Resolves = !cuts;
        open.Follow(_cache.TruncateSetAsync(set, FileLayout.Simple(_config.ObjectBytes), size));
        if (cuts)
            Cut(open, step);
    }

    /// <summary>Lets the requests end that are under way; false when some do not.</summary>
    private bool TryRest()
    {
        for (int i = 0; _open.Count > 0 && _store.PendingCount > 0 && i < 10_000; i++)
        {
            _store.Complete(_store.PendingAt(0), IoError.None);
            Collect();
        }

        return _open.Count == 0;
    }

    private void Cut(OpenRequest truncate, in ModelStep step)
    {
        for (int i = 0; !truncate.IsCompleted && i < 10_000; i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(step.C % 500));
            if (_store.PendingCount > 0)
                _store.Complete(_store.PendingAt(step.B % _store.PendingCount), IoError.None);
        }

        _clock.Advance(TimeSpan.FromMilliseconds(step.C % 500));
        ModelRange[] behind = truncate.Ranges;
        Collect();
        Expect(_open.Count == 0, "a truncation ends with the writes in flight");
        foreach (ModelRange range in behind)
            _store.Cut(range.ObjectNumber, range.Offset);
        _model.Complete(_model.Begin(MutationKind.Zero, behind));
        Note($"cut {string.Join("+", behind)}");
    }

    private void TryRead(in ModelStep step)
    {
        ModelRange range = DrawRange(step.A, step.B, step.C % CacheSettings.BlockBytes);
        ObjectSet set = SetOf(range.ObjectNumber);
        Span<byte> bytes = _scratch.AsSpan(0, range.Length);
        Describe([range]);
        bool isCached = _cache.IsCached(set, _extents);
        bool done = _cache.TryRead(set, range.ObjectNumber, range.Offset, bytes);
        Expect(done == isCached, "what is cached can be read, and nothing else");
        if (done)
            CheckNow([range], bytes, "a read that needs nothing");
    }

    private void TryWrite(in ModelStep step)
    {
        ModelRange range = DrawRange(step.A, step.B, step.C % CacheSettings.BlockBytes);
        Span<byte> bytes = _scratch.AsSpan(0, range.Length);
        Mutation mutation = _model.Begin(MutationKind.Write, [range]);
        mutation.CopyTo(bytes);
        NoteLength([range]);
        bool mayDo = !WritesThrough && StateOf(range).Failure.IsNone;
        bool done = _cache.TryWrite(SetOf(range.ObjectNumber), range.ObjectNumber, range.Offset, bytes);
        if (Trace is not null)
            Note($"try {range} version {mutation.Version} {done}");
        Expect(!done || mayDo, "a write through the cache takes a request, and a set that failed takes none");
        if (done)
            _model.Complete(mutation);
        else
            _model.Withdraw(mutation);
    }

    private void Cancel(in ModelStep step)
    {
        int candidates = _open.Count(static open => open.Cancellation is not null);
        if (candidates == 0)
            return;
        OpenRequest chosen = _open.Where(static open => open.Cancellation is not null).ElementAt(step.A % candidates);
        Note($"cancel {chosen}");
        chosen.Cancellation!.Cancel();
    }

    private static CancellationToken DrawCancellation(in ModelStep step, OpenRequest open)
    {
        if (step.D / 8 % 8 != 0)
            return default;
        open.Cancellation = new CancellationTokenSource();
        return open.Cancellation.Token;
    }

    /// <summary>Puts the ranges into the list of extents; returns their length.</summary>
    private int Describe(ModelRange[] ranges)
    {
        _extents.Clear();
        int length = 0;
        foreach (ModelRange range in ranges)
        {
            _extents.Add(range.ObjectNumber, range.Offset, range.Length, length);
            length += range.Length;
        }

        return length;
    }

    private ModelRange[] DrawRanges(in ModelStep step)
    {
        ModelRange first = DrawRange(step.A, step.B, step.C);
        if (step.D % 8 != 0)
            return [first];
        int next = first.ObjectNumber + _sets.Length;
        ModelRange second = DrawRange(next < _config.Objects ? next : next % _sets.Length, step.C, step.B);
        return first.Overlaps(second) ? [first] : [first, second];
    }

    private ModelRange DrawRange(int a, int b, int c)
    {
        int grain = _config.Grain;
        int length = Math.Max(grain, (1 + (c % _config.LengthMax)) / grain * grain);
        int within = _config.OneBlock ? CacheSettings.BlockBytes : _config.ObjectBytes;
        int offset = b % (within - length + 1) / grain * grain;
        return new ModelRange(_config.OneBlock ? 0 : a % _config.Objects, offset, length);
    }

    private ObjectSet SetOf(int objectNumber) => _sets[objectNumber % _sets.Length];

    private ObjectSet SetAt(int number) => _sets[number % _sets.Length];

    private ModelRange[] RangesOf(ObjectSet set) =>
        [.. _model.Everything.Where(range => SetOf(range.ObjectNumber) == set)];

    private static ModelRange Align(ModelRange range, int alignment)
    {
        int from = range.Offset & -alignment;
        int to = (range.End + alignment - 1) & -alignment;
        return range with { Offset = from, Length = to - from };
    }
}
