// What the helper threads do, one operation at a time each: take it from the queue, do its system calls, complete it.
//
// Invariants: what entered the queue completes, also after Stop; _queue.Count + _busy is what is under way.
using System.Buffers;
using System.Globalization;
using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;

namespace Engine.Stores;

/// <content>The queue, and what the helper threads do.</content>
public sealed partial class FileStore
{
    private readonly object _gate = new();
    private readonly Queue<Work> _queue = new();
    private readonly Thread[] _threads;
    private int _busy;
    private bool _stopping;
    private long _asideCount;

    private IoError Shutdown
    {
        get
        {
            lock (_gate)
                return _stopping ? IoError.Shutdown : IoError.None;
        }
    }

    private void Start(IoError error, Work work)
    {
        if (error.IsNone && work.Key is { } key)
        {
            work = work with { Name = FileName.Of(key) };
            error = key.Snapshot != ObjectKey.NoSnapshot ? IoError.NotSupported
                : work.Name is null ? s_nameTooLong : IoError.None;
        }

        lock (_gate)
        {
            if (_stopping)
                error = IoError.Shutdown;
            else if (error.IsNone && _queue.Count + _busy >= _options.OperationsMax)
                error = IoError.Again;
            if (error.IsNone)
            {
                work.Buffers?.MarkInFlight();
                _queue.Enqueue(work);
                Monitor.Pulse(_gate);
                return;
            }
        }

        work.Submission.Complete(IoResult.Fail(error));
    }

    /// <summary>Ends the helpers once the queue is empty; false when that was done before.</summary>
    private bool Stop()
    {
        lock (_gate)
        {
            if (_stopping)
                return false;
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        foreach (Thread thread in _threads)
            thread.Join();
        return true;
    }

    private void Run()
    {
        while (true)
        {
            Work work;
            lock (_gate)
            {
                while (_queue.Count == 0)
                {
                    if (_stopping)
                        return;
                    Monitor.Wait(_gate);
                }

                work = _queue.Dequeue();
                _busy++;
            }

            IoResult result = Do(work);
            work.Buffers?.ClearInFlight();
            lock (_gate)
                _busy--;
            work.Submission.Complete(result);
        }
    }

    private IoResult Do(in Work work) => work.Kind switch
    {
        WorkKind.Read => ReadFile(work),
        WorkKind.Write => WriteFile(work),
        WorkKind.Remove => RemoveFile(work),
        WorkKind.Stat => StatFile(work),
        WorkKind.Flush => IoResult.Fail(_sync.Run()),
        _ => ListFiles(work),
    };

    private IoResult ReadFile(in Work work)
    {
        IoError error = StorageFile.Open(PathOf(work.Name!), write: false, out StorageFile? file);
        if (error.Failed)
            return IoResult.Fail(error);
        using (file)
            return Transfer(file!, work.Buffers!, writeTo: null, work.Offset);
    }

    private IoResult WriteFile(in Work work)
    {
        long number = Interlocked.Increment(ref _asideCount);
        string aside = string.Create(CultureInfo.InvariantCulture, $"{_aside}/{_head.AsidePrefix}{number}-{_head.Incarnation}");
        IoError error = _calls.Create(aside, out StorageFile? file);
        if (error.Failed)
            return IoResult.Fail(error);
        IoResult result;
        using (file)
        {
            result = Transfer(file!, work.Buffers!, aside);
            if (!result.Failed)
                error = _calls.Sync(aside, file!);
        }

        error = result.Failed ? result.Error : error;
        if (error.IsNone)
            error = _head.Change(_calls, aside, PathOf(work.Name!));
        // What is left aside is harmless, and the next open removes it.
        if (error.Failed)
            _ = _calls.Remove(aside);
        else
            error = _sync.Run();
        return error.Failed ? IoResult.Fail(error) : result;
    }

    private IoResult RemoveFile(in Work work)
    {
        IoError error = _head.Change(_calls, null, PathOf(work.Name!));
        return IoResult.Fail(error.IsNone ? _sync.Run() : error);
    }

    private IoResult StatFile(in Work work)
    {
        IoError error = StorageFile.Open(PathOf(work.Name!), write: false, out StorageFile? file);
        if (error.Failed)
            return IoResult.Fail(error);
        using (file)
            return file!.Length();
    }

    private IoResult ListFiles(in Work work)
    {
        var found = new List<string>();
        try
        {
            foreach (string path in Directory.EnumerateFiles(_objects))
            {
                if (FileName.ObjectNameOf(Path.GetFileName(path)) is { } name
                    && name.StartsWith(work.Prefix!, StringComparison.Ordinal))
                    found.Add(name);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return IoResult.Fail(failure is DirectoryNotFoundException ? IoError.NoEntry : IoError.Io);
        }

        found.Sort(StringComparer.Ordinal);
        found.ForEach(work.Names!.Add);
        return IoResult.Ok(found.Count);
    }

    private IoResult Transfer(StorageFile file, BufferList buffers, string? writeTo, long offset = 0)
    {
        IoVector[] vectors = ArrayPool<IoVector>.Shared.Rent(Math.Max(1, buffers.SegmentCount));
        int count = buffers.CopyVectors(vectors);
        Span<IoVector> used = vectors.AsSpan(0, count);
        IoResult result = writeTo is null ? file.Read(offset, used) : _calls.Write(writeTo, file, used);
        ArrayPool<IoVector>.Shared.Return(vectors);
        return result;
    }

    private enum WorkKind
    {
        Read,
        Write,
        Remove,
        Flush,
        Stat,
        List,
    }

    private readonly record struct Work(WorkKind Kind, ObjectKey? Key, Submission Submission)
    {
        public string? Name { get; init; }

        public long Offset { get; init; }

        public BufferList? Buffers { get; init; }

        public string? Prefix { get; init; }

        public ICollection<string>? Names { get; init; }
    }
}
