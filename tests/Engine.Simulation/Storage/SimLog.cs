// A process's journal as one of its lives sees it.
//
// Ownership: belongs to the life's environment, the content to the process's SimLogFile. A record's blocks are referenced until
// it is durable, so that a change of bytes under way is noticed; the references are dropped at the latest with the life.
// Invariants: effects happen only while the environment lets them (a step that is cut does nothing from its cut on, but sees
// success); completions are steps of the schedule, never inside a call.
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Simulation;

/// <summary>A simulated <see cref="ILog"/>: latency, lost tails, errors, a full disk, fencing by incarnation.</summary>
public sealed class SimLog : ILog, IStepTarget, IDisposable
{
    private readonly SimEnvironment _life;
    private readonly SimLogFile _file;
    private readonly SimDisk _disk;
    private readonly Queue<(long Next, uint Checksum, BufferList Payload)> _volatile = new();
    private readonly Stack<Operation> _spare = new();
    private IoError _failed;
    private long _ghostEnd = -1;

    internal SimLog(SimEnvironment life, SimLogFile file, SimDisk disk)
    {
        _life = life;
        _file = file;
        _disk = disk;
        Incarnation = life.Incarnation;
    }

    private enum Work
    {
        Flush,
        Read,
        Trim,
        Fence,
    }

    /// <inheritdoc/>
    public long Start => _file.Start;

    /// <inheritdoc/>
    public long End => _ghostEnd >= 0 ? _ghostEnd : _file.End;

    /// <inheritdoc/>
    public long Durable => _file.Durable;

    /// <inheritdoc/>
    public long Capacity => _disk.Options.LogBytesMax;

    /// <inheritdoc/>
    public long Room => Math.Max(0, Capacity - (End - Start));

    /// <inheritdoc/>
    public ulong Incarnation { get; private set; }

    /// <inheritdoc/>
    public int RecordBytesMax => _disk.Options.RecordBytesMax;

    /// <inheritdoc/>
    public IoError Append(BufferList payload, out long position)
    {
        position = _ghostEnd >= 0 ? _ghostEnd : _file.NextPosition;
        int length = (int)Math.Min(payload.Length, int.MaxValue);
        IoError error = _failed.Failed ? _failed
            : Incarnation < _file.Fence ? IoError.Stale
            : length > RecordBytesMax ? IoError.TooLong
            : _disk.IsFull || End - Start + SimLogFile.SizeOf(length) > _disk.Options.LogBytesMax ? IoError.NoSpace
            : End - Durable > _disk.Options.UnflushedBytesMax ? IoError.Again
            : IoError.None;
        if (error.Failed)
            return error;
        if (!_life.Effect(EffectKind.Append, (ulong)position))
        {
            _ghostEnd = position + SimLogFile.SizeOf(length);
            return IoError.None;
        }

        position = _file.Append(payload, _life.Incarnation, out uint checksum);
        _life.Process.World.Simulator.Trace.Effect(checksum, (ulong)length);
        _volatile.Enqueue((position + SimLogFile.SizeOf(length), checksum, payload.Slice(0, payload.Length)));
        return IoError.None;
    }

    /// <inheritdoc/>
    public void Flush(in Submission submission)
    {
        if (_life.Effect(EffectKind.Flush, (ulong)End))
            Schedule(Work.Flush, End, null, submission, _disk.DelayOf(End - Durable, isFlush: true));
    }

    /// <inheritdoc/>
    public void Read(long position, LogBatch batch, in Submission submission)
    {
        if (_life.Effect(EffectKind.Read, (ulong)position))
            Schedule(Work.Read, position, batch, submission, _disk.DelayOf(batch.BytesMax, isFlush: false));
    }

    /// <inheritdoc/>
    public void Trim(long position, in Submission submission)
    {
        if (_life.Effect(EffectKind.Trim, (ulong)position))
            Schedule(Work.Trim, position, null, submission, _disk.DelayOf(0, isFlush: false));
    }

    /// <inheritdoc/>
    public void Fence(ulong incarnation, in Submission submission)
    {
        if (_life.Effect(EffectKind.Fence, incarnation))
            Schedule(Work.Fence, (long)incarnation, null, submission, _disk.DelayOf(0, isFlush: true));
    }

