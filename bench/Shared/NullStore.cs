using Engine.Buffers;
using Engine.Objects;

namespace Engine.Bench;

/// <summary>A store that does everything at once and keeps nothing: what remains is the cost of the cache.</summary>
internal sealed class NullStore(long lengthBytes) : IObjectBackend
{
    public ImageDescription Image { get; } = new(default, "bench", lengthBytes, FileLayout.Simple(4 << 20));

    public BackendCapabilities Capabilities { get; } = new() { ReadAlignment = 512, WriteAlignment = 512 };

    public void Read(in ObjectRead operation, BufferList destination, in Submission submission) =>
        submission.Complete(IoResult.Ok(operation.Length));

    public void Write(in ObjectWrite operation, BufferList source, in Submission submission) =>
        submission.Complete(IoResult.Ok(operation.Length));

    public void Flush(in Submission submission) => submission.Complete(IoResult.Ok(0));

    public void Discard(in ObjectRange range, in Submission submission) => submission.Complete(IoResult.Ok(0));

    public void WriteZeroes(in ObjectRange range, in Submission submission) => submission.Complete(IoResult.Ok(0));

    public void Truncate(in ObjectTarget target, long size, in Submission submission) => submission.Complete(IoResult.Ok(0));

    public void Remove(in ObjectTarget target, in Submission submission) => submission.Complete(IoResult.Ok(0));

    public void Stat(in ObjectTarget target, in Submission submission) => submission.Complete(IoResult.Ok(0));

    public void List(string prefix, ICollection<string> names, in Submission submission) => submission.Complete(IoResult.Ok(0));

    public bool MayCopyOnWrite(in ObjectRange range) => false;

    public void OverwriteExtent(in ObjectRange range, ulong oldJournalId, ulong newJournalId)
    {
        // There is no journal to tell.
    }
}
