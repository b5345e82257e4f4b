// How the store ends operations, and what of them is durable.

using Engine.Testing.Cache;

namespace Engine.Cache.ModelTests.Store;

internal sealed partial class ModelStore
{
    /// <summary>Fills memory that a read leaves undefined, so that a cache that trusts it is caught.</summary>
    private const byte Junk = 0xDB;

    /// <summary>Ended changes that are not durable yet, oldest first.</summary>
    private readonly List<Change> _volatile = [];

    /// <summary>Of the last FUA write that failed; the next flush fails with it.</summary>
    private IoError _fuaFailure;

    /// <summary>What the cache broke; null while it kept to the contract. It may turn exceptions of a store into EIO.</summary>
    public string? Violation { get; private set; }

    /// <summary>The next flush fails with what was not told yet.</summary>
    public bool OwesFailure => _fuaFailure.Failed;

    /// <summary>Ends an operation with an error, or well when it is none.</summary>
    public void Complete(StoreOperation operation, IoError error)
    {
        if (TellsLie(Lie.Silent, operation.IsChange))
        {
            Remove(operation);
            return;
        }

        CheckUnchanged(operation);
        IoResult result = error.Failed ? Fail(operation, error) : operation.IsDone ? operation.Result : Apply(operation);
        Report(operation, result);
    }

    /// <summary>Does a change now; <see cref="Complete"/> only reports it. A device may be that late: what it has done can be
    /// covered by a flush, or lost with one that fails, before anybody hears of it.</summary>
    public void Perform(StoreOperation operation)
    {
        CheckUnchanged(operation);
        operation.Result = Apply(operation);
        operation.IsDone = true;
    }

    /// <summary>Marks the bytes, from an offset of an object on, that a change put there which is not durable yet.</summary>
    public void MarkVolatile(int number, int offset, Span<byte> marks)
    {
        foreach (Change change in _volatile)
        {
            int from = Math.Max(offset, change.Offset);
            int to = Math.Min(offset + marks.Length, change.Offset + change.Length);
            if (change.Number == number && from < to)
                marks[(from - offset)..(to - offset)].Fill(byte.MaxValue);
        }
    }

    /// <summary>Ends a read <paramref name="missing"/> bytes short, as far as those are zeros; the rest of its memory holds
    /// junk.</summary>
    public void CompleteShort(StoreOperation operation, int missing)
    {
        Span<byte> answer = AnswerOf(operation);
        int zeros = answer.Length - 1 - answer.LastIndexOfAnyExcept((byte)0);
        int bytes = answer.Length - Math.Min(missing, zeros);
        Scatter(operation, answer[..bytes]);
        Report(operation, IoResult.Ok(bytes));
    }

    private void Report(StoreOperation operation, IoResult result)
    {
        Submission submission = operation.Submission;
        if (result.Failed)
            OnFailed(operation, result.Error);
        Remove(operation);
        submission.Complete(result);
    }

    private void Remove(StoreOperation operation)
    {
        Invariant.That(_pending.Remove(operation), "only a pending operation ends");
        if (operation.Kind == PendingKind.Write)
            WritesInFlight--;
        operation.Data = null;
        _free.Push(operation);
    }

    private IoResult Apply(StoreOperation operation)
    {
        switch (operation.Kind)
        {
            case PendingKind.Read:
                Scatter(operation, AnswerOf(operation));
                return IoResult.Ok(operation.Length);
            case PendingKind.Flush:
                MakeDurable(operation);
                (IoError failure, _fuaFailure) = (_fuaFailure, IoError.None);
                return IoResult.Fail(failure);
            default:
                Put(operation);
                return IoResult.Ok(operation.Length);
        }
    }

    private void Put(StoreOperation operation)
    {
        if (TellsLie(Lie.WriteLost, operation.Kind == PendingKind.Write))
            return;
        int length = TellsLie(Lie.WriteTorn, operation.Kind == PendingKind.Write) ? operation.Length / 2 : operation.Length;
        byte[]? bytes = operation.Kind == PendingKind.Write ? operation.Bytes.AsSpan(0, length).ToArray() : null;
        Change change = new(operation.Number, operation.Offset, length, bytes, operation.Fua);
        change.ApplyTo(Content);
        if (operation.Fua || Capabilities.CommitIsDurable)
            change.ApplyTo(Durable);
        if (!Capabilities.CommitIsDurable)
            _volatile.Add(change);
    }

