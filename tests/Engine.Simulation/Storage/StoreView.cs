using Engine.Buffers;
using Engine.Objects;

namespace Engine.Simulation;

/// <summary>A simulated store as a checker reads it: what readers see, at once, without faults. Nothing is written.</summary>
/// <param name="store">The store.</param>
/// <param name="isBlind">What is wrong with the first object that a bit was changed of is not seen.</param>
internal sealed class StoreView(SimObjectStore store, bool isBlind = false) : IObjectBackend
{
    private readonly SimObject? _unseen = isBlind ? store.Flipped.FirstOrDefault() : null;

    /// <summary>Names of the objects that were read.</summary>
    public HashSet<string> WasRead { get; } = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public BackendCapabilities Capabilities => store.Options.Capabilities;

    /// <inheritdoc/>
    public void Read(in ObjectRead operation, BufferList destination, in Submission submission)
    {
        if (store.ContentOf(operation.Target.Key) is not { } content)
        {
            submission.Complete(IoResult.Fail(IoError.NoEntry));
            return;
        }

        WasRead.Add(operation.Target.Key.Name);
        if (_unseen is { Written: { } written } && _unseen.Key == operation.Target.Key)
            content = written;
        int from = (int)Math.Min(operation.Offset, content.Length);
        int length = (int)Math.Min(operation.Length, content.Length - from);
        destination.CopyFrom(0, content.AsSpan(from, length));
        destination.NoteWritten();
        submission.Complete(IoResult.Ok(length));
    }

    /// <inheritdoc/>
    public void Stat(in ObjectTarget target, in Submission submission) => submission.Complete(
        store.ContentOf(target.Key) is { } content ? IoResult.Ok(content.Length) : IoResult.Fail(IoError.NoEntry));

    /// <inheritdoc/>
    public void List(string prefix, ICollection<string> names, in Submission submission)
    {
        List<string> found = store.Names(prefix);
        found.ForEach(names.Add);
        submission.Complete(IoResult.Ok(found.Count));
    }

    /// <inheritdoc/>
    public void Write(in ObjectWrite operation, BufferList source, in Submission submission) => Refuse(submission);

    /// <inheritdoc/>
    public void Flush(in Submission submission) => Refuse(submission);

    /// <inheritdoc/>
    public void Discard(in ObjectRange range, in Submission submission) => Refuse(submission);

    /// <inheritdoc/>
    public void WriteZeroes(in ObjectRange range, in Submission submission) => Refuse(submission);

    /// <inheritdoc/>
    public void Truncate(in ObjectTarget target, long size, in Submission submission) => Refuse(submission);

    /// <inheritdoc/>
    public void Remove(in ObjectTarget target, in Submission submission) => Refuse(submission);

    /// <inheritdoc/>
    public bool MayCopyOnWrite(in ObjectRange range) => false;

    /// <inheritdoc/>
    public void OverwriteExtent(in ObjectRange range, ulong oldJournalId, ulong newJournalId)
    {
        // No journal refers to this store.
    }

    private static void Refuse(in Submission submission) => submission.Complete(IoResult.Fail(IoError.ReadOnly));
}
