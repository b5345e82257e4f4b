// Named objects in memory: for tests, examples and volumes that may be lost.
//
// Ownership: pages are unmanaged and belong to their object until it is removed or the store is disposed. All state belongs to
// _gate; sinks run outside it.
// Invariants: a submission takes effect inside its call and completes exactly once, inside the call or by the scheduler, in the
// order of submission; _pagesUsed is the sum of the objects' pages.
using System.IO.Pipelines;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Stores;

/// <summary>An object backend in memory. Objects are found by their key; unknown ones give ENOENT, and a read past an object's
/// end is short. Snapshots are refused with EOPNOTSUPP; truncation state and modification times are not kept.</summary>
public sealed class MemoryStore : IObjectBackend, IDisposable
{
    private static readonly Action<object?> s_deliver = static state => ((MemoryStore)state!).Deliver();

    private static readonly IoError s_tooBig = new(27);

    private readonly Lock _gate = new();
    private readonly Dictionary<ObjectKey, MemoryObject> _objects = [];
    private readonly MemoryStoreOptions _options;
    private readonly PipeScheduler? _scheduler;
    private readonly Queue<(Submission Submission, IoResult Result)> _completions = new();
    private readonly long _pagesMax;
    private readonly long _alignmentMask;
    private long _pagesUsed;
    private bool _isDelivering;
    private bool _disposed;

    /// <summary>An empty store.</summary>
    public MemoryStore(MemoryStoreOptions? options = null)
    {
        _options = options ?? new MemoryStoreOptions();
        BackendCapabilities capabilities = _options.Capabilities;
        Invariant.That(int.IsPow2(capabilities.ReadAlignment) && int.IsPow2(capabilities.WriteAlignment));
        _scheduler = _options.Scheduler;
        _pagesMax = _options.BytesMax / MemoryObject.PageBytes;
        _alignmentMask = capabilities.WriteAlignment - 1;
    }

    /// <inheritdoc/>
    public BackendCapabilities Capabilities => _options.Capabilities;

    /// <summary>Bytes of memory that content takes.</summary>
    public long BytesUsed
    {
        get
        {
            lock (_gate)
                return _pagesUsed * MemoryObject.PageBytes;
        }
    }

    /// <inheritdoc/>
    public void Read(in ObjectRead operation, BufferList destination, in Submission submission)
    {
        Invariant.That(destination.Length == operation.Length);
        IoResult result;
        lock (_gate)
            result = ReadLocked(operation, destination);
        Complete(submission, result);
    }

    /// <inheritdoc/>
    public void Write(in ObjectWrite operation, BufferList source, in Submission submission)
    {
        Invariant.That(source.Length == operation.Length);
        IoResult result;
        lock (_gate)
            result = WriteLocked(operation, source);
        Complete(submission, result);
    }

    /// <summary>Nothing to do: memory is all there is.</summary>
    public void Flush(in Submission submission)
    {
        IoResult result;
        lock (_gate)
            result = IoResult.Fail(_disposed ? IoError.Shutdown : IoError.None);
        Complete(submission, result);
    }

    /// <summary>Zeroes the range, which the object keeps; an object that is not there stays so.</summary>
    public void Discard(in ObjectRange range, in Submission submission) => Zero(range, submission);

    /// <summary>Zeroes the part of the range that the object has; an object that is not there stays so, and reads as
    /// zeros.</summary>
    public void WriteZeroes(in ObjectRange range, in Submission submission) => Zero(range, submission);

    /// <summary>Cuts or extends the object; ENOENT when there is none.</summary>
    public void Truncate(in ObjectTarget target, long size, in Submission submission)
    {
        IoResult result;
        lock (_gate)
        {
            IoError error = _disposed ? IoError.Shutdown
                : !Capabilities.HasPartialWrites ? IoError.NotSupported
                : size < 0 ? IoError.Invalid
                : size > _options.ObjectBytesMax ? s_tooBig
                : IoError.None;
            if (error.IsNone && !_objects.ContainsKey(target.Key))
                error = IoError.NoEntry;
            if (error.IsNone)
                _pagesUsed -= _objects[target.Key].Truncate(size);
            result = IoResult.Fail(error);
        }

        Complete(submission, result);
    }

    /// <inheritdoc/>
    public void Remove(in ObjectTarget target, in Submission submission)
    {
        IoError error = IoError.None;
        lock (_gate)
        {
            if (_disposed)
                error = IoError.Shutdown;
            else if (!_objects.Remove(target.Key, out MemoryObject? found))
                error = IoError.NoEntry;
            else
                ReleaseLocked(found);
        }

        Complete(submission, IoResult.Fail(error));
    }

    /// <inheritdoc/>
    public void Stat(in ObjectTarget target, in Submission submission)
    {
        IoResult result;
        lock (_gate)
        {
            result = _disposed ? IoResult.Fail(IoError.Shutdown)
                : _objects.TryGetValue(target.Key, out MemoryObject? found) ? IoResult.Ok(found.Size)
                : IoResult.Fail(IoError.NoEntry);
        }

        Complete(submission, result);
    }

    /// <inheritdoc/>
    public void List(string prefix, ICollection<string> names, in Submission submission)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentNullException.ThrowIfNull(names);
        var found = new List<string>();
        lock (_gate)
        {
            foreach (ObjectKey key in _objects.Keys)
            {
                if (key.Name.StartsWith(prefix, StringComparison.Ordinal))
                    found.Add(key.Name);
            }
        }

