using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cli.Tests;

/// <summary>A store that takes so many changes and no more.</summary>
internal sealed class EndingObjects(IObjectBackend objects, int changesLeft) : IObjectBackend
{
    public BackendCapabilities Capabilities => objects.Capabilities;

    public void Read(in ObjectRead operation, BufferList destination, in Submission submission) =>
        objects.Read(operation, destination, submission);

    public void Write(in ObjectWrite operation, BufferList source, in Submission submission)
    {
        if (MayChange(submission))
            objects.Write(operation, source, submission);
    }

    public void Flush(in Submission submission) => objects.Flush(submission);

    public void Discard(in ObjectRange range, in Submission submission) => objects.Discard(range, submission);

    public void WriteZeroes(in ObjectRange range, in Submission submission) => objects.WriteZeroes(range, submission);

    public void Truncate(in ObjectTarget target, long size, in Submission submission) =>
        objects.Truncate(target, size, submission);

    public void Remove(in ObjectTarget target, in Submission submission)
    {
        if (MayChange(submission))
            objects.Remove(target, submission);
    }

    public void Stat(in ObjectTarget target, in Submission submission) => objects.Stat(target, submission);

    public void List(string prefix, ICollection<string> names, in Submission submission) =>
        objects.List(prefix, names, submission);

    public bool MayCopyOnWrite(in ObjectRange range) => objects.MayCopyOnWrite(range);

    public void OverwriteExtent(in ObjectRange range, ulong oldJournalId, ulong newJournalId) =>
        objects.OverwriteExtent(range, oldJournalId, newJournalId);

    private bool MayChange(in Submission submission)
    {
        if (changesLeft-- > 0)
            return true;
        submission.Complete(IoResult.Fail(IoError.Io));
        return false;
    }
}
