using Engine.Buffers;

namespace Engine.Devices;

// Purpose: a few threads that do requests by synchronous calls: everything of SyncDevice, and of a ring device what the kernel
// cannot do asynchronously (discard, write-zeroes, libaio's flush).
// Ownership: the queue and its counters belong to _gate; a request taken off it belongs to the helper that took it until its sink
// was called.
// Invariants: a foreign caller waits for room, so the queue holds at most _capacity of its requests; a helper (a sink that
// submits again) never waits, since it would wait for itself. After Stop nothing enters, and everything that had entered
// completes.
internal sealed class DeviceHelpers
{
    [ThreadStatic]
    private static DeviceHelpers? s_current;

    private readonly object _gate = new();
    private readonly Queue<DeviceRequest> _queue;
    private readonly Thread[] _threads;
    private readonly IRequestExecutor _executor;
    private readonly DeviceFault _fault;
    private readonly int _capacity;
    private int _idle;
    private int _waiters;
    private bool _stopping;

    public DeviceHelpers(string name, int threads, int capacity, IRequestExecutor executor, DeviceFault fault)
    {
        Invariant.That(threads > 0 && capacity > 0);
        _capacity = capacity;
        _executor = executor;
        _fault = fault;
        _queue = new Queue<DeviceRequest>(capacity);
        _threads = new Thread[threads];
        for (int i = 0; i < threads; i++)
        {
            _threads[i] = new Thread(Run) { IsBackground = true, Name = name };
            _threads[i].Start();
        }
    }

    /// <summary>True on one of these threads.</summary>
    public bool IsCurrent => s_current == this;

    /// <summary>Queues requests. Without room a caller that may block waits; one that may not lets the queue grow by what it
    /// brings.</summary>
    public void Submit(ReadOnlySpan<DeviceRequest> requests, bool mayBlock)
    {
        mayBlock &= !IsCurrent;
        int done = 0;
        lock (_gate)
        {
            while (done < requests.Length && !_stopping)
            {
                if (mayBlock && _queue.Count >= _capacity)
                {
                    _waiters++;
                    Monitor.Wait(_gate);
                    _waiters--;
                    continue;
                }

                _queue.Enqueue(requests[done++]);
                if (_idle > 0)
                    WakeHelperLocked();
            }
        }

        RefusedBatch.Send(requests[done..], IoError.Shutdown);
    }

    /// <summary>Refuses new requests, completes the queued ones and joins the threads.</summary>
    public void Stop()
    {
        Invariant.That(!IsCurrent, "a device is not disposed from its own completions");
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        foreach (Thread thread in _threads)
            thread.Join();
    }

    private void Run()
    {
        s_current = this;
        while (TryTake(out DeviceRequest request))
            _fault.Deliver(
                request.Sink!, request.Token, _fault.IsSet ? IoResult.Fail(IoError.Io) : _executor.Execute(request));
    }

    /// <summary>Helpers and callers without room wait on one monitor: while there are such callers, a single pulse could reach
    /// the wrong kind.</summary>
    private void WakeHelperLocked()
    {
        if (_waiters == 0)
            Monitor.Pulse(_gate);
        else
            Monitor.PulseAll(_gate);
    }

    private bool TryTake(out DeviceRequest request)
    {
        lock (_gate)
        {
            while (_queue.Count == 0)
            {
                if (_stopping)
                {
                    request = default;
                    return false;
                }

                _idle++;
                Monitor.Wait(_gate);
                _idle--;
            }

            request = _queue.Dequeue();
            if (_waiters > 0)
                Monitor.PulseAll(_gate);
            return true;
        }
    }
}