    /// <inheritdoc/>
    public ulong Execute(in SimStep step)
    {
        var operation = (Operation)step.Payload!;
        (Work work, long position, LogBatch? batch, Submission submission) =
            (operation.Work, operation.Position, operation.Batch, operation.Submission);
        operation.Batch = null;
        operation.Submission = default;
        _spare.Push(operation);
        if (!_life.IsAlive)
            return 0;
        IoResult result = work switch
        {
            Work.Flush => EndFlush(position),
            Work.Read => EndRead(position, batch!),
            Work.Trim => EndTrim(position),
            _ => EndFence((ulong)position),
        };
        return TraceHash.Mix((ulong)result.Error.Errno, _life.Complete(submission, result));
    }

    /// <summary>Drops the references to blocks that wait for their flush.</summary>
    public void Dispose()
    {
        while (_volatile.TryDequeue(out (long Next, uint Checksum, BufferList Payload) record))
            record.Payload.Dispose();
    }

    private IoResult EndFlush(long target)
    {
        if (_failed.Failed)
            return IoResult.Fail(_failed);
        if (Incarnation < _file.Fence)
            return IoResult.Fail(_failed = IoError.Stale);
        if (_disk.TakeFailure(DiskOperation.LogWrite))
            return IoResult.Fail(_failed = IoError.Io);
        while (_volatile.TryPeek(out (long Next, uint Checksum, BufferList Payload) record) && record.Next <= target)
        {
            if (Checksums.Of(record.Payload) != record.Checksum)
                _life.Process.World.Report(Invariants.BufferChanged, $"a record that ends at {record.Next} before its flush");
            record.Payload.Dispose();
            _ = _volatile.Dequeue();
        }

        _file.MakeDurable(target);
        return IoResult.Ok(0);
    }

    private IoResult EndRead(long position, LogBatch batch)
    {
        batch.Clear(position);
        if (position < _file.Start)
            return IoResult.Fail(IoError.NoEntry);
        if (_disk.TakeFailure(DiskOperation.Read))
            return IoResult.Fail(IoError.Io);
        int index = _file.FirstAt(position);
        long bytes = 0;
        while (_file.TryGet(index, out SimLogFile.Record record) && record.Next <= _file.Durable
            && (bytes == 0 || bytes + record.Length <= batch.BytesMax))
        {
            if (!_file.IsIntact(record))
                return bytes > 0 ? IoResult.Ok(bytes) : IoResult.Fail(IoError.Damaged);
            if (!batch.Payload.TryAppendCopy(_file.BytesOf(record)))
                return bytes > 0 ? IoResult.Ok(bytes) : IoResult.Fail(IoError.NoMemory);
            batch.Add(record.Position, record.Length, record.Next);
            bytes += record.Length;
            index++;
        }

        return IoResult.Ok(bytes);
    }

    private IoResult EndTrim(long position)
    {
        if (_failed.Failed || Incarnation < _file.Fence)
            return IoResult.Fail(_failed.Failed ? _failed : IoError.Stale);
        _file.Trim(Math.Min(position, _file.Durable));
        return IoResult.Ok(0);
    }

    private IoResult EndFence(ulong incarnation)
    {
        if (incarnation <= Incarnation || incarnation < _file.Fence)
            return IoResult.Fail(IoError.Stale);
        // What older lives appended stays, for good: who takes the log over may act on it.
        _file.MakeDurable(_file.End);
        _file.Fence = incarnation;
        Incarnation = incarnation;
        _life.Process.World.Store.Fence(_life.Process.Number, incarnation);
        return IoResult.Ok(0);
    }

    private void Schedule(Work work, long position, LogBatch? batch, in Submission submission, long delayMicros)
    {
        if (!_spare.TryPop(out Operation? operation))
            operation = new Operation();
        operation.Work = work;
        operation.Position = position;
        operation.Batch = batch;
        operation.Submission = submission;
        _life.Process.World.Simulator.Schedule(
            delayMicros, this, new SimStep(StepKind.Log, _life.Process.Number, submission.Token, operation));
    }

    private sealed class Operation
    {
        public Work Work { get; set; }

        public long Position { get; set; }

        public LogBatch? Batch { get; set; }

        public Submission Submission { get; set; }
    }
}
