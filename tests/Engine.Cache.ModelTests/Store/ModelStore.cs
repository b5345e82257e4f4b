// The store under the model's cache: a few small objects in arrays, operations that end when the run says so, on its thread.
//
// Content is what reads see; Durable is what a power cut would leave. A change is durable at once where the capabilities say so
// or it was FUA; otherwise it waits for a flush that was issued after its end. It checks what a cache owes every store: bytes
// that do not change while they are written, no two changes of the same bytes at once, no read beside a discard of its range,
// alignment and limits. It does what the manual backend of Engine.Testing does, and nothing that takes time.

using Engine.Cache.ModelTests.Content;
using Engine.Testing.Cache;

namespace Engine.Cache.ModelTests.Store;

internal sealed partial class ModelStore : IObjectBackend
{
    private readonly List<StoreOperation> _pending = [];
    private readonly Stack<StoreOperation> _free = new();
    private readonly int _objectBytes;

    public ModelStore(int objects, int objectBytes, BackendCapabilities capabilities)
    {
        _objectBytes = objectBytes;
        Capabilities = capabilities;
        Content = [.. Enumerable.Range(0, objects).Select(_ => new byte[objectBytes])];
        Durable = [.. Enumerable.Range(0, objects).Select(_ => new byte[objectBytes])];
    }

    public BackendCapabilities Capabilities { get; }

    /// <summary>What reads see.</summary>
    public byte[][] Content { get; }

    /// <summary>What would be there after a power cut.</summary>
    public byte[][] Durable { get; }

    public bool CompletesInside { get; set; }

    /// <summary>How an operation that ends inside its call ends.</summary>
    public Func<IoError> InsideError { get; set; } = static () => IoError.None;

    /// <summary>Reads answer with the bytes of the time of their issue instead of their end.</summary>
    public bool SamplesReadsAtIssue { get; set; }

    /// <summary>A failed flush, or FUA write, loses all that is not durable.</summary>
    public bool LosesVolatileOnFailedFlush { get; set; }

    /// <summary>Told when a failed flush has lost data, before the cache learns of the failure.</summary>
    public Action OnVolatileLost { get; set; } = static () => { };

    /// <summary>The object may be written.</summary>
    public Func<int, bool> MayWrite { get; set; } = static _ => true;

    /// <summary>Told of every operation that fails, before the cache learns of it.</summary>
    public Action<StoreOperation, IoError> OnFailed { get; set; } = static (_, _) => { };

    /// <summary>What the store does wrong, once.</summary>
    public Lie Lie { get; set; }

    public int PendingCount => _pending.Count;

    public int WritesInFlight { get; private set; }

    public int WritesInFlightPeak { get; private set; }

    public void ResetPeak() => WritesInFlightPeak = WritesInFlight;

    public StoreOperation PendingAt(int index) => _pending[index];

    /// <summary>Nothing was ever written.</summary>
    public void Clear()
    {
        Invariant.That(_pending.Count == 0, "nothing is in flight");
        foreach (byte[] bytes in Content.Concat(Durable))
            bytes.AsSpan().Clear();
        _volatile.Clear();
        _fuaFailure = default;
    }

    /// <summary>Bytes that a write in flight carries of a range, from its start on; none where it carries none.</summary>
    public IEnumerable<(ModelRange Range, byte[] Bytes)> InFlight(ModelRange range)
    {
        foreach (StoreOperation operation in _pending)
        {
            if (operation.Kind != PendingKind.Write)
                continue;
            ModelRange common = range.Common(new ModelRange(operation.Number, operation.Offset, operation.Length));
            if (common.Length > 0)
                yield return (common, operation.Bytes.AsSpan(common.Offset - operation.Offset, common.Length).ToArray());
        }
    }

    /// <summary>The store's owner cuts an object, for good.</summary>
    public void Cut(int number, int size)
    {
        Change cut = new(number, size, _objectBytes - size, null, Fua: true);
        cut.ApplyTo(Content);
        cut.ApplyTo(Durable);
        if (!Capabilities.CommitIsDurable)
            _volatile.Add(cut);
    }

    public void Read(in ObjectRead operation, BufferList destination, in Submission submission)
    {
        StoreOperation taken = Take(PendingKind.Read, operation.Target, operation.Offset, operation.Length, submission);
        taken.Data = destination;
        if (SamplesReadsAtIssue)
        {
            taken.HasAnswer = true;
            Content[taken.Number].AsSpan(taken.Offset, taken.Length).CopyTo(taken.Bytes);
        }

        CheckTransfer(taken, Capabilities.ReadAlignment);
        Accept(taken);
    }

