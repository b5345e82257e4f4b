// The requests of a run: how each is drawn and started, and what its end must look like.

using Engine.Cache;

namespace Engine.Cache.Tests.ModelTests;

internal sealed partial class ModelRun
{
    private void StartRead()
    {
        ModelRange[] ranges = DrawRanges();
        ExtentList extents = ExtentsOf(ranges, out int length);
        if (_random.Next(10) == 0)
        {
            ModelRange range = ranges[0];
            Note($"prefetch {range}");
            _open.Add(new Open($"prefetch {range}", _f.Prefetch(range.ObjectNumber, range.Offset, range.Length)));
            return;
        }

        string text = "read " + string.Join("+", ranges);
        Note(text);
        Observation observation = _model.Observe(ranges);
        CancellationTokenSource? cancellation = _random.Next(6) == 0 ? new CancellationTokenSource() : null;
        PendingRead read = _f.R(extents, length, cancellation?.Token ?? default);
        _open.Add(new Open(text, read) { Observation = observation, Read = read, Cancellation = cancellation });
    }

    private void StartWrite()
    {
        ModelRange[] ranges = DrawRanges();
        bool fua = _random.Next(10) == 0;
        Mutation mutation = _model.Begin(MutationKind.Write, ranges);
        string text = $"write {string.Join("+", ranges)} version {mutation.Version}{(fua ? " fua" : "")}";
        Note(text);
        CancellationTokenSource? cancellation = _random.Next(6) == 0 ? new CancellationTokenSource() : null;
        PendingResult result = _f.W(
            ExtentsOf(ranges, out _), mutation.Bytes(), new WriteOptions { Fua = fua }, cancellation?.Token ?? default);
        _open.Add(new Open(text, result)
        {
            Mutation = mutation,
            Cancellation = cancellation,
            IsFua = fua,
        });
    }

    private void StartFlush()
    {
        Note("flush");
        Observation observation = _model.Observe(_model.Everything, durable: true);
        PendingResult result = _random.Next(2) == 0 ? _f.Flush() : _f.FlushAll();
        _open.Add(new Open("flush", result) { Observation = observation, IsFlush = true });
    }

    private void StartDiscard()
    {
        ModelRange range = DrawRanges()[0];
        DiscardStore store = (DiscardStore)_random.Next(3);
        DiscardMode mode = store == DiscardStore.None ? DiscardMode.Invalidate : (DiscardMode)_random.Next(2);
        if (store != DiscardStore.None)
            range = Align(range, _config.Capabilities.WriteAlignment);
        else if (!_config.Purges)
            return;
        MutationKind kind = store switch
        {
            DiscardStore.None => MutationKind.Undefine,
            DiscardStore.Discard => MutationKind.Discard,
            _ => MutationKind.Zero,
        };
        Mutation mutation = _model.Begin(kind, [range]);
        string text = $"discard {range} {mode} {store} version {mutation.Version}";
        Note(text);
        PendingResult result = _f.Discard(range.ObjectNumber, range.Offset, range.Length, mode, store);
        _purged |= store == DiscardStore.None;
        _open.Add(new Open(text, result) { Mutation = mutation, IsDrop = store == DiscardStore.None });
    }

    private void StartPurge()
    {
        Mutation mutation = _model.Begin(MutationKind.Undefine, _model.Everything);
        Note($"purge version {mutation.Version}");
        _purged = true;
        _open.Add(new Open("purge", _f.Purge()) { Mutation = mutation, IsDrop = true });
    }

    private void TryRequest()
    {
        ModelRange range = DrawRange(Math.Min(_config.LengthMax, 4 * K));
        if (_random.Next(2) == 0)
        {
            byte[] bytes = new byte[range.Length];
            if (_f.Cache.TryRead(_f.S, range.ObjectNumber, range.Offset, bytes))
            {
                Note($"tryread {range}");
                CheckNow([range], bytes, $"tryread {range}");
            }

            return;
        }

        Mutation mutation = _model.Begin(MutationKind.Write, [range]);
        if (_f.Cache.TryWrite(_f.S, range.ObjectNumber, range.Offset, mutation.Bytes()))
        {
            Note($"trywrite {range} version {mutation.Version}");
            _model.Complete(mutation);
        }
        else
        {
            _model.Withdraw(mutation);
        }
    }

    private void CancelOne()
    {
        List<Open> candidates = _open.FindAll(open => open.Cancellation is not null && !open.Result.IsCompleted);
        if (candidates.Count == 0)
            return;
        Open chosen = candidates[_random.Next(candidates.Count)];
        Note("cancel " + chosen.Text);
        chosen.Cancellation!.Cancel();
    }

