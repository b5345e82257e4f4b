// The requests of a run: how each is drawn from its step and started, and what its end must look like.

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
                OpenRequest purge = Open(step.Kind, _model.Begin(MutationKind.Undefine, _model.Everything));
                purge.IsDrop = true;
                _purged = true;
                purge.Follow(_cache.PurgeSetAsync(_set));
                break;
            case StepKind.Truncate when _config.Purges:
                StartTruncate(step);
                break;
            case StepKind.Release:
                Note("release");
                _cache.ReleaseSet(_set);
                break;
            case StepKind.TryRead or StepKind.TryWrite:
                Try(step);
                break;
            case StepKind.Cancel:
                Cancel(step);
                break;
        }
    }

    private OpenRequest Open(StepKind kind, Mutation? mutation = null, Observation? observation = null)
    {
        if (!_free.TryPop(out OpenRequest? open))
            open = new OpenRequest(_scratch.Length);
        open.Kind = kind;
        open.Mutation = mutation;
        open.Observation = observation;
        _open.Add(open);
        if (Trace is not null)
            Note($"{open}{(mutation is null ? "" : $" version {mutation.Version} {mutation.Kind}")}");
        return open;
    }

    private void StartRead(in ModelStep step)
    {
        ModelRange[] ranges = DrawRanges(step);
        OpenRequest open = Open(step.Kind, observation: step.Kind == StepKind.Read ? _model.Observe(ranges) : null);
        open.Length = Describe(ranges);
        CancellationToken token = DrawCancellation(step, open);
        if (step.Kind == StepKind.Prefetch)
        {
            open.Follow(_cache.PrefetchAsync(_set, _extents, token));
            return;
        }

        open.IsWindowed = open.Length > _settings.RequestBytesMax;
        open.Bytes.AsSpan(0, open.Length).Fill(OpenRequest.Untouched);
        open.Follow(_cache.ReadAsync(_set, _extents, open.Bytes.AsMemory(0, open.Length), token));
    }

    private void StartWrite(in ModelStep step)
    {
        Mutation mutation = _model.Begin(MutationKind.Write, DrawRanges(step));
        OpenRequest open = Open(step.Kind, mutation);
        open.Length = Describe(mutation.Ranges);
        open.IsWindowed = open.Length > _settings.RequestBytesMax;
        CancellationToken token = DrawCancellation(step, open);
        mutation.CopyTo(open.Bytes);
        WriteOptions options = new() { Fua = step.Kind == StepKind.WriteFua };
        ReadOnlySequence<byte> bytes = new(open.Bytes, 0, open.Length);
        open.Follow(_cache.WriteAsync(_set, _extents, bytes, options, token));
    }

    private void StartFlush(in ModelStep step)
    {
        ModelRange[] ranges = step.Kind == StepKind.FlushPart ? DrawRanges(step) : _model.Everything;
        OpenRequest open = Open(step.Kind, observation: _model.Observe(ranges, durable: true));
        Describe(ranges);
        if (step.Kind == StepKind.FlushPart)
            open.Follow(_cache.FlushSetAsync(_set, _extents));
        else if (step.Kind == StepKind.Flush)
            open.Follow(_cache.FlushSetAsync(_set));
        else
            open.Follow(_cache.FlushAllAsync());
    }

    private void StartDiscard(in ModelStep step)
    {
        ModelRange range = DrawRange(step.A, step.B, step.C);
        DiscardStore store = (DiscardStore)(step.D % 3);
        DiscardMode mode = store == DiscardStore.None ? DiscardMode.Invalidate : (DiscardMode)(step.D / 3 % 2);
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
        OpenRequest open = Open(step.Kind, _model.Begin(kind, [range]));
        open.IsDrop = store == DiscardStore.None;
        _purged |= open.IsDrop;
        Describe(open.Mutation!.Ranges);
        open.Follow(_cache.DiscardAsync(_set, _extents, mode, store));
    }

    private void StartTruncate(in ModelStep step)
    {
        int size = step.A % (_config.Objects * _config.ObjectBytes) / _config.Grain * _config.Grain;
        ModelRange[] behind = [.. _model.Everything
            .Select(all => Math.Clamp(size - (all.ObjectNumber * all.Length), 0, all.Length))
            .Select((end, number) => new ModelRange(number, end, _config.ObjectBytes - end))
            .Where(range => range.Length > 0)];
        OpenRequest open = Open(step.Kind, _model.Begin(MutationKind.Undefine, behind));
        open.IsDrop = true;
        open.Follow(_cache.TruncateSetAsync(_set, FileLayout.Simple(_config.ObjectBytes), size));
    }

    private void Try(in ModelStep step)
    {
        ModelRange range = DrawRange(step.A, step.B, step.C % CacheSettings.BlockBytes);
        Span<byte> bytes = _scratch.AsSpan(0, range.Length);
        if (step.Kind == StepKind.TryRead)
        {
            if (_cache.TryRead(_set, range.ObjectNumber, range.Offset, bytes))
                CheckNow([range], bytes, "a read that needs nothing");
            return;
        }

        Mutation mutation = _model.Begin(MutationKind.Write, [range]);
        mutation.CopyTo(bytes);
        bool done = _cache.TryWrite(_set, range.ObjectNumber, range.Offset, bytes);
        if (Trace is not null)
            Note($"try {range} version {mutation.Version} {done}");
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

    /// <summary>Looks at the requests that ended since: changes first, what is seen in the same step may show them.</summary>
    private void Collect()
    {
        bool any = false;
        foreach (OpenRequest open in _open)
            any |= open.IsCompleted;
        if (!any)
            return;
        for (int pass = 0; pass < 2; pass++)
        {
            for (int i = 0; i < _open.Count; i++)
            {
                OpenRequest open = _open[i];
                if (!open.IsCompleted || (pass == 0 && open.Mutation is null))
                    continue;
                _open.RemoveAt(i--);
                RequestsEnded++;
                End(open);
                open.Clear();
                _free.Push(open);
            }
        }
    }

    private void End(OpenRequest open)
    {
        if (open.Mutation is { } mutation)
            EndMutation(open, mutation);
        else if (open.IsFlush)
            EndFlush(open);
        else
            EndRead(open);
    }

    private void EndRead(OpenRequest open)
    {
        IoResult result = ResultOf(open.Io);
        bool cancelled = open.Cancellation?.IsCancellationRequested == true && result.Error == IoError.Cancelled;
        if (Trace is not null)
            Note($"{open} ends {result}");
        Require(result.Error.IsNone || cancelled || IsInjected(result.Error), open, result.Error);
        if (result.Error.IsNone && result.Bytes != open.Length)
            throw new InvariantException($"{open} counted {result.Bytes}");
        if (open.Observation is null)
            return;
        ReadOnlySpan<byte> seen = open.Bytes.AsSpan(0, open.Length);
        if (result.Error.IsNone)
        {
            if (_model.Check(open.Observation, seen) is { } wrong)
                throw new InvariantException($"{open}: {wrong}");
            return;
        }

        _model.Forget(open.Observation);
        if (!open.IsWindowed && seen.ContainsAnyExcept(OpenRequest.Untouched))
            throw new InvariantException($"{open} failed and touched its buffer");
    }

    private void EndFlush(OpenRequest open)
    {
        IoError error = open.Flushed.Result.Error;
        if (Trace is not null)
            Note($"{open.Kind} of step {open.Observation!.Started} ends {error}");
        if (error.Failed)
        {
            _model.Forget(open.Observation!);
            Require((_purged && error == IoError.Cancelled) || IsInjected(error), open, error);
            return;
        }

        int length = 0;
        foreach (ModelRange range in open.Observation!.Ranges)
        {
            _store.Durable[range.ObjectNumber].AsSpan(range.Offset, range.Length).CopyTo(_scratch.AsSpan(length));
            length += range.Length;
        }

        int started = open.Observation.Started;
        if (_model.Check(open.Observation, _scratch.AsSpan(0, length)) is { } wrong)
            throw new InvariantException($"durable after a flush that began at step {started}: {wrong}");
    }

    private void EndMutation(OpenRequest open, Mutation mutation)
    {
        IoError error = ResultOf(open.Done);
        bool cancelled = error == IoError.Cancelled && open.Cancellation?.IsCancellationRequested == true;
        bool dropped = error == IoError.Cancelled && _purged;
        if (Trace is not null)
            Note($"{open} version {mutation.Version} ends {error}");
        Require(error.IsNone || cancelled || dropped || IsInjected(error), open, error);
        // A buffered write is in the cache when it is acknowledged, and in no part when it is cancelled.
        bool isBuffered = open.Kind == StepKind.Write && !_everWriteThrough && !open.IsWindowed;
        Require(error.IsNone || cancelled || !isBuffered, open, error);
        if (open.IsDrop)
            _model.Resolve(mutation, _store, _config.WriteAlignment);
        else if (error.IsNone)
            _model.Complete(mutation);
        else if (isBuffered)
            _model.Withdraw(mutation);
        else
            _model.Fail(mutation);
    }

    private static IoResult ResultOf(ValueTask<IoResult> task)
    {
        try
        {
            return task.Result;
        }
        catch (OperationCanceledException)
        {
            return IoResult.Fail(IoError.Cancelled);
        }
    }

    private static IoError ResultOf(ValueTask<IoError> task)
    {
        try
        {
            return task.Result;
        }
        catch (OperationCanceledException)
        {
            return IoError.Cancelled;
        }
    }

    private static void Require(bool condition, OpenRequest open, IoError error)
    {
        if (!condition)
            throw new InvariantException($"{open} ended with {error}");
    }

    private bool IsInjected(IoError error) => _config.Errors > 0 && (error == IoError.Io || error == IoError.NoSpace);

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
        ModelRange second = DrawRange(step.A + 1, step.C, step.B);
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

    private static ModelRange Align(ModelRange range, int alignment)
    {
        int from = range.Offset & -alignment;
        int to = (range.End + alignment - 1) & -alignment;
        return range with { Offset = from, Length = to - from };
    }
}
