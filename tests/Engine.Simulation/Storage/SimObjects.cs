// The object store as one life of a process sees it.
//
// Ownership: belongs to the life's environment, the content to the shared SimObjectStore. Buffers stay the caller's; the bytes
// of a write are copied at submission, and compared at completion, so that a change under way is noticed.
// Invariants: every submission completes once, as a step of the schedule, unless its life ends first; a change is visible to
// readers from its completion on.
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Simulation;

/// <summary>A simulated <see cref="IObjectBackend"/>: latency, lost and torn writes, errors, a full disk, fencing.</summary>
public sealed class SimObjects : IObjectBackend, IStepTarget
{
    private readonly SimEnvironment _life;
    private readonly SimObjectStore _store;
    private readonly SimDisk _disk;
    private readonly Stack<Operation> _spare = new();

    internal SimObjects(SimEnvironment life, SimObjectStore store, SimDisk disk)
    {
        _life = life;
        _store = store;
        _disk = disk;
        BackendCapabilities told = store.Options.Capabilities;
        Capabilities = told with { CommitIsDurable = told.CommitIsDurable || store.Options.ClaimsDurable };
    }

    private enum Work
    {
        Read,
        Change,
        Flush,
        Stat,
        List,
        Refuse,
    }

    /// <inheritdoc/>
    public BackendCapabilities Capabilities { get; }

    /// <inheritdoc/>
    public void Read(in ObjectRead operation, BufferList destination, in Submission submission)
    {
        Invariant.That(destination.Length == operation.Length);
        if (!_life.Effect(EffectKind.Read, (ulong)operation.Offset))
            return;
        Operation pending = Take(Work.Read, submission);
        pending.Item = _store.Get(operation.Target.Key);
        pending.Offset = operation.Offset;
        pending.Buffer = destination;
        Schedule(pending, operation.Length, isFlush: false);
    }

    /// <inheritdoc/>
    public void Write(in ObjectWrite operation, BufferList source, in Submission submission)
    {
        Invariant.That(source.Length == operation.Length);
        if (!_life.Effect(EffectKind.ObjectChange, (ulong)operation.Offset))
            return;
        var bytes = new byte[operation.Length];
        source.CopyTo(0, bytes);
        uint checksum = Crc32C.Append(0, bytes);
        _life.Process.World.Simulator.Trace.Effect(checksum, TraceHash.Of(operation.Target.Key.Name));
        ObjectChange.ChangeKind kind = operation.Replaces ? ObjectChange.ChangeKind.Replace : ObjectChange.ChangeKind.Write;
        var change = new ObjectChange(_life, kind, operation.Offset, operation.Length, bytes)
        {
            Checksum = checksum,
        };
        Submit(operation.Target, change, source, operation.Fua, submission);
    }

    /// <inheritdoc/>
    public void Flush(in Submission submission)
    {
        if (!_life.Effect(EffectKind.ObjectFlush, _store.Completed))
            return;
        Operation pending = Take(Work.Flush, submission);
        pending.CompletedMax = _store.Completed;
        Schedule(pending, 0, isFlush: true);
    }

    /// <inheritdoc/>
    public void Discard(in ObjectRange range, in Submission submission) => WriteZeroes(range, submission);

    /// <inheritdoc/>
    public void WriteZeroes(in ObjectRange range, in Submission submission) =>
        Change(range.Target, ObjectChange.ChangeKind.Zero, range.Offset, range.Length, submission);

    /// <inheritdoc/>
    public void Truncate(in ObjectTarget target, long size, in Submission submission) =>
        Change(target, ObjectChange.ChangeKind.Truncate, 0, size, submission);

    /// <inheritdoc/>
    public void Remove(in ObjectTarget target, in Submission submission) =>
        Change(target, ObjectChange.ChangeKind.Remove, 0, 0, submission);

    /// <inheritdoc/>
    public void Stat(in ObjectTarget target, in Submission submission)
    {
        if (!_life.Effect(EffectKind.Read, TraceHash.Of(target.Key.Name)))
            return;
        Operation pending = Take(Work.Stat, submission);
        pending.Item = _store.Get(target.Key);
        Schedule(pending, 0, isFlush: false);
    }

    /// <inheritdoc/>
    public void List(string prefix, ICollection<string> names, in Submission submission)
    {
        if (!_life.Effect(EffectKind.Read, TraceHash.Of(prefix)))
            return;
        Operation pending = Take(Work.List, submission);
        pending.Prefix = prefix;
        pending.Names = names;
        Schedule(pending, 0, isFlush: false);
    }

    /// <summary>Never: there are no clones.</summary>
    public bool MayCopyOnWrite(in ObjectRange range) => false;

    /// <inheritdoc/>
    public void OverwriteExtent(in ObjectRange range, ulong oldJournalId, ulong newJournalId)
    {
        // No journal refers to this store, so there is nothing to note.
    }

    /// <inheritdoc/>
    public ulong Execute(in SimStep step)
    {
        var operation = (Operation)step.Payload!;
        if (!_life.IsAlive)
            return 0;
        IoResult result = operation.Work switch
        {
            Work.Read => EndRead(operation),
            Work.Change => EndChange(operation),
            Work.Flush => EndFlush(operation),
            Work.Stat => EndStat(operation),
            Work.Refuse => IoResult.Fail(IoError.NotSupported),
            _ => EndList(operation),
        };
        Submission submission = operation.Submission;
        operation.Clear();
        _spare.Push(operation);
        return TraceHash.Mix((ulong)result.Error.Errno, _life.Complete(submission, result));
    }