    private void MakeDurable(StoreOperation flush)
    {
        if (TellsLie(Lie.FlushLost, flush.ChangesCovered > 0))
            return;
        for (int i = 0; i < flush.ChangesCovered; i++)
            _volatile[i].ApplyTo(Durable);
        ForgetVolatile(flush.ChangesCovered);
        foreach (Change later in _volatile)
        {
            if (later.Fua)
                later.ApplyTo(Durable);
        }
    }

    private IoResult Fail(StoreOperation operation, IoError error)
    {
        if (operation.Kind == PendingKind.Read)
            Scatter(operation, default);
        bool isFua = operation.Kind == PendingKind.Write && operation.Fua;
        if (!isFua && operation.Kind != PendingKind.Flush)
            return IoResult.Fail(error);
        _fuaFailure = isFua ? error : IoError.None;
        if (LosesVolatileOnFailedFlush)
        {
            ForgetVolatile(_volatile.Count);
            for (int i = 0; i < Content.Length; i++)
                Durable[i].AsSpan().CopyTo(Content[i]);
            OnVolatileLost();
        }

        return IoResult.Fail(error);
    }

    /// <summary>Drops the oldest changes and moves the marks of other flushes in flight.</summary>
    private void ForgetVolatile(int count)
    {
        _volatile.RemoveRange(0, count);
        foreach (StoreOperation other in _pending)
        {
            if (other.Kind == PendingKind.Flush)
                other.ChangesCovered = Math.Max(0, other.ChangesCovered - count);
        }
    }

    private Span<byte> AnswerOf(StoreOperation read)
    {
        Span<byte> answer = read.Bytes.AsSpan(0, read.Length);
        if (!read.HasAnswer)
            Content[read.Number].AsSpan(read.Offset, read.Length).CopyTo(answer);
        if (TellsLie(Lie.ReadWrong, true))
            answer[0] ^= 1;
        return answer;
    }

    /// <summary>Puts bytes into a read's memory, and junk behind them.</summary>
    private static void Scatter(StoreOperation operation, ReadOnlySpan<byte> bytes)
    {
        BufferList data = operation.Data!;
        for (int i = 0; i < data.SegmentCount; i++)
        {
            Span<byte> segment = data.SegmentSpan(i);
            int count = Math.Min(segment.Length, bytes.Length);
            bytes[..count].CopyTo(segment);
            segment[count..].Fill(Junk);
            bytes = bytes[count..];
        }

        data.NoteWritten();
    }

    private void CheckUnchanged(StoreOperation operation)
    {
        if (operation.Kind != PendingKind.Write)
            return;
        BufferList data = operation.Data!;
        if (TellsLie(Lie.BytesChanged, true))
            data.SegmentSpan(0)[0] ^= 1;
        ReadOnlySpan<byte> bytes = operation.Bytes.AsSpan(0, operation.Length);
        for (int i = 0; i < data.SegmentCount; i++)
        {
            ReadOnlySpan<byte> segment = data.SegmentSpan(i);
            if (!bytes[..segment.Length].SequenceEqual(segment))
                Broken($"{operation}: bytes changed while in flight");
            bytes = bytes[segment.Length..];
        }
    }

    private void Broken(string what) => Violation ??= what;

    private bool TellsLie(Lie lie, bool isMoment)
    {
        if (Lie != lie || !isMoment)
            return false;
        Lie = Lie.None;
        return true;
    }

    private readonly record struct Change(int Number, int Offset, int Length, byte[]? Bytes, bool Fua)
    {
        public void ApplyTo(byte[][] content)
        {
            Span<byte> range = content[Number].AsSpan(Offset, Length);
            if (Bytes is null)
                range.Clear();
            else
                Bytes.CopyTo(range);
        }
    }
}
