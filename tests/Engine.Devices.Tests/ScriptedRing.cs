using Engine.Buffers;
using Engine.Native;

namespace Engine.Devices.Tests;

/// <summary>A ring in managed memory that takes few requests at a time, completes them when the test says so, and breaks on
/// demand.</summary>
internal sealed unsafe class ScriptedRing : IRing
{
    private readonly object _gate = new();
    private readonly Queue<EioCompletion> _ready = new();
    private readonly List<EioRequest> _inFlight = [];
    private bool _woken;
    private bool _broken;

    public string Description => "scripted";

    public RegisteredRegions Regions => RegisteredRegions.None;

    /// <summary>Most requests accepted by one step.</summary>
    public int AcceptMax { get; init; } = int.MaxValue;

    /// <summary>Completes each request in the step that takes it.</summary>
    public bool Immediate { get; init; }

    public int MostInFlight { get; private set; }

    public bool IsDisposed { get; private set; }

    public int InFlightCount
    {
        get
        {
            lock (_gate)
                return _inFlight.Count;
        }
    }

    public int Step(EioRequest* requests, int count, out int accepted, bool wait, EioCompletion* completions, int capacity)
    {
        lock (_gate)
        {
            accepted = Math.Min(count, AcceptMax);
            for (int i = 0; i < accepted; i++)
                _inFlight.Add(requests[i]);
            MostInFlight = Math.Max(MostInFlight, _inFlight.Count);
            Monitor.PulseAll(_gate);
            if (Immediate)
                CompleteLocked(_inFlight.Count);
            while (wait && _ready.Count == 0 && !_woken && !_broken)
                Monitor.Wait(_gate);
            _woken &= !wait;
            if (_broken)
                return -IoError.Io.Errno;
            int reaped = Math.Min(_ready.Count, capacity);
            for (int i = 0; i < reaped; i++)
                completions[i] = _ready.Dequeue();
            return reaped;
        }
    }

    public void Wake()
    {
        lock (_gate)
        {
            _woken = true;
            Monitor.PulseAll(_gate);
        }
    }

    public void WaitForInFlight(int count)
    {
        lock (_gate)
        {
            while (_inFlight.Count < count)
                Assert.True(Monitor.Wait(_gate, TimeSpan.FromSeconds(60)));
        }
    }

    public void CompleteAll()
    {
        lock (_gate)
        {
            CompleteLocked(_inFlight.Count);
            Monitor.PulseAll(_gate);
        }
    }

    public void Break()
    {
        lock (_gate)
        {
            _broken = true;
            Monitor.PulseAll(_gate);
        }
    }

    public void Dispose() => IsDisposed = true;

    private void CompleteLocked(int count)
    {
        // Newest first: a device owes no order.
        for (int i = count - 1; i >= 0; i--)
            _ready.Enqueue(new EioCompletion { Token = _inFlight[i].Token, Result = (long)_inFlight[i].Length });
        _inFlight.RemoveRange(0, count);
    }
}
