using System.Diagnostics;

namespace Engine.Bench.Migration;

/// <summary>A thread that does nothing but look at the clock: what it misses is what the machine keeps any thread from.</summary>
internal sealed class SpinMonitor : IDisposable
{
    private readonly Thread _thread;
    private readonly TimeSpan _time;
    private volatile bool _isStopping;
    private long _longest;

    public SpinMonitor()
        : this(TimeSpan.MaxValue)
    {
    }

    private SpinMonitor(TimeSpan time)
    {
        _time = time;
        _thread = new Thread(Spin) { IsBackground = true, Name = "bench-spin" };
        _thread.Start();
    }

    /// <summary>The longest time between two looks, when it spins for so long.</summary>
    public static TimeSpan For(TimeSpan time)
    {
        var monitor = new SpinMonitor(time);
        monitor._thread.Join();
        return monitor.Stop();
    }

    /// <summary>Ends it; the longest time between two looks.</summary>
    public TimeSpan Stop()
    {
        _isStopping = true;
        _thread.Join();
        return Stopwatch.GetElapsedTime(0, _longest);
    }

    /// <inheritdoc/>
    public void Dispose() => Stop();

    private void Spin()
    {
        long last = Stopwatch.GetTimestamp();
        long start = last;
        while (!_isStopping && Stopwatch.GetElapsedTime(start, last) < _time)
        {
            long now = Stopwatch.GetTimestamp();
            _longest = Math.Max(_longest, now - last);
            last = now;
        }
    }
}
