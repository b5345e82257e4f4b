using Engine.Buffers;
using Engine.Devices;

namespace Engine.Testing.Devices;

// Purpose: makes any device slow by a clock: each completion comes a latency later, and transfers share a bandwidth.
// Ownership: the line's end (_freeAt) belongs to _gate.
// Invariants: a request is done underneath at once and its completion delayed, so order between requests that differ in length
// may change, as on a real device. With a manual clock nothing completes until the test moves the time.

/// <summary>A device wrapper that delays completions.</summary>
public sealed class ThrottledDevice : IBlockDevice
{
    private readonly object _gate = new();
    private readonly IBlockDevice _inner;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _latency;
    private readonly long _bytesPerSecond;
    private long _freeAt;
    private int _delayed;

    /// <summary>Wraps <paramref name="inner"/>, disposed in the end. Each completion comes <paramref name="latency"/> after its
    /// transfer; transfers follow one another at <paramref name="bytesPerSecond"/>, 0 for no limit.</summary>
    public ThrottledDevice(IBlockDevice inner, TimeProvider clock, TimeSpan latency, long bytesPerSecond = 0)
    {
        _inner = inner;
        _clock = clock;
        _latency = latency;
        _bytesPerSecond = bytesPerSecond;
        _freeAt = clock.GetTimestamp();
    }

    /// <inheritdoc/>
    public DeviceGeometry Geometry => _inner.Geometry;

    /// <inheritdoc/>
    public string Engine => _inner.Engine + " throttled";

    /// <summary>Requests done underneath whose completion still waits for the clock.</summary>
    public int DelayedCount => Volatile.Read(ref _delayed);

    /// <inheritdoc/>
    public void Submit(ReadOnlySpan<DeviceRequest> requests)
    {
        var delayed = new DeviceRequest[requests.Length];
        for (int i = 0; i < requests.Length; i++)
            delayed[i] = requests[i] with { Sink = new DelayedSink(this, requests[i], DueTime(requests[i])) };
        _inner.Submit(delayed);
    }

    /// <inheritdoc/>
    public IoResult Execute(in DeviceRequest request)
    {
        using var due = new ManualResetEventSlim();
        long at = DueTime(request);
        IoResult result = _inner.Execute(request);
        Interlocked.Increment(ref _delayed);
        using ITimer timer = _clock.CreateTimer(
            static state => ((ManualResetEventSlim)state!).Set(), due, Remaining(at), Timeout.InfiniteTimeSpan);
        due.Wait();
        Interlocked.Decrement(ref _delayed);
        return result;
    }

    /// <summary>Disposes the device underneath; completions that wait for the clock still come.</summary>
    public void Dispose() => _inner.Dispose();

    private long DueTime(in DeviceRequest request)
    {
        bool transfer = request.Operation is DeviceOperation.Read or DeviceOperation.Write;
        double seconds = transfer && _bytesPerSecond > 0 ? (double)request.Length / _bytesPerSecond : 0;
        lock (_gate)
        {
            _freeAt = Math.Max(_freeAt, _clock.GetTimestamp()) + (long)(seconds * _clock.TimestampFrequency);
            return _freeAt + (long)(_latency.TotalSeconds * _clock.TimestampFrequency);
        }
    }

    private TimeSpan Remaining(long dueAt)
    {
        TimeSpan left = _clock.GetElapsedTime(_clock.GetTimestamp(), dueAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private sealed class DelayedSink(ThrottledDevice device, DeviceRequest request, long dueAt) : IDeviceSink
    {
        private IoResult _result;
        private ITimer? _timer;

        public void Complete(ulong token, IoResult result)
        {
            _result = result;
            Interlocked.Increment(ref device._delayed);

            // Started only once it is stored: a timer that is due at once may fire before CreateTimer returns.
            _timer = device._clock.CreateTimer(
                static state => ((DelayedSink)state!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(device.Remaining(dueAt), Timeout.InfiniteTimeSpan);
        }

        private void Fire()
        {
            _timer!.Dispose();
            Interlocked.Decrement(ref device._delayed);
            request.Sink!.Complete(request.Token, _result);
        }
    }
}