    private void Change(
        in ObjectTarget target, ObjectChange.ChangeKind kind, long offset, long length, in Submission submission)
    {
        if (_life.Effect(EffectKind.ObjectChange, TraceHash.Of(target.Key.Name)))
            Submit(target, new ObjectChange(_life, kind, offset, length, null), null, false, submission);
    }

    private void Submit(
        in ObjectTarget target, ObjectChange change, BufferList? source, bool isFua, in Submission submission)
    {
        Operation pending = Take(change.IsAllowedBy(Capabilities) ? Work.Change : Work.Refuse, submission);
        pending.Item = _store.Get(target.Key);
        pending.Change = change;
        pending.Buffer = source;
        pending.IsDurable = isFua || _store.Options.Capabilities.CommitIsDurable;
        if (pending.Work == Work.Change)
            _store.Add(pending.Item, change);
        Schedule(pending, source?.Length ?? 0, pending.IsDurable);
    }

    private IoResult EndRead(Operation operation)
    {
        byte[]? content = operation.Item!.Content;
        if (content is null)
            return IoResult.Fail(IoError.NoEntry);
        long length = Math.Clamp(content.Length - operation.Offset, 0, operation.Buffer!.Length);
        ReadOnlySpan<byte> bytes = content.AsSpan((int)Math.Min(operation.Offset, content.Length), (int)length);
        bool isWrong = _disk.TakeFailure(DiskOperation.Read);
        operation.Item.WrongReads = isWrong ? operation.Item.WrongReads + 1 : 0;
        if (operation.Item.WrongReads == 2)
            _life.Process.World.Count(Met.ReadWrongTwice);
        if (isWrong)
        {
            if (length == 0 || _disk.Random.NextBool(0.5))
                return IoResult.Fail(IoError.Io);
            byte[] wrong = bytes.ToArray();
            wrong[_disk.Random.NextInt(wrong.Length)] ^= (byte)(1 << _disk.Random.NextInt(8));
            bytes = wrong;
        }

        if (!isWrong && operation.Item.IsFlipped)
            operation.Item.FlipReadBy = _life;
        operation.Buffer.CopyFrom(0, bytes);
        operation.Buffer.NoteWritten();
        return IoResult.Ok(length);
    }

    private IoResult EndChange(Operation operation)
    {
        (SimObject item, ObjectChange change) = (operation.Item!, operation.Change!);
        if (operation.Buffer is not null && Checksums.Of(operation.Buffer) != change.Checksum)
            _life.Process.World.Report(Invariants.BufferChanged, $"a write of object {item.Key.Name} before it was over");
        IoError error = _store.IsFenced(_life) ? IoError.Stale
            : _disk.IsReadOnly ? IoError.ReadOnly
            : _disk.IsFull && operation.Buffer is not null ? IoError.NoSpace
            : change.Kind == ObjectChange.ChangeKind.Remove && item.Content is null ? IoError.NoEntry
            : IoError.None;
        if (error == IoError.NoEntry)
            _life.Process.World.Count(Met.RemovalsOfNothing);
        if (error.IsNone && _disk.TakeFailure(DiskOperation.ObjectWrite))
        {
            // A failed write may have happened all the same.
            error = IoError.Io;
            if (_disk.Random.NextBool(0.5))
            {
                _store.Complete(item, change, isDurable: false);
                return IoResult.Fail(error);
            }

            if (change.Kind == ObjectChange.ChangeKind.Remove)
                _life.Process.World.Count(Met.RemovalsFailed);
        }

        if (error.Failed)
        {
            item.Remove(change);
            return IoResult.Fail(error);
        }

        _store.Complete(item, change, operation.IsDurable);
        return IoResult.Ok(operation.Buffer?.Length ?? 0);
    }

    private IoResult EndFlush(Operation operation)
    {
        if (_disk.IsReadOnly)
            return IoResult.Fail(IoError.ReadOnly);
        if (_disk.TakeFailure(DiskOperation.ObjectWrite))
            return IoResult.Fail(IoError.Io);
        _store.MakeDurable(operation.CompletedMax);
        return IoResult.Ok(0);
    }

    private static IoResult EndStat(Operation operation) =>
        operation.Item!.Content is { } content ? IoResult.Ok(content.Length) : IoResult.Fail(IoError.NoEntry);

    private IoResult EndList(Operation operation)
    {
        List<string> names = _store.Names(operation.Prefix!);
        names.ForEach(operation.Names!.Add);
        return IoResult.Ok(names.Count);
    }

    private Operation Take(Work work, in Submission submission)
    {
        if (!_spare.TryPop(out Operation? operation))
            operation = new Operation();
        operation.Work = work;
        operation.Submission = submission;
        return operation;
    }

    private void Schedule(Operation operation, long bytes, bool isFlush) => _life.Process.World.Simulator.Schedule(
        _disk.DelayOf(bytes, isFlush), this,
        new SimStep(StepKind.Object, _life.Process.Number, operation.Submission.Token, operation));

    private sealed class Operation
    {
        public Work Work { get; set; }

        public Submission Submission { get; set; }

        public SimObject? Item { get; set; }

        public ObjectChange? Change { get; set; }

        public BufferList? Buffer { get; set; }

        public long Offset { get; set; }

        public bool IsDurable { get; set; }

        public ulong CompletedMax { get; set; }

        public string? Prefix { get; set; }

        public ICollection<string>? Names { get; set; }

        public void Clear()
        {
            (Item, Change, Buffer, Prefix, Names) = (null, null, null, null, null);
            (Offset, IsDurable, CompletedMax) = (0, false, 0);
        }
    }
}
