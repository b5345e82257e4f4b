using Engine.Buffers;
using Engine.Objects;
using Engine.Stores;

namespace Engine.Metadata.Tests;

/// <summary>A store in memory that knows what it held at any moment of a recording.</summary>
internal sealed class RecordedObjects(MemoryStore store, Func<int> now) : IObjectBackend
{
    private readonly List<(int Event, ObjectTarget Target, byte[]? Bytes)> _changes = [];

    public BackendCapabilities Capabilities => store.Capabilities;

    /// <summary>Changes so far.</summary>
    public int Count => _changes.Count;

    /// <summary>Changes in the first so many events.</summary>
    public int CountAt(int eventCount)
    {
        int count = 0;
        while (count < _changes.Count && _changes[count].Event <= eventCount)
            count++;
        return count;
    }

    /// <summary>Fills a store with what was there after so many events.</summary>
    public void Restore(int eventCount, MemoryStore into, BufferPool pool)
    {
        Dictionary<ObjectTarget, byte[]?> last = [];
        foreach ((int at, ObjectTarget target, byte[]? bytes) in _changes)
        {
            if (at <= eventCount)
                last[target] = bytes;
        }

        foreach ((ObjectTarget target, byte[]? bytes) in last)
        {
            if (bytes is null)
                continue;
            using BufferList list = BufferList.Rent(pool);
            Assert.True(list.TryAppendCopy(bytes));
            into.Write(new ObjectWrite(target, 0, bytes.Length) { Replaces = true }, list, new Submission(new Nobody(), 0));
        }
    }

    public void Read(in ObjectRead operation, BufferList destination, in Submission submission) =>
        store.Read(operation, destination, submission);

    public void Write(in ObjectWrite operation, BufferList source, in Submission submission)
    {
        byte[] bytes = new byte[source.Length];
        source.CopyTo(0, bytes);
        _changes.Add((now(), operation.Target, bytes));
        store.Write(operation, source, submission);
    }

    public void Flush(in Submission submission) => store.Flush(submission);

    public void Discard(in ObjectRange range, in Submission submission) => store.Discard(range, submission);

    public void WriteZeroes(in ObjectRange range, in Submission submission) => store.WriteZeroes(range, submission);

    public void Truncate(in ObjectTarget target, long size, in Submission submission) =>
        store.Truncate(target, size, submission);

    public void Remove(in ObjectTarget target, in Submission submission)
    {
        _changes.Add((now(), target, null));
        store.Remove(target, submission);
    }

    public void Stat(in ObjectTarget target, in Submission submission) => store.Stat(target, submission);

    public void List(string prefix, ICollection<string> names, in Submission submission) =>
        store.List(prefix, names, submission);

    public bool MayCopyOnWrite(in ObjectRange range) => store.MayCopyOnWrite(range);

    public void OverwriteExtent(in ObjectRange range, ulong oldJournalId, ulong newJournalId) =>
        store.OverwriteExtent(range, oldJournalId, newJournalId);

    private sealed class Nobody : ICompletionSink
    {
        public void Complete(ulong token, IoResult result) => Assert.Equal(IoError.None, result.Error);
    }
}
