// A store in memory whose operations end on threads of its own, in any order: for tests with real concurrency.
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Testing.Cache;

/// <summary>
/// A store in memory whose own threads complete operations in a random order: what a cache meets under load. Content is guarded
/// by one lock; a fraction of the writes and flushes may fail.
/// </summary>
public sealed class ThreadedBackend : IObjectBackend, IDisposable
{
    private readonly object _gate = new();
    private readonly List<Work> _queue = [];
    private readonly Thread[] _threads;
    private readonly Random _random;
    private readonly double _errorShare;
    private bool _closed;

    public ThreadedBackend(BackendCapabilities capabilities, int seed, int threads = 2, double errorShare = 0)
    {
        Capabilities = capabilities;
        _random = new Random(seed);
        _errorShare = errorShare;
        _threads = new Thread[threads];
        for (int i = 0; i < threads; i++)
        {
            _threads[i] = new Thread(Run) { IsBackground = true, Name = "threaded backend" };
            _threads[i].Start();
        }
    }

    public BackendCapabilities Capabilities { get; }

    /// <summary>Content; read it when no operation is in flight.</summary>
    public ByteModel Store { get; } = new();

    /// <summary>Stops failing operations, so that a last flush can succeed.</summary>
    public bool Reliable { get; set; }

    public void Read(in ObjectRead operation, BufferList destination, in Submission submission) =>
        Enqueue(new Work(PendingKind.Read, operation.Target.Number, operation.Offset, operation.Length, destination, submission));

    public void Write(in ObjectWrite operation, BufferList source, in Submission submission) =>
        Enqueue(new Work(PendingKind.Write, operation.Target.Number, operation.Offset, operation.Length, source, submission));

    public void Flush(in Submission submission) => Enqueue(new Work(PendingKind.Flush, 0, 0, 0, null, submission));

    public void Discard(in ObjectRange range, in Submission submission) =>
        Enqueue(new Work(PendingKind.Discard, range.Target.Number, range.Offset, range.Length, null, submission));

    public void WriteZeroes(in ObjectRange range, in Submission submission) =>
        Enqueue(new Work(PendingKind.WriteZeroes, range.Target.Number, range.Offset, range.Length, null, submission));

    public void Truncate(in ObjectTarget target, long size, in Submission submission) =>
        submission.Complete(IoResult.Fail(IoError.NotSupported));

    public void Remove(in ObjectTarget target, in Submission submission) =>
        submission.Complete(IoResult.Fail(IoError.NotSupported));

    public void Stat(in ObjectTarget target, in Submission submission) =>
        submission.Complete(IoResult.Fail(IoError.NotSupported));

    public void List(string prefix, ICollection<string> names, in Submission submission) =>
        submission.Complete(IoResult.Fail(IoError.NotSupported));

    public bool MayCopyOnWrite(in ObjectRange range) => false;

    public void OverwriteExtent(in ObjectRange range, ulong oldJournalId, ulong newJournalId)
    {
    }

    /// <summary>Ends the threads once the queue is empty.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }

        foreach (Thread thread in _threads)
            thread.Join();
    }

    private void Enqueue(in Work work)
    {
        lock (_gate)
        {
            Invariant.That(!_closed);
            _queue.Add(work);
            Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        while (TryTake(out Work work, out bool fails))
            work.Submission.Complete(fails ? IoResult.Fail(IoError.Io) : Do(work));
    }

    private bool TryTake(out Work work, out bool fails)
    {
        lock (_gate)
        {
            while (_queue.Count == 0)
            {
                work = default;
                fails = false;
                if (_closed)
                    return false;
                Monitor.Wait(_gate);
            }

            int index = _random.Next(_queue.Count);
            work = _queue[index];
            _queue[index] = _queue[^1];
            _queue.RemoveAt(_queue.Count - 1);
            fails = !Reliable && work.Kind is (PendingKind.Write or PendingKind.Flush) && _random.NextDouble() < _errorShare;
            return true;
        }
    }

    private IoResult Do(in Work work)
    {
        byte[] bytes = work.Kind is PendingKind.Read or PendingKind.Write ? new byte[work.Length] : [];
        if (work.Kind == PendingKind.Write)
            work.Data!.CopyTo(0, bytes);
        lock (Store)
        {
            switch (work.Kind)
            {
                case PendingKind.Read:
                    Store.Read(work.ObjectNumber, work.Offset, bytes);
                    break;
                case PendingKind.Write:
                    Store.Write(work.ObjectNumber, work.Offset, bytes);
                    break;
                case PendingKind.Discard or PendingKind.WriteZeroes:
                    Store.Fill(work.ObjectNumber, work.Offset, work.Length, 0);
                    break;
                default:
                    break;
            }
        }

        if (work.Kind == PendingKind.Read)
            work.Data!.CopyFrom(0, bytes);
        return IoResult.Ok(work.Length);
    }

    private readonly record struct Work(
        PendingKind Kind, long ObjectNumber, long Offset, long Length, BufferList? Data, Submission Submission);
}
