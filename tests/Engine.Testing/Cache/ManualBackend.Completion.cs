// How the manual backend ends operations: on command, with data, errors or short, checking that bytes in flight did not change.
using Engine.Buffers;

namespace Engine.Testing.Cache;

public sealed partial class ManualBackend
{
    /// <summary>Fills memory that a read leaves undefined, so that a cache that trusts it is caught.</summary>
    private const byte Junk = 0xDB;

    /// <summary>Completed changes that are not durable yet, oldest first.</summary>
    private readonly List<Change> _volatile = [];

    /// <summary>Of the last FUA write that failed; the next flush fails with it.</summary>
    private IoError _fuaFailure;

    /// <summary>Ends an operation well: a read answers the store's bytes, a change is applied.</summary>
    public void Complete(PendingOperation operation) => Complete(operation, IoError.None);

    /// <summary>Ends an operation with an error, or well when it is none.</summary>
    public void Complete(PendingOperation operation, IoError error)
    {
        IoResult result;
        lock (_lock)
        {
            CheckUnchangedLocked(operation);
            result = error.Failed ? FailLocked(operation, error) : operation.Done ?? ApplyLocked(operation);
        }

        Finish(operation, result);
    }

    /// <summary>Does a change or a flush now, well or with an error; <see cref="Complete(PendingOperation)"/> only reports it. A
    /// device may be that late: what it has done can be covered by a flush, or lost with one that fails, before anybody hears of
    /// it.</summary>
    public void Perform(PendingOperation operation, IoError error = default)
    {
        Invariant.That(operation.Kind != PendingKind.Read && operation.Done is null, "a change or a flush is done once");
        lock (_lock)
        {
            CheckUnchangedLocked(operation);
            operation.Done = error.Failed ? FailLocked(operation, error) : ApplyLocked(operation);
        }
    }

    /// <summary>Ends a read after <paramref name="bytes"/> bytes; the rest of its memory holds junk.</summary>
    public void CompleteShort(PendingOperation operation, int bytes)
    {
        Invariant.That(operation.Kind == PendingKind.Read && bytes <= operation.Length);
        JunkFill(operation);
        operation.Scatter(AnswerOf(operation).AsSpan(0, bytes));
        Finish(operation, IoResult.Ok(bytes));
    }

    /// <summary>Ends a read with bytes that are not the store's.</summary>
    public void CompleteWith(PendingOperation operation, ReadOnlySpan<byte> bytes)
    {
        Invariant.That(operation.Kind == PendingKind.Read && bytes.Length == operation.Length);
        operation.Scatter(bytes);
        Finish(operation, IoResult.Ok(bytes.Length));
    }

    /// <summary>Ends a read with one byte value throughout.</summary>
    public void CompleteWith(PendingOperation operation, byte value)
    {
        byte[] bytes = new byte[operation.Length];
        bytes.AsSpan().Fill(value);
        CompleteWith(operation, bytes);
    }

    /// <summary>Ends what is pending well, and what that makes the cache issue, until nothing is left.</summary>
    public void CompleteAll()
    {
        for (int i = 0; PendingCount > 0; i++)
        {
            Invariant.That(i < 10_000_000, "the cache issues operations for ever");
            Complete(PendingAt(0));
        }
    }

    private void Accept(PendingOperation operation)
    {
        lock (_lock)
        {
            CheckOverlapLocked(operation);
            _pending.Add(operation);
            Check(_pending.Count <= Capabilities.OperationsMax, operation, $"{_pending.Count} operations are in flight");
            _untaken.Add(operation);
            if (KeepsHistory)
                _history.Add(operation);
            else
                _untaken.Clear();
            if (operation.Kind == PendingKind.Read)
                ReadBytesIssued += operation.Length;
            WritesInFlightPeak = Math.Max(WritesInFlightPeak, _pending.Count(other => other.Kind == PendingKind.Write));
        }

        if (CompletesInside)
            Complete(operation, InsideError?.Invoke(operation) ?? IoError.None);
    }

    private void Finish(PendingOperation operation, IoResult result)
    {
        lock (_lock)
            Invariant.That(_pending.Remove(operation), "only a pending operation can be completed");
        operation.Finish(result);
        operation.Report();
    }

    private IoResult ApplyLocked(PendingOperation operation)
    {
        switch (operation.Kind)
        {
            case PendingKind.Read:
                operation.Scatter(AnswerOf(operation));
                return IoResult.Ok(operation.Length);
            case PendingKind.Write:
                ChangeLocked(operation, operation.Bytes);
                return IoResult.Ok(operation.Length);
            case PendingKind.Discard or PendingKind.WriteZeroes:
                ChangeLocked(operation, null);
                return IoResult.Ok(operation.Length);
            case PendingKind.Flush:
                for (int i = 0; i < operation.ChangesCovered; i++)
                    _volatile[i].ApplyTo(Durable);
                ForgetVolatileLocked(operation.ChangesCovered);
                foreach (Change later in _volatile)
                {
                    if (later.Fua)
                        later.ApplyTo(Durable);
                }

                (IoError failure, _fuaFailure) = (_fuaFailure, IoError.None);
                return IoResult.Fail(failure);
            default:
                return IoResult.Fail(IoError.NotSupported);
        }
    }

