using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Devices;

// Purpose: a device in unmanaged memory, for tests, scratch volumes and measurements without a disk.
// Ownership: the memory belongs to the device until Dispose. In Manual mode the queue belongs to _gate and requests are done,
// data and all, when Pump takes them; in Worker mode one helper thread does them in the order of submission.
// Invariants: nothing completes inside Submit; with one submitter the order of completions is the order of submissions.

/// <summary>A block device in memory: deterministic, nothing volatile about it beyond the process.</summary>
public sealed unsafe class MemoryDevice : IBlockDevice, IRequestExecutor
{
    // As for a ring: a foreign submitter beyond it waits.
    private const int QueueDepth = 1024;

    private readonly object _gate = new();
    private readonly Queue<DeviceRequest> _manual = new();
    private readonly DeviceFault _fault = new();
    private readonly DeviceHelpers? _helpers;
    private readonly RequestRules _rules;
    private readonly UnmanagedArray<Page> _pages;
    private readonly byte* _memory;
    private int _acceptedBeforeDispose;
    private volatile bool _disposed;

    /// <summary>Makes a device of <paramref name="capacity"/> zero bytes, a multiple of <paramref name="logicalBlock"/>, itself
    /// a power of two of at least 1. Memory must be aligned as a disk demands it at worst: to the logical block.</summary>
    public MemoryDevice(long capacity, int logicalBlock = 512, CompletionMode mode = CompletionMode.Worker)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        if (!int.IsPow2(logicalBlock))
            throw new ArgumentOutOfRangeException(nameof(logicalBlock), logicalBlock, "must be a power of two");
        if (capacity % logicalBlock != 0)
            throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "must be a multiple of the logical block");
        Geometry = new DeviceGeometry
        {
            Capacity = capacity,
            LogicalBlock = logicalBlock,
            PhysicalBlock = Math.Max(logicalBlock, 4096),
            MemoryAlignment = logicalBlock,
            HasDiscard = true,
            DiscardZeroes = true,
            HasFua = true,
        };
        _rules = new RequestRules(Geometry);
        _pages = new UnmanagedArray<Page>(checked((int)((capacity + Page.Bytes - 1) / Page.Bytes)));
        _memory = (byte*)_pages.Pointer;
        if (mode == CompletionMode.Worker)
            _helpers = new DeviceHelpers("engine-memory", 1, QueueDepth, this, _fault);
    }

    /// <inheritdoc/>
    public DeviceGeometry Geometry { get; }

    /// <inheritdoc/>
    public string Engine => "memory" + _fault.Suffix;

    /// <summary>Manual mode: requests that wait for <see cref="Pump"/>.</summary>
    public int PendingCount
    {
        get
        {
            lock (_gate)
                return _manual.Count;
        }
    }

    /// <summary>The device's bytes, for tests to look at and to prepare; not while requests touch them.</summary>
    public Span<byte> View(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Geometry.Capacity - length);
        return new Span<byte>(_memory + offset, length);
    }

    /// <inheritdoc/>
    public void Submit(ReadOnlySpan<DeviceRequest> requests)
    {
        foreach (ref readonly DeviceRequest request in requests)
            Invariant.That(request.Sink is not null);
        if (_helpers is not null)
        {
            _helpers.Submit(requests, mayBlock: true);
            return;
        }

        lock (_gate)
        {
            foreach (ref readonly DeviceRequest request in requests)
                _manual.Enqueue(request);
        }
    }

    /// <summary>Manual mode: does and completes the requests that were queued when it was called, at most
    /// <paramref name="requestsMax"/>, in order; returns how many. What sinks submit meanwhile waits for the next call.</summary>
    public int Pump(int requestsMax = int.MaxValue)
    {
        int count;
        lock (_gate)
            count = Math.Min(requestsMax, _manual.Count);
        for (int i = 0; i < count; i++)
        {
            DeviceRequest request;
            bool late;
            lock (_gate)
            {
                request = _manual.Dequeue();
                late = _disposed && _acceptedBeforeDispose-- <= 0;
            }

            _fault.Deliver(request.Sink!, request.Token, late ? IoResult.Fail(IoError.Shutdown) : Transfer(request));
        }

        return count;
    }

    /// <inheritdoc/>
    public IoResult Execute(in DeviceRequest request) => _disposed ? IoResult.Fail(IoError.Shutdown) : Transfer(request);

    /// <summary>Completes what was submitted, then frees the memory. In Manual mode later requests still complete by
    /// <see cref="Pump"/>, with ESHUTDOWN.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            _acceptedBeforeDispose = _manual.Count;
        }

        _helpers?.Stop();
        Pump(_acceptedBeforeDispose);
        _pages.Dispose();
        _fault.ThrowIfBug();
    }

    IoResult IRequestExecutor.Execute(in DeviceRequest request) => Transfer(request);

    private IoResult Transfer(in DeviceRequest request)
    {
        IoError error = _rules.Check(request);
        if (error.Failed)
            return IoResult.Fail(error);
        switch (request.Operation)
        {
            case DeviceOperation.Read:
                return IoResult.Ok(Copy(request, _rules.Clip(request, request.Length)));
            case DeviceOperation.Write:
                return IoResult.Ok(Copy(request, request.Length));
            case DeviceOperation.Discard:
            case DeviceOperation.WriteZeroes:
                NativeMemory.Clear(_memory + request.Offset, (nuint)request.Length);
                return IoResult.Ok(0);
            default:
                return IoResult.Ok(0);
        }
    }

    private long Copy(in DeviceRequest request, long bytes)
    {
        byte* at = _memory + request.Offset;
        long left = bytes;
        for (int i = 0; i < request.VectorCount && left > 0; i++)
        {
            IoVector vector = request.Vectors[i];
            long length = Math.Min(left, (long)vector.Length);
            if (request.Operation == DeviceOperation.Read)
                Buffer.MemoryCopy(at, (void*)vector.Address, length, length);
            else
                Buffer.MemoryCopy((void*)vector.Address, at, length, length);
            at += length;
            left -= length;
        }

        return bytes;
    }

    /// <summary>Counted in pages, since arrays count elements in 32 bits.</summary>
    [StructLayout(LayoutKind.Sequential, Size = Bytes)]
    private struct Page
    {
        public const int Bytes = 4096;
    }
}
