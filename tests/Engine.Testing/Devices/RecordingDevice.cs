using Engine.Buffers;
using Engine.Devices;

namespace Engine.Testing.Devices;

// Purpose: a device with a volatile cache, on paper: requests pass to the device underneath, and a log of submissions and
// completions says what a crash at any moment could have left (CrashStates enumerates it).
// Ownership: the log belongs to _gate, which is never held while the device underneath or a sink runs.
// Invariants: events are numbered in one order; a completion is logged before its sink runs, so what a sink submits then is
// later. A flush that succeeded makes durable exactly the successful writes that had completed before it was submitted; a FUA
// write is durable on its completion; a discard never is: the medium may show old bytes, zeros or garbage until it is written
// again. A flush that failed may have lost all that was not durable then, what was in flight too, FUA or not: no later flush
// makes that durable.

/// <summary>A device wrapper that records what a crash may undo.</summary>
public sealed class RecordingDevice : IBlockDevice
{
    private const int CopyBytes = 1 << 20;

    private readonly object _gate = new();
    private readonly IBlockDevice _inner;
    private readonly List<RecordedRequest> _log = [];
    private byte[] _base;
    private int _eventCount;
    private int _inFlight;

    /// <summary>Wraps <paramref name="inner"/>, whose present content counts as durable, and disposes it in the end. It has a
    /// volatile cache, and FUA of its own or not.</summary>
    public RecordingDevice(IBlockDevice inner, bool hasFua = true)
    {
        _inner = inner;
        Geometry = inner.Geometry with { HasWriteCache = true, HasFua = hasFua };
        _base = ReadAll(inner);
    }

    /// <inheritdoc/>
    public DeviceGeometry Geometry { get; }

    /// <inheritdoc/>
    public string Engine => _inner.Engine + " recorded";

    /// <summary>Events so far: a crash point is a number from 0 to this, and says that the events below it have
    /// happened.</summary>
    public int EventCount
    {
        get
        {
            lock (_gate)
                return _eventCount;
        }
    }

    /// <summary>Every recorded request so far, in the order of submission.</summary>
    public IReadOnlyList<RecordedRequest> Log
    {
        get
        {
            lock (_gate)
                return [.. _log];
        }
    }

    /// <summary>The states in which a crash after the first <paramref name="eventCount"/> events may leave the device, in units
    /// of
    /// <paramref name="unitBytes"/> (512 or 4096).</summary>
    public CrashStates CrashAt(int eventCount, int unitBytes) => CrashAt(eventCount, unitBytes, scratch: null);

    /// <summary>Visits crash states after every completion, and after the last event; <paramref name="statesMax"/> bounds each
    /// point. Returns how many states were visited.</summary>
    public long ForEachCrashState(SeededRandom random, int unitBytes, int statesMax, CrashStateVisitor visit)
    {
        long visited = 0;
        CrashScratch scratch = CrashStates.NewScratch(_base.Length);
        foreach (int point in CrashPoints())
            visited += CrashAt(point, unitBytes, scratch).ForEachCrashState(random, statesMax, visit);
        return visited;
    }

    /// <summary>Declares the present content durable and empties the log; nothing may be in flight.</summary>
    public void Restart()
    {
        lock (_gate)
        {
            Invariant.That(_inFlight == 0);
            _log.Clear();
            _eventCount = 0;
            _base = ReadAll(_inner);
        }
    }

    /// <summary>A flush failed on its way here: recorded as one that failed here.</summary>
    public void NoteFailedFlush() =>
        RecordCompletion(Record(DeviceCalls.FlushRequest())!, IoResult.Fail(IoError.Io));

    /// <inheritdoc/>
    public void Submit(ReadOnlySpan<DeviceRequest> requests)
    {
        var forwarded = new DeviceRequest[requests.Length];
        for (int i = 0; i < requests.Length; i++)
        {
            forwarded[i] = requests[i];
            if (Record(requests[i]) is { } recorded)
                forwarded[i] = requests[i] with { Sink = new RecordedSink(this, recorded, requests[i]) };
        }

        _inner.Submit(forwarded);
    }

    /// <inheritdoc/>
    public IoResult Execute(in DeviceRequest request)
    {
        RecordedRequest? recorded = Record(request);
        IoResult result = _inner.Execute(request);
        if (recorded is not null)
            RecordCompletion(recorded, result);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => _inner.Dispose();

    private CrashStates CrashAt(int eventCount, int unitBytes, CrashScratch? scratch)
    {
        lock (_gate)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(eventCount, _eventCount);
            return new CrashStates(_base, [.. _log], eventCount, unitBytes, scratch);
        }
    }

    private static byte[] ReadAll(IBlockDevice device)
    {
        byte[] image = new byte[device.Geometry.Capacity];
        for (int at = 0; at < image.Length; at += CopyBytes)
        {
            int length = Math.Min(CopyBytes, image.Length - at);
            device.ReadBytes(at, length).CopyTo(image, at);
        }

        return image;
    }

    private SortedSet<int> CrashPoints()
    {
        lock (_gate)
        {
            var points = new SortedSet<int> { _eventCount };
            foreach (RecordedRequest request in _log)
            {
                if (request.CompleteEvent < _eventCount)
                    points.Add(request.CompleteEvent + 1);
            }

            return points;
        }
    }

    /// <summary>Logs a request that changes or flushes the device; reads and what is refused for its form pass
    /// unrecorded.</summary>
    private RecordedRequest? Record(in DeviceRequest request)
    {
        bool flush = request.Operation == DeviceOperation.Flush;
        bool change = request.Operation is DeviceOperation.Write or DeviceOperation.Discard or DeviceOperation.WriteZeroes;
        bool inside = request.Offset >= 0 && request.Length >= 0 && request.Length <= Geometry.Capacity - request.Offset;
        if (!flush && !(change && inside))
            return null;
        byte[]? data = request.Operation == DeviceOperation.Write ? Gather(request) : null;
        lock (_gate)
        {
            _inFlight++;
            var recorded = new RecordedRequest
            {
                Sequence = _log.Count,
                Operation = request.Operation,
                Offset = flush ? 0 : request.Offset,
                Length = flush ? 0 : request.Length,
                Fua = request.Fua,
                Data = data,
                SubmitEvent = _eventCount++,
            };
            _log.Add(recorded);
            return recorded;
        }
    }

    private void RecordCompletion(RecordedRequest request, IoResult result)
    {
        lock (_gate)
        {
            _inFlight--;
            request.CompleteEvent = _eventCount++;

            // A short write is one that did not wholly happen: as good as failed for what may be relied on.
            bool isShort = request.Operation == DeviceOperation.Write && result.Bytes < request.Length;
            request.Error = isShort && !result.Failed ? IoError.Io : result.Error;
        }
    }

    private static unsafe byte[] Gather(in DeviceRequest request)
    {
        byte[] data = new byte[request.Length];
        int at = 0;
        for (int i = 0; i < request.VectorCount && at < data.Length; i++)
        {
            int length = Math.Min((int)request.Vectors[i].Length, data.Length - at);
            new ReadOnlySpan<byte>((void*)request.Vectors[i].Address, length).CopyTo(data.AsSpan(at));
            at += length;
        }

        return data;
    }

    private sealed class RecordedSink(RecordingDevice device, RecordedRequest recorded, DeviceRequest request) : IDeviceSink
    {
        public void Complete(ulong token, IoResult result)
        {
            device.RecordCompletion(recorded, result);
            request.Sink!.Complete(token, result);
        }
    }
}
