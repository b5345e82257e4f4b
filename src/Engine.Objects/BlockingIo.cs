using Engine.Buffers;

namespace Engine.Objects;

/// <summary>Waits for one operation: for what works offline, or on a thread of its own, and has nothing else to do meanwhile.
/// </summary>
public sealed class BlockingIo : ICompletionSink
{
    private readonly object _gate = new();
    private IoResult _result;
    private bool _isDone;

    private BlockingIo()
    {
    }

    /// <summary>Starts an operation and returns its outcome.</summary>
    public static IoResult Run(Action<Submission> start)
    {
        BlockingIo io = new();
        start(new Submission(io, 0));
        lock (io._gate)
        {
            while (!io._isDone)
                Monitor.Wait(io._gate);
            return io._result;
        }
    }

    void ICompletionSink.Complete(ulong token, IoResult result)
    {
        lock (_gate)
        {
            _result = result;
            _isDone = true;
            Monitor.Pulse(_gate);
        }
    }
}