        found.Sort(StringComparer.Ordinal);
        found.ForEach(names.Add);
        Complete(submission, IoResult.Ok(found.Count));
    }

    /// <summary>Never: there are no clones.</summary>
    public bool MayCopyOnWrite(in ObjectRange range) => false;

    /// <inheritdoc/>
    public void OverwriteExtent(in ObjectRange range, ulong oldJournalId, ulong newJournalId)
    {
        // No journal refers to this store, so there is nothing to note.
    }

    /// <summary>Frees all content; later operations end with ESHUTDOWN.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (MemoryObject content in _objects.Values)
                ReleaseLocked(content);
            _objects.Clear();
            Invariant.That(_pagesUsed == 0);
        }
    }

    private static bool IsHead(ObjectKey key) => key.Snapshot == ObjectKey.NoSnapshot;

    private IoResult ReadLocked(in ObjectRead operation, BufferList destination)
    {
        long mask = Capabilities.ReadAlignment - 1;
        if (_disposed)
            return IoResult.Fail(IoError.Shutdown);
        if (operation.Offset < 0 || ((operation.Offset | (long)(uint)operation.Length) & mask) != 0)
            return IoResult.Fail(IoError.Invalid);
        if (!IsHead(operation.Target.Key))
            return IoResult.Fail(IoError.NotSupported);
        if (!_objects.TryGetValue(operation.Target.Key, out MemoryObject? found))
            return IoResult.Fail(IoError.NoEntry);
        int length = (int)Math.Clamp(found.Size - operation.Offset, 0, operation.Length);
        int done = 0;
        foreach (Span<byte> segment in destination)
        {
            Span<byte> part = segment[..Math.Min(segment.Length, length - done)];
            found.Read(operation.Offset + done, part);
            done += part.Length;
        }

        destination.NoteWritten();
        return IoResult.Ok(length);
    }

    private IoResult WriteLocked(in ObjectWrite operation, BufferList source)
    {
        if (_disposed)
            return IoResult.Fail(IoError.Shutdown);
        if (operation.Offset < 0 || ((operation.Offset | (long)(uint)operation.Length) & _alignmentMask) != 0)
            return IoResult.Fail(IoError.Invalid);
        if (!IsHead(operation.Target.Key) || operation.Snapshots is { Snapshots.Count: > 0 })
            return IoResult.Fail(IoError.NotSupported);
        if (operation.Offset > _options.ObjectBytesMax - operation.Length)
            return IoResult.Fail(s_tooBig);
        if (operation.Replaces)
            return ReplaceLocked(operation, source);
        if (!Capabilities.HasPartialWrites)
            return IoResult.Fail(IoError.NotSupported);
        if (operation.Length == 0)
            return IoResult.Ok(0);
        bool exists = _objects.TryGetValue(operation.Target.Key, out MemoryObject? content);
        content ??= new MemoryObject();
        int missing = content.PagesMissing(operation.Offset, operation.Length);
        if (_pagesUsed + missing > _pagesMax)
            return IoResult.Fail(IoError.NoSpace);
        if (!exists)
            _objects.Add(operation.Target.Key, content);
        _pagesUsed += missing;
        Fill(content, operation.Offset, source);
        return IoResult.Ok(operation.Length);
    }

    /// <summary>The new content is made beside the old one, so that a full store keeps the old one.</summary>
    private IoResult ReplaceLocked(in ObjectWrite operation, BufferList source)
    {
        if (!Capabilities.HasReplace)
            return IoResult.Fail(IoError.NotSupported);
        if (operation.Offset != 0)
            return IoResult.Fail(IoError.Invalid);
        bool exists = _objects.TryGetValue(operation.Target.Key, out MemoryObject? old);
        var content = new MemoryObject();
        int pages = operation.Length == 0 ? 0 : content.PagesMissing(0, operation.Length);
        if (_pagesUsed + pages - (old?.PageCount ?? 0) > _pagesMax)
            return IoResult.Fail(IoError.NoSpace);
        if (exists)
            ReleaseLocked(old!);
        Fill(content, 0, source);
        _pagesUsed += pages;
        _objects[operation.Target.Key] = content;
        return IoResult.Ok(operation.Length);
    }

    private static void Fill(MemoryObject content, long offset, BufferList source)
    {
        foreach (Span<byte> segment in source)
        {
            content.Write(offset, segment);
            offset += segment.Length;
        }
    }

    private void Zero(in ObjectRange range, in Submission submission)
    {
        IoError error = IoError.None;
        lock (_gate)
        {
            if (_disposed)
                error = IoError.Shutdown;
            else if (!Capabilities.HasPartialWrites)
                error = IoError.NotSupported;
            else if (range.Offset < 0 || range.Length < 0 || range.Offset > long.MaxValue - range.Length)
                error = IoError.Invalid;
            else if (_objects.TryGetValue(range.Target.Key, out MemoryObject? found))
                _pagesUsed -= found.Zero(range.Offset, range.Length);
        }

        Complete(submission, new IoResult(error, error.IsNone ? range.Length : 0));
    }

    private void ReleaseLocked(MemoryObject content)
    {
        _pagesUsed -= content.PageCount;
        content.Dispose();
    }

    private void Complete(in Submission submission, IoResult result)
    {
        if (_scheduler is null)
        {
            submission.Complete(result);
            return;
        }

        bool schedule;
        lock (_gate)
        {
            _completions.Enqueue((submission, result));
            schedule = !_isDelivering;
            _isDelivering = true;
        }

        if (schedule)
            _scheduler.Schedule(s_deliver, this);
    }

    /// <summary>Runs on the scheduler, one at a time, until no completion is left.</summary>
    private void Deliver()
    {
        while (true)
        {
            (Submission Submission, IoResult Result) next;
            lock (_gate)
            {
                if (!_completions.TryDequeue(out next))
                {
                    _isDelivering = false;
                    return;
                }
            }

            next.Submission.Complete(next.Result);
        }
    }
}
