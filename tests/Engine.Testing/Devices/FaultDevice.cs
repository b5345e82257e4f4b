using Engine.Buffers;
using Engine.Devices;

namespace Engine.Testing.Devices;

// Purpose: makes chosen requests of any device fail, fall short, hang or tear; all others pass untouched.
// Ownership: rules, counters and the stalled list belong to _gate; it is never held while the device underneath or a sink runs.
// Invariants: a faulty completion comes from the device underneath too (an errno rides on an empty read), so it arrives in the
// order and on the thread of real ones and never inside Submit.

/// <summary>A device wrapper that injects faults by rules.</summary>
public sealed unsafe class FaultDevice : IBlockDevice
{
    private readonly object _gate = new();
    private readonly IBlockDevice _inner;
    private readonly DeviceBuffer _scratch = new(4096, 1);
    private readonly IoVector* _nothing;
    private readonly List<ActiveRule> _rules = [];
    private readonly List<DeviceRequest> _stalled = [];
    private long _callCount;
    private long _faultCount;
    private long _failCall;
    private int _stalledCalls;
    private int _releases;
    private IoError _failError;

    /// <summary>Wraps <paramref name="inner"/> and disposes it in the end.</summary>
    public FaultDevice(IBlockDevice inner)
    {
        _inner = inner;
        _nothing = _scratch.Vectors((0, 0));
    }

    /// <summary>Told when a flush, or a FUA write, has ended with an injected error, before its submitter learns of it.</summary>
    public Action<DeviceRequest>? OnFlushFailed { get; set; }

    public DeviceGeometry Geometry => _inner.Geometry;

    public string Engine => _inner.Engine + " with faults";

    /// <summary>Requests seen so far, by either way in.</summary>
    public long CallCount => Interlocked.Read(ref _callCount);

    /// <summary>Faults that took effect.</summary>
    public long FaultCount => Interlocked.Read(ref _faultCount);

    /// <summary>Requests held back at present.</summary>
    public int StalledCount
    {
        get
        {
            lock (_gate)
                return _stalled.Count + _stalledCalls;
        }
    }

    /// <summary>Adds a rule; the first rule added that takes effect wins.</summary>
    public void Add(FaultRule rule)
    {
        if (rule.Bytes % Geometry.LogicalBlock != 0)
            throw new ArgumentException("a short or torn transfer moves whole logical blocks", nameof(rule));
        if (rule.Effect == FaultEffect.Error && rule.Error.IsNone)
            throw new ArgumentException("an error rule names its error", nameof(rule));
        lock (_gate)
            _rules.Add(new ActiveRule(rule));
    }

    /// <summary>Removes all rules; what is stalled stays so until <see cref="Release"/>.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _rules.Clear();
            _failCall = 0;
        }
    }

    /// <summary>Fails the <paramref name="nth"/> request from now on (1 = the next) of any kind: called with 1, 2, 3, ... until
    /// a run sees no fault, it visits every place where an operation can meet an error.</summary>
    public void FailCall(long nth, IoError error)
    {
        lock (_gate)
        {
            _failCall = _callCount + nth;
            _failError = error;
        }
    }

    /// <summary>Lets everything that is stalled go on.</summary>
    public void Release()
    {
        DeviceRequest[] released;
        lock (_gate)
        {
            released = [.. _stalled];
            _stalled.Clear();
            _releases++;
            Monitor.PulseAll(_gate);
        }

        _inner.Submit(released);
    }

    public void Submit(ReadOnlySpan<DeviceRequest> requests)
    {
        var forwarded = new List<DeviceRequest>(requests.Length);
        foreach (ref readonly DeviceRequest request in requests)
        {
            FaultRule? fault = Match(request);
            if (fault is null)
            {
                forwarded.Add(request);
            }
            else if (fault.Effect == FaultEffect.Stall)
            {
                lock (_gate)
                {
                    _stalled.Add(request);
                    Monitor.PulseAll(_gate);
                }
            }
            else
            {
                var pending = new PendingFault(this, request, fault, _nothing);
                forwarded.Add(pending.Inner with { Sink = pending });
            }
        }

        _inner.Submit(forwarded.ToArray());
    }

    public IoResult Execute(in DeviceRequest request)
    {
        FaultRule? fault = Match(request);
        if (fault is null)
            return _inner.Execute(request);
        if (fault.Effect == FaultEffect.Stall)
        {
            WaitForRelease();
            return _inner.Execute(request);
        }

        var pending = new PendingFault(this, request, fault, _nothing);
        return pending.Finish(_inner.Execute(pending.Inner));
    }

    /// <summary>Waits until <paramref name="count"/> requests are stalled.</summary>
    public void WaitForStalled(int count)
    {
        lock (_gate)
        {
            while (_stalled.Count + _stalledCalls < count)
            {
                if (!Monitor.Wait(_gate, TimeSpan.FromSeconds(60)))
                    throw new TimeoutException($"{_stalled.Count + _stalledCalls} of {count} requests stalled");
            }
        }
    }

    /// <summary>Releases what is stalled and disposes the device underneath.</summary>
    public void Dispose()
    {
        Release();
        _inner.Dispose();
        _scratch.Dispose();
    }

    private FaultRule? Match(in DeviceRequest request)
    {
        lock (_gate)
        {
            _callCount++;
            FaultRule? found = null;
            if (_callCount == _failCall)
                found = new FaultRule { Effect = FaultEffect.Error, Error = _failError };
            foreach (ActiveRule rule in _rules)
            {
                if (rule.Counts(request) && found is null)
                    found = rule.Rule;
            }

            if (found is not null)
                _faultCount++;
            return found;
        }
    }

    private void WaitForRelease()
    {
        lock (_gate)
        {
            int seen = _releases;
            _stalledCalls++;
            Monitor.PulseAll(_gate);
            while (_releases == seen)
                Monitor.Wait(_gate);
            _stalledCalls--;
        }
    }

    private sealed class ActiveRule(FaultRule rule)
    {
        private long _matches;

        public FaultRule Rule => rule;

        /// <summary>Counts a match and says whether the rule takes effect on it.</summary>
        public bool Counts(in DeviceRequest request)
        {
            if (!rule.Touches(request))
                return false;
            _matches++;
            return _matches >= rule.Nth && _matches - rule.Nth < rule.Times;
        }
    }
}