    public void Write(in ObjectWrite operation, BufferList source, in Submission submission)
    {
        StoreOperation taken = Take(PendingKind.Write, operation.Target, operation.Offset, operation.Length, submission);
        taken.Data = source;
        taken.Fua = operation.Fua;
        source.CopyTo(0, taken.Bytes.AsSpan(0, taken.Length));
        CheckTransfer(taken, Capabilities.WriteAlignment);
        WritesInFlightPeak = Math.Max(WritesInFlightPeak, ++WritesInFlight);
        Accept(taken);
    }

    public void Flush(in Submission submission)
    {
        StoreOperation taken = Take(PendingKind.Flush, default, 0, 0, submission);
        taken.ChangesCovered = _volatile.Count;
        Accept(taken);
    }

    public void Discard(in ObjectRange range, in Submission submission) =>
        Accept(Take(PendingKind.Discard, range.Target, range.Offset, range.Length, submission));

    public void WriteZeroes(in ObjectRange range, in Submission submission) =>
        Accept(Take(PendingKind.WriteZeroes, range.Target, range.Offset, range.Length, submission));

    public void Truncate(in ObjectTarget target, long size, in Submission submission) =>
        submission.Complete(IoResult.Fail(IoError.NotSupported));

    public void Remove(in ObjectTarget target, in Submission submission) =>
        submission.Complete(IoResult.Fail(IoError.NotSupported));

    public void Stat(in ObjectTarget target, in Submission submission) =>
        submission.Complete(IoResult.Fail(IoError.NotSupported));

    public void List(string prefix, ICollection<string> names, in Submission submission) =>
        submission.Complete(IoResult.Fail(IoError.NotSupported));

    public bool MayCopyOnWrite(in ObjectRange range) => false;

    public void OverwriteExtent(in ObjectRange range, ulong oldJournalId, ulong newJournalId) =>
        Broken($"journal report {oldJournalId} to {newJournalId} without a journal");

    private StoreOperation Take(PendingKind kind, in ObjectTarget target, long offset, long length, in Submission submission)
    {
        if (!_free.TryPop(out StoreOperation? operation))
            operation = new StoreOperation(_objectBytes);
        operation.Kind = kind;
        operation.Number = (int)target.Number;
        operation.Offset = (int)offset;
        operation.Length = (int)length;
        operation.Submission = submission;
        operation.Data = null;
        operation.Fua = false;
        operation.HasAnswer = false;
        operation.IsDone = false;
        operation.ChangesCovered = 0;
        if (offset < 0 || offset + length > _objectBytes)
            Broken($"{operation} lies outside the object");
        return operation;
    }

    private void Accept(StoreOperation operation)
    {
        foreach (StoreOperation other in _pending)
        {
            if (operation.Overlaps(other) && Conflict(operation.Kind, other.Kind))
                Broken($"{operation} issued while {other} is in flight");
        }

        if (operation.Kind == PendingKind.Write && !MayWrite(operation.Number))
            Broken($"{operation} issued for a set that failed");
        _pending.Add(operation);
        if (_pending.Count > Capabilities.OperationsMax)
            Broken($"{_pending.Count} operations are in flight");
        if (CompletesInside)
            Complete(operation, InsideError());
    }

    /// <summary>Two changes of the same bytes conflict, and so does a read issued during a discard. A read beside a write is
    /// legal, and so is a discard during a read whose answer nobody wants any more.</summary>
    private static bool Conflict(PendingKind issued, PendingKind inFlight) =>
        (IsChange(issued) && IsChange(inFlight)) || (issued == PendingKind.Read && IsDiscard(inFlight));

    private static bool IsChange(PendingKind kind) => kind == PendingKind.Write || IsDiscard(kind);

    private static bool IsDiscard(PendingKind kind) => kind is PendingKind.Discard or PendingKind.WriteZeroes;

    private void CheckTransfer(StoreOperation operation, int alignment)
    {
        BufferList data = operation.Data!;
        bool isFit = data.Length == operation.Length
            && operation.Length > 0
            && operation.Length <= Capabilities.TransferBytesMax
            && ((operation.Offset | operation.Length) & (alignment - 1)) == 0
            && data.VectorCount <= Capabilities.SegmentsMax;
        if (!isFit)
            Broken($"{operation}: {data.Length} bytes in {data.VectorCount} segments");
        for (int i = 0; i < data.SegmentCount; i++)
        {
            if (((data[i].Offset | data[i].Length) & (alignment - 1)) != 0)
                Broken($"{operation}: memory not aligned to {alignment}");
        }
    }
}