    private IoResult FailLocked(PendingOperation operation, IoError error)
    {
        if (operation.Kind == PendingKind.Read)
            JunkFill(operation);
        bool isFua = operation.Kind == PendingKind.Write && operation.Fua;
        if (isFua || operation.Kind == PendingKind.Flush)
            _fuaFailure = isFua ? error : IoError.None;
        if ((isFua || operation.Kind == PendingKind.Flush) && LosesVolatileOnFailedFlush)
        {
            ForgetVolatileLocked(_volatile.Count);
            Store.CopyFrom(Durable);
            OnVolatileLost?.Invoke();
        }

        return IoResult.Fail(error);
    }

    private void ChangeLocked(PendingOperation operation, byte[]? bytes)
    {
        Change change = new(operation.ObjectNumber, operation.Offset, operation.Length, bytes, operation.Fua);
        change.ApplyTo(Store);
        if (operation.Fua || Capabilities.CommitIsDurable)
            change.ApplyTo(Durable);
        if (!Capabilities.CommitIsDurable)
            _volatile.Add(change);
    }

    /// <summary>Drops the oldest changes and moves the marks of other flushes in flight.</summary>
    private void ForgetVolatileLocked(int count)
    {
        _volatile.RemoveRange(0, count);
        foreach (PendingOperation other in _pending)
        {
            if (other.Kind == PendingKind.Flush)
                other.ChangesCovered = Math.Max(0, other.ChangesCovered - count);
        }
    }

    /// <summary>The bytes that a read would bring now.</summary>
    public byte[] AnswerOf(PendingOperation read) =>
        read.Answer ?? Store.Read(read.ObjectNumber, read.Offset, (int)read.Length);

    private static void JunkFill(PendingOperation operation)
    {
        byte[] junk = new byte[operation.Length];
        junk.AsSpan().Fill(Junk);
        operation.Scatter(junk);
    }

    private void CheckUnchangedLocked(PendingOperation operation)
    {
        if (operation.Kind == PendingKind.Write && !operation.Gather().AsSpan().SequenceEqual(operation.Bytes))
            _violations.Add($"{operation}: bytes changed while in flight");
    }

    private void CheckOverlapLocked(PendingOperation operation)
    {
        foreach (PendingOperation other in _pending)
        {
            if (Conflict(operation.Kind, other.Kind) && operation.Overlaps(other))
                _violations.Add($"{operation} issued while {other} is in flight");
        }
    }

    /// <summary>Two changes of the same bytes conflict, and so does a read issued during a discard. A read beside a write is
    /// legal, and so is a discard during a read whose answer nobody wants any more.</summary>
    private static bool Conflict(PendingKind issued, PendingKind inFlight) =>
        (IsChange(issued) && IsChange(inFlight)) || (issued == PendingKind.Read && IsDiscard(inFlight));

    private static bool IsChange(PendingKind kind) => kind == PendingKind.Write || IsDiscard(kind);

    private static bool IsDiscard(PendingKind kind) => kind is PendingKind.Discard or PendingKind.WriteZeroes;

    private void CheckTransfer(PendingOperation operation, int alignment)
    {
        Check(operation.Length > 0, operation, "no bytes");
        Check(operation.Length <= Capabilities.TransferBytesMax, operation, "longer than a transfer may be");
        Check(operation.Vectors.Count <= Capabilities.SegmentsMax, operation, $"{operation.Vectors.Count} segments");
        Check(operation.Offset % alignment == 0 && operation.Length % alignment == 0, operation, $"not aligned to {alignment}");
        foreach (IoVector vector in operation.Vectors)
        {
            bool isAligned = vector.Address % alignment == 0 && vector.Length % (nuint)alignment == 0;
            Check(isAligned, operation, $"memory not aligned to {alignment}");
            Check(_pool is null || _pool.Contains(vector.Address, vector.Length), operation, "memory outside the pool's slabs");
        }
    }

    private void Check(bool condition, PendingOperation operation, string what)
    {
        if (!condition)
            Violate($"{operation}: {what}");
    }

    private void Violate(string what)
    {
        lock (_lock)
            _violations.Add(what);
    }

    private readonly record struct Change(long ObjectNumber, long Offset, long Length, byte[]? Bytes, bool Fua)
    {
        public void ApplyTo(ByteModel model)
        {
            if (Bytes is null)
                model.Fill(ObjectNumber, Offset, Length, 0);
            else
                model.Write(ObjectNumber, Offset, Bytes);
        }
    }
}
