// Reads directories of this machine ahead of an import, on threads of its own: a file system takes as long to tell of an entry
// as a rank to make it, and with both on one processor an import had half the speed.
//
// Threads: the import's asks for directories and takes what was read; the walk's own threads read, each a directory at a time.
// Invariants: every directory that was asked for is read once, and told of in one or more parts, in their order, the last marked;
// at most EntriesMax entries, in PartsMax parts (an empty directory is one), wait to be taken, plus one part for each thread.
// Ownership: the threads end with Dispose, which waits for them.

using System.Runtime.ExceptionServices;
using Engine.Buffers;
using Engine.Devices;

namespace Engine.Cli.Namespaces;

/// <summary>Reads directories ahead.</summary>
internal sealed class SourceWalk : IDisposable
{
    /// <summary>More of them than the file system of one import has use for.</summary>
    private const int ThreadsMax = 4;

    private const int PartEntries = 512;
    private const int EntriesMax = 4 * PartEntries;

    /// <summary>As many directories may wait with few entries, or none.</summary>
    internal const int PartsMax = 256;

    private readonly object _gate = new();
    private readonly Opener _open;
    private readonly Queue<ImportDirectory> _asked = new();
    private readonly Queue<SourcePart> _read = new();
    private readonly Thread[] _threads;
    private ExceptionDispatchInfo? _fault;

    /// <summary>Directories that were asked for and not told of to their end.</summary>
    private int _untold;

    /// <summary>Entries that wait to be taken.</summary>
    private int _entries;
    private bool _isEnding;

    private bool IsFullLocked => _entries >= EntriesMax || _read.Count >= PartsMax;

    /// <summary>Opens a directory of this machine.</summary>
    public delegate IoError Opener(byte[] path, out HostDirectory? directory);

    /// <summary>Begins to read what is asked for.</summary>
    /// <param name="open">Opens directories, on the walk's threads; null for how that is done.</param>
    public SourceWalk(Opener? open = null)
    {
        _open = open ?? (static (byte[] path, out HostDirectory? directory) => HostDirectory.Open(path, out directory));
        _threads = new Thread[Math.Min(ThreadsMax, Environment.ProcessorCount)];
        for (int i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new Thread(Run) { IsBackground = true, Name = "engine-walk" };
            _threads[i].Start();
        }
    }

    /// <summary>Has a directory read.</summary>
    public void Ask(ImportDirectory directory)
    {
        lock (_gate)
        {
            _untold++;
            _asked.Enqueue(directory);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits for what was read next; false when everything that was asked for has been told of.</summary>
    public bool TryTake(out SourcePart? part)
    {
        lock (_gate)
        {
            while (_read.Count == 0 && _untold > 0 && _fault is null)
                Monitor.Wait(_gate);
            _fault?.Throw();
            bool wasFull = IsFullLocked;
            if (!_read.TryDequeue(out part))
                return false;
            _untold -= part.IsLast ? 1 : 0;
            _entries -= part.Entries.Count;
            if (wasFull && !IsFullLocked)
                Monitor.PulseAll(_gate);
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _isEnding = true;
            Monitor.PulseAll(_gate);
        }

        foreach (Thread thread in _threads)
            thread.Join();
    }

    private void Run()
    {
        try
        {
            List<byte[]> names = [];
            while (TryBegin(out ImportDirectory? directory))
                Read(directory!, names);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            lock (_gate)
            {
                _fault ??= ExceptionDispatchInfo.Capture(fault);
                Monitor.PulseAll(_gate);
            }
        }
    }

    private bool TryBegin(out ImportDirectory? directory)
    {
        lock (_gate)
        {
            directory = null;
            while (!_isEnding && (IsFullLocked || !_asked.TryDequeue(out directory)))
                Monitor.Wait(_gate);
            return !_isEnding;
        }
    }

    private void Read(ImportDirectory directory, List<byte[]> names)
    {
        IoError error = _open(directory.Source, out HostDirectory? opened);
        if (error.Failed)
        {
            TryTell(new SourcePart(directory, 0) { OpenError = error, IsLast = true });
            return;
        }

        using (opened)
        {
            names.Clear();
            error = opened!.ReadNames(names);
            int at = 0;
            bool isWanted = true;
            while (isWanted)
            {
                int count = Math.Min(names.Count - at, PartEntries);
                bool isLast = at + count == names.Count;
                var part = new SourcePart(directory, count) { ReadError = isLast ? error : default, IsLast = isLast };
                for (int end = at + count; at < end; at++)
                    part.Entries.Add(Look(opened, names[at]));
                isWanted = TryTell(part) && !isLast;
            }
        }
    }

    /// <summary>Hands on what was read, once there is room for it; false when nobody wants it any more.</summary>
    private bool TryTell(SourcePart part)
    {
        lock (_gate)
        {
            while (IsFullLocked && !_isEnding)
                Monitor.Wait(_gate);
            _read.Enqueue(part);
            _entries += part.Entries.Count;
            if (_read.Count == 1)
                Monitor.PulseAll(_gate);
            return !_isEnding;
        }
    }

    private static SourceEntry Look(HostDirectory opened, byte[] name)
    {
        IoError error = opened.Stat(name, out HostStatus status);
        if (error.Failed)
            return new SourceEntry(name, error, default, [], default, null, default);
        uint type = SourceType.Of(status);
        byte[] target = [];
        IoError targetError = type == SourceType.Link ? opened.ReadLink(name, out target) : default;
        List<SourceXattr>? xattrs = null;
        IoError xattrsError = type is SourceType.Regular or SourceType.Directory ? ReadXattrs(opened, name, out xattrs) : default;
        return new SourceEntry(name, error, status, target, targetError, xattrs, xattrsError);
    }

    private static IoError ReadXattrs(HostDirectory opened, byte[] name, out List<SourceXattr>? xattrs)
    {
        xattrs = null;
        IoError error = opened.ListXattrs(name, out IReadOnlyList<byte[]> attributes);
        if (error.Failed || attributes.Count == 0)
            return error;
        foreach (byte[] attribute in attributes)
        {
            if (!attribute.AsSpan().StartsWith("user."u8))
                continue;
            IoError failed = opened.GetXattr(name, attribute, out byte[] value);
            (xattrs ??= []).Add(new SourceXattr(attribute, value, failed));
        }

        return error;
    }
}
