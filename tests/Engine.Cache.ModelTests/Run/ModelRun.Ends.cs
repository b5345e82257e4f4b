// What the end of each request must look like: its answer against the content model, its error against what the store has told.

using Engine.Cache.ModelTests.Content;
using Engine.Cache.ModelTests.Store;
using Engine.Testing.Cache;

namespace Engine.Cache.ModelTests.Run;

internal sealed partial class ModelRun
{
    /// <summary>What the store has told of failures since the last drain.</summary>
    private readonly List<Told> _told = [];

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
        IoResult result = ResultOf(open.Io, out bool cancelled);
        if (Trace is not null)
            Note($"{open} ends {result}");
        Require(result.Error.IsNone || cancelled || WasTold(open, result.Error), open, result.Error);
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
        (IoError error, bool alreadyClean) = open.Flushed.Result;
        Expect(!alreadyClean || (open.WasClean && error.IsNone), "what is said to be clean was clean");
        if (Trace is not null)
            Note($"{open.Kind} of step {open.Observation!.Started} ends {error}");
        if (error.Failed)
        {
            _model.Forget(open.Observation!);
            bool reports = open.Reports.Contains(error);
            Expect(reports || !open.MustReport, "what is lost goes before what is dirty still");
            Require(reports || (open.MayBePurged && error == IoError.Cancelled) || WasTold(open, error), open, error);
            return;
        }

        Expect(!open.MustReport, "the first flush tells of what was given up");

        int length = 0;
        foreach (ModelRange range in open.Ranges)
        {
            _store.Durable[range.ObjectNumber].AsSpan(range.Offset, range.Length).CopyTo(_scratch.AsSpan(length));
            length += range.Length;
        }

        int started = open.Observation!.Started;
        if (_model.Check(open.Observation, _scratch.AsSpan(0, length)) is { } wrong)
            throw new InvariantException($"durable after a flush that began at step {started}: {wrong}");
    }

    private void EndMutation(OpenRequest open, Mutation mutation)
    {
        IoError error = ResultOf(open.Done, out bool cancelled);
        if (Trace is not null)
            Note($"{open} version {mutation.Version} ends {error}{(cancelled ? ", cancelled" : "")}");
        if (open.IsDrop)
        {
            Require(error.IsNone, open, error);
            if (open.Resolves)
                _model.Resolve(mutation, _store, Math.Max(_config.ReadAlignment, _config.WriteAlignment));
            else
                _model.Complete(mutation);
            return;
        }

        // A buffered write is in the cache when it is acknowledged; one that is cancelled was in no part of it.
        bool isBuffered = open.Kind == StepKind.Write && !open.MayBeThrough && !open.IsWindowed;
        bool purged = open.MayBePurged && error == IoError.Cancelled;
        bool told = (!isBuffered || _stopping) && WasTold(open, error);
        bool refused = WasFailed(open, error);
        Require(error.IsNone || cancelled || refused || (!isBuffered && purged) || told, open, error);
        Require(error.Failed || !open.IsRefused, open, error);
        if (error.IsNone)
            EndWell(open, mutation);
        else if ((cancelled && !open.IsWindowed) || open.IsRefused || (refused && isBuffered))
            _model.Withdraw(mutation);
        else
            _model.Fail(mutation);
    }

    private void EndWell(OpenRequest open, Mutation mutation)
    {
        string? wrong = null;
        foreach (ModelRange range in open.Kind is StepKind.Write or StepKind.WriteFua ? open.Ranges : [])
        {
            if (open.Kind == StepKind.WriteFua)
                wrong ??= _model.CheckAtLeast(mutation, range.ObjectNumber, _store.Durable[range.ObjectNumber]);
            else if (open.IsThrough)
                wrong ??= _model.CheckAtLeast(mutation, range.ObjectNumber, _store.Content[range.ObjectNumber]);
        }

        if (wrong is not null)
            throw new InvariantException($"{open} ended well: {wrong}");
        _model.Complete(mutation);
    }

    private static IoResult ResultOf(ValueTask<IoResult> task, out bool cancelled)
    {
        cancelled = task.IsCanceled;
        return cancelled ? IoResult.Fail(IoError.Cancelled) : task.Result;
    }

    private static IoError ResultOf(ValueTask<IoError> task, out bool cancelled)
    {
        cancelled = task.IsCanceled;
        return cancelled ? IoError.Cancelled : task.Result;
    }

    private static void Require(bool condition, OpenRequest open, IoError error)
    {
        if (!condition)
            throw new InvariantException($"{open} ended with {error}");
    }

    private void NoteFailure(StoreOperation operation, IoError error) =>
        _told.Add(new Told(
            operation.Kind, new ModelRange(operation.Number, operation.Offset, operation.Length), error, _model.Step));

    /// <summary>The store has told of the error while the request was under way, and about its bytes: a write of some of them, a
    /// read of their blocks that would have completed them to whole units, or what a flush depends on.</summary>
    private bool WasTold(OpenRequest open, IoError error)
    {
        if ((_stopping && error == IoError.Shutdown) || (open.IsFlush && WasFailed(open, error)))
            return true;
        foreach (Told told in _told)
        {
            // Ranges are zeroed again together: the flush that waits for all of them may come after the first.
            if (told.Error != error || (told.Step < open.Started && told.Kind != PendingKind.WriteZeroes))
                continue;
            if (open.IsFlush && told.Kind is PendingKind.Flush or PendingKind.WriteZeroes)
                return true;
            if (!IsAbout(open, told.Kind))
                continue;
            int unit = told.Kind == PendingKind.Read && !open.IsRead ? CacheSettings.BlockBytes : 1;
            foreach (ModelRange range in open.Ranges)
            {
                if (Align(range, unit).Overlaps(told.Range))
                    return true;
            }
        }

        return false;
    }

    /// <summary>A part of the write has failed that held the byte, or that a read was to complete.</summary>
    private bool HasFailed(Mutation write, int objectNumber, int position) => _told.Exists(told =>
        told.Step >= write.Submitted
        && (told.Kind == PendingKind.Write || told.Kind == PendingKind.Read)
        && Align(told.Range, told.Kind == PendingKind.Read ? CacheSettings.BlockBytes : 1).Contains(objectNumber, position));

    private static bool IsAbout(OpenRequest open, PendingKind kind) => kind switch
    {
        PendingKind.Read => open.Kind != StepKind.Discard,
        PendingKind.Write => open.IsFlush || open.Kind is StepKind.Write or StepKind.WriteFua,
        PendingKind.Discard or PendingKind.WriteZeroes => open.Kind == StepKind.Discard,
        _ => false,
    };

    private readonly record struct Told(PendingKind Kind, ModelRange Range, IoError Error, int Step);
}
