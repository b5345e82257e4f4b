using System.Diagnostics;

namespace Engine.Load;

/// <summary>What all lanes of a job share: when to stop, and what went wrong first. Thread-safe.</summary>
internal sealed class RunControl : IDisposable
{
    private readonly ManualResetEventSlim _stop = new();
    private long _deadline = long.MaxValue;
    private string? _firstError;
    private Exception? _bug;
    private long _errors;

    /// <summary>The first operating error, one line; null when there was none.</summary>
    public string? FirstError => Volatile.Read(ref _firstError);

    /// <summary>Operating errors so far.</summary>
    public long Errors => Volatile.Read(ref _errors);

    /// <summary>A programmer error that ended a lane; to be thrown on by whoever runs the job.</summary>
    public Exception? Bug => Volatile.Read(ref _bug);

    /// <summary>True when no request may begin any more.</summary>
    public bool IsStopped => _stop.IsSet;

    /// <summary>True when time stamp <paramref name="now"/> is past the job's end.</summary>
    public bool IsOver(long now) => now >= _deadline || _stop.IsSet;

    /// <summary>Sets the end of the job; to be called before its lanes run. A runtime of zero sets none.</summary>
    public void Begin(TimeSpan runtime, long startedAt)
    {
        if (runtime != TimeSpan.Zero)
            _deadline = startedAt + (long)(runtime.TotalSeconds * Stopwatch.Frequency);
    }

    /// <summary>Lets lanes end after the request in hand.</summary>
    public void Stop() => _stop.Set();

    /// <summary>Notes an operating error and stops the job, as fio does.</summary>
    public void Fail(string what)
    {
        Interlocked.Increment(ref _errors);
        Interlocked.CompareExchange(ref _firstError, what, null);
        Stop();
    }

    /// <summary>Notes a programmer error and stops the job.</summary>
    public void FailByBug(Exception bug)
    {
        Interlocked.CompareExchange(ref _bug, bug, null);
        Stop();
    }

    /// <summary>Blocks until time stamp <paramref name="dueAt"/> or until the job is stopped.</summary>
    public void WaitUntil(long dueAt)
    {
        // A wait is one of whole milliseconds, and may end early: the request begins not before its time.
        while (!_stop.IsSet)
        {
            long left = Math.Min(dueAt, _deadline) - Stopwatch.GetTimestamp();
            if (left <= 0)
                return;
            double milliseconds = Math.Ceiling(left * 1000.0 / Stopwatch.Frequency);
            _stop.Wait((int)Math.Min(milliseconds, int.MaxValue));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();
}
