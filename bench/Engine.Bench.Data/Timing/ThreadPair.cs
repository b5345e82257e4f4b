using System.Diagnostics;

namespace Engine.Bench.Data;

/// <summary>The calling thread and another one, which run contenders at the same time.</summary>
internal sealed class ThreadPair : IDisposable
{
    private readonly Barrier _barrier = new(2);
    private readonly Thread _other;
    private Contender? _work;
    private int _batches;
    private bool _isOver;

    public ThreadPair()
    {
        _other = new Thread(Work) { IsBackground = true, Name = "bench-second" };
        _other.Start();
    }

    /// <summary>Operations a second of one contender on this thread, or of two, one of them on the other.</summary>
    public double Rate(Contender[] contenders, int batches)
    {
        _work = contenders.Length > 1 ? contenders[1] : null;
        _batches = batches;
        _barrier.SignalAndWait();
        long start = Stopwatch.GetTimestamp();
        Run(contenders[0], batches);
        _barrier.SignalAndWait();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return (double)contenders.Length * batches * Interleaver.BatchOperations / seconds;
    }

    public void Dispose()
    {
        _isOver = true;
        _barrier.SignalAndWait();
        _other.Join();
        _barrier.Dispose();
    }

    private static void Run(Contender contender, int batches)
    {
        for (int i = 0; i < batches; i++)
            contender.Run(Interleaver.BatchOperations);
    }

    private void Work()
    {
        while (true)
        {
            _barrier.SignalAndWait();
            if (_isOver)
                return;
            if (_work is { } contender)
                Run(contender, _batches);
            _barrier.SignalAndWait();
        }
    }
}
