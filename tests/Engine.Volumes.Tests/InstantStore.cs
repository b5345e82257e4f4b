using Engine.Buffers;
using Engine.Objects;

namespace Engine.Volumes.Tests;

/// <summary>A store without content that allocates nothing: it completes inside the call, or, while <see cref="Holds"/>, when
/// the test says so. For counts, sizes and allocation gates.</summary>
internal sealed class InstantStore : IObjectBackend
{
    private readonly Queue<(Submission Submission, long Bytes)> _held = new(1024);

    public InstantStore(int alignment, int operationsMax = int.MaxValue)
    {
        Capabilities = TestImages.Capabilities(alignment, 1 << 20) with { SegmentsMax = 1024, OperationsMax = operationsMax };
    }

    public BackendCapabilities Capabilities { get; }

    /// <summary>Operations wait for <see cref="CompleteHeld"/>.</summary>
    public bool Holds { get; set; }

    public int Reads { get; private set; }

    public int Writes { get; private set; }

    public int Flushes { get; private set; }

    public int Discards { get; private set; }

    public long DiscardBytes { get; private set; }

    public long ZeroBytes { get; private set; }

    public int HeldCount => _held.Count;

    /// <summary>Runs in each flush before it ends.</summary>
    public Action? OnFlush { get; init; }

    /// <summary>The last read or write was allowed to use the caller's thread.</summary>
    public bool CallerWaited { get; private set; }

    public void CompleteHeld()
    {
        while (_held.TryDequeue(out (Submission Submission, long Bytes) item))
            item.Submission.Complete(IoResult.Ok(item.Bytes));
    }

    public void Read(in ObjectRead operation, BufferList destination, in Submission submission)
    {
        Reads++;
        CallerWaited = operation.CallerWaits;
        End(submission, operation.Length);
    }

    public void Write(in ObjectWrite operation, BufferList source, in Submission submission)
    {
        Writes++;
        CallerWaited = operation.CallerWaits;
        End(submission, operation.Length);
    }

    public void Flush(in Submission submission)
    {
        Flushes++;
        OnFlush?.Invoke();
        End(submission, 0);
    }

    public void Discard(in ObjectRange range, in Submission submission)
    {
        Discards++;
        DiscardBytes += range.Length;
        End(submission, range.Length);
    }

    public void WriteZeroes(in ObjectRange range, in Submission submission)
    {
        ZeroBytes += range.Length;
        End(submission, range.Length);
    }

    public void Truncate(in ObjectTarget target, long size, in Submission submission) => Refuse(submission);

    public void Remove(in ObjectTarget target, in Submission submission) => Refuse(submission);

    public void Stat(in ObjectTarget target, in Submission submission) => Refuse(submission);

    public void List(string prefix, ICollection<string> names, in Submission submission) => Refuse(submission);

    public bool MayCopyOnWrite(in ObjectRange range) => false;

    public void OverwriteExtent(in ObjectRange range, ulong oldJournalId, ulong newJournalId)
    {
    }

    private static void Refuse(in Submission submission) => submission.Complete(IoResult.Fail(IoError.NotSupported));

    private void End(in Submission submission, long bytes)
    {
        if (Holds)
            _held.Enqueue((submission, bytes));
        else
            submission.Complete(IoResult.Ok(bytes));
    }
}