    /// <summary>Looks at the requests that ended since.</summary>
    private void Collect()
    {
        List<Open> ended = _open.FindAll(open => open.Result.IsCompleted);
        if (ended.Count == 0)
            return;
        _open.RemoveAll(open => open.Result.IsCompleted);
        ended.Sort((a, b) => a.Result.Order.CompareTo(b.Result.Order));
        foreach (Open open in ended)
        {
            RequestsEnded++;
            if (open.Read is { } read)
                EndRead(open, read);
            else if (open.IsFlush)
                EndFlush(open);
            else if (open.Mutation is { } mutation)
                EndMutation(open, mutation);
            else
                Expect(open.Result.IsOk || IsInjected(open.Result.Error), $"{open.Text} ended with {open.Result.Error}");
            open.Cancellation?.Dispose();
        }
    }

    private void EndRead(Open open, PendingRead read)
    {
        if (read.IsOk)
        {
            Expect(read.Bytes == read.Buffer.Length, $"{open.Text} counted {read.Bytes}");
            string? wrong = _model.Check(open.Observation!, read.Buffer);
            Expect(wrong is null, $"{open.Text}: {wrong}");
            return;
        }

        _model.Forget(open.Observation!);
        bool cancelled = open.Cancellation?.IsCancellationRequested == true && read.Error == IoError.Cancelled;
        Expect(cancelled || IsInjected(read.Error), $"{open.Text} ended with {read.Error}");
        Expect(read.Buffer.Length > _settings.SizeBytes || read.IsUntouched, $"{open.Text} failed and touched its buffer");
    }

    private void EndFlush(Open open)
    {
        if (!open.Result.IsOk)
        {
            _model.Forget(open.Observation!);
            bool purged = _purged && open.Result.Error == IoError.Cancelled;
            Expect(purged || IsInjected(open.Result.Error), $"flush ended with {open.Result.Error}");
            return;
        }

        byte[] durable = new byte[ModelConfig.Objects * ModelConfig.ObjectBytes];
        for (int i = 0; i < ModelConfig.Objects; i++)
            _f.Backend.Durable.Read(i, 0, durable.AsSpan(i * ModelConfig.ObjectBytes, ModelConfig.ObjectBytes));
        string? wrong = _model.Check(open.Observation!, durable);
        Expect(wrong is null, $"durable after a flush that began at step {open.Observation!.Started}: {wrong}");
    }

    private void EndMutation(Open open, Mutation mutation)
    {
        IoError error = open.Result.Error;
        bool cancelled = error == IoError.Cancelled && open.Cancellation?.IsCancellationRequested == true;
        bool dropped = error == IoError.Cancelled && _purged;
        Expect(open.Result.IsOk || cancelled || dropped || IsInjected(error), $"{open.Text} ended with {error}");
        // A buffered write is in the cache when it is acknowledged, and in no part when it is cancelled.
        bool isBuffered = !open.IsFua && !_everWriteThrough && !open.IsDrop && mutation.Kind == MutationKind.Write;
        Expect(open.Result.IsOk || !isBuffered || cancelled, $"{open.Text} ended with {error}");
        if (open.IsDrop)
            _model.Resolve(mutation, _f.Backend.Store, _f.Backend.Durable, _config.Capabilities.WriteAlignment);
        else if (open.Result.IsOk)
            _model.Complete(mutation);
        else if (isBuffered)
            _model.Withdraw(mutation);
        else
            _model.Fail(mutation);
    }

    private bool IsInjected(IoError error) => _config.ErrorShare > 0 && (error == IoError.Io || error == IoError.NoSpace);

    private ModelRange[] DrawRanges()
    {
        ModelRange first = DrawRange(_config.LengthMax);
        if (_random.Next(8) != 0)
            return [first];
        ModelRange second = DrawRange(_config.LengthMax);
        bool fits = first.Length + second.Length <= _settings.SizeBytes;
        return first.Overlaps(second) || !fits ? [first] : [first, second];
    }

    private ModelRange DrawRange(int lengthMax)
    {
        int grain = _config.Granularity;
        int length = Math.Max(grain, _random.Next(1, lengthMax + 1) / grain * grain);
        int within = _config.OneBlock ? CacheSettings.BlockBytes : ModelConfig.ObjectBytes;
        int offset = _random.Next(0, within - length + 1) / grain * grain;
        if (_config.OneBlock)
            return new ModelRange(0, offset, length);
        return new ModelRange(_random.Next(ModelConfig.Objects), offset, length);
    }

    private static ModelRange Align(ModelRange range, int alignment)
    {
        int from = range.Offset / alignment * alignment;
        int to = (range.End + alignment - 1) / alignment * alignment;
        return range with { Offset = from, Length = to - from };
    }

    private static ExtentList ExtentsOf(ModelRange[] ranges, out int length)
    {
        ExtentList extents = new();
        length = 0;
        foreach (ModelRange range in ranges)
        {
            extents.Add(range.ObjectNumber, range.Offset, range.Length, length);
            length += range.Length;
        }

        return extents;
    }
}
