using Engine.Buffers;

namespace Engine.Stores;

/// <summary>Makes a directory's changes durable for several threads at once: a sync covers every change made before it began, so
/// threads that wait for one that runs share the next. After a failure all fail: what is durable is then unknown.</summary>
internal sealed class DirectorySync(string directory, FileCalls calls)
{
    private readonly object _gate = new();
    private long _asked;
    private long _done;
    private bool _isRunning;
    private IoError _error;

    /// <summary>Returns when a sync that began after the call has ended.</summary>
    public IoError Run()
    {
        long cover;
        lock (_gate)
        {
            long mine = ++_asked;
            while (_isRunning && _done < mine)
                Monitor.Wait(_gate);
            if (_done >= mine || _error.Failed)
                return _error;
            _isRunning = true;
            cover = _asked;
        }

        IoError error = calls.SyncDirectory(directory);
        lock (_gate)
        {
            _isRunning = false;
            _done = cover;
            if (error.Failed)
                _error = error;
            Monitor.PulseAll(_gate);
            return _error;
        }
    }
}
