using System.Diagnostics;

namespace Engine.Load;

/// <summary>The requests of a trace in their order, at once or at a multiple of the speed at which they were recorded.</summary>
internal sealed class TraceSource : IRequestSource
{
    private readonly Lock _lock = new();
    private readonly Trace _trace;
    private readonly double _speed;
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private int _next;

    public TraceSource(Trace trace, double speed)
    {
        _trace = trace;
        _speed = speed;
        foreach (TraceRecord record in trace.Records)
            if (record.Operation is TraceOperation.Read or TraceOperation.Write)
                LengthMax = Math.Max(LengthMax, record.Length);
    }

    public int LengthMax { get; }

    public bool CanRedraw => false;

    public bool TryNext(out LoadRequest request)
    {
        request = default;
        lock (_lock)
        {
            if (_next >= _trace.Records.Count)
                return false;
            TraceRecord record = _trace.Records[_next++];
            request = new LoadRequest(OperationOf(record.Operation), record.Offset, record.Length, DueAt(record.Time));
            return true;
        }
    }

    public void Redraw(ref LoadRequest request) =>
        throw new Buffers.InvariantException("a trace's requests keep their places");

    private static LoadOperation OperationOf(TraceOperation operation) => operation switch
    {
        TraceOperation.Read => LoadOperation.Read,
        TraceOperation.Write => LoadOperation.Write,
        TraceOperation.Discard => LoadOperation.Discard,
        TraceOperation.WriteZeroes => LoadOperation.WriteZeroes,
        _ => LoadOperation.Flush,
    };

    private long DueAt(double time) => _speed == 0
        ? 0
        : _startedAt + (long)((time - _trace.Records[0].Time) / _speed * Stopwatch.Frequency);
}
