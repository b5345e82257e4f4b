using Engine.Buffers;
using Engine.Native;

namespace Engine.Devices;

// The owner thread's side: fill a batch, step the ring, deliver what came back.
// Invariants: every slot is free, or belongs to a request in _batch or in the kernel; _freeCount counts the free ones. A slot is
// freed before its sink runs, so a sink that submits again finds room. Requests from sinks wait in _local in order and take
// turns with the inbox, so neither starves the other.
internal sealed unsafe partial class RingDevice
{
    /// <summary>Requests that go to the kernel together. Fewer cost more system calls; more keep the device waiting while the
    /// owner makes them: 8 in place of all gave 25 % more 4 KiB requests a second at depth 32 on a loop device over memory.
    /// </summary>
    private const int BatchRequests = 8;

    private readonly DeviceRequest[] _slots;
    private readonly int[] _freeSlots;
    private readonly EioRequest[] _batch;
    private readonly EioCompletion[] _completions;
    private readonly Rejection[] _rejected;

    // Grows to the most requests that sinks ever had waiting: they may not block and nothing is dropped.
    private readonly Queue<DeviceRequest> _local = new(64);
    private readonly Queue<DeviceRequest> _refused = new();
    private IRing? _ring;
    private Exception? _startFailure;
    private RegisteredRegions _regions = RegisteredRegions.None;
    private string _description = string.Empty;
    private int _freeCount;
    private int _batchCount;
    private int _rejectedCount;
    private long _wakeCount;

    private void Run()
    {
        s_current = this;
        try
        {
            _ring = _createRing();
            _regions = _ring.Regions;
            _description = _ring.Description;
        }
#pragma warning disable CA1031 // Handed over whole: the constructor throws it on the opener's thread.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _startFailure = failure;
        }
        finally
        {
            _started.Set();
        }

        if (_startFailure is not null)
            return;
        while (true)
        {
            Fill();
            if (_freeCount == _slots.Length && _rejectedCount == 0 && _inbox.IsFinished)
                break;
            Advance(MayWait());
            DeliverRejected();
        }

        CloseRing();
    }

    /// <summary>Sinks on this thread: no fence, no wake-up, the requests ride with the next batch. They enter it at once where
    /// they pass nobody, which saves two copies of each.</summary>
    private void EnqueueLocal(ReadOnlySpan<DeviceRequest> requests)
    {
        bool closed = _inbox.IsClosed;
        foreach (ref readonly DeviceRequest request in requests)
        {
            if (closed)
                _refused.Enqueue(request);
            else if (_freeCount > 0 && _local.Count == 0 && !_inbox.HasItems && _rules.Check(request).IsNone && !_fault.IsSet)
                AddToBatch(request);
            else
                _local.Enqueue(request);
        }
    }

    private void Fill()
    {
        bool localTurn = true;
        while (_freeCount > 0 && _rejectedCount < _rejected.Length)
        {
            bool found = localTurn ? _local.TryDequeue(out DeviceRequest request) : _inbox.TryTake(out request);
            if (!found)
                found = localTurn ? _inbox.TryTake(out request) : _local.TryDequeue(out request);
            if (!found)
                break;
            localTurn = !localTurn;
            IoError error = _fault.IsSet ? IoError.Io : _rules.Check(request);
            if (error.Failed)
                _rejected[_rejectedCount++] = new Rejection(request, error);
            else
                AddToBatch(request);
        }

        while (_rejectedCount < _rejected.Length && _refused.TryDequeue(out DeviceRequest late))
            _rejected[_rejectedCount++] = new Rejection(late, IoError.Shutdown);
        _inbox.Release();
    }

    private void AddToBatch(in DeviceRequest request)
    {
        int slot = _freeSlots[--_freeCount];
        _slots[slot] = request;
        bool transfer = request.Operation != DeviceOperation.Flush;
        _batch[_batchCount++] = new EioRequest
        {
            Token = (ulong)slot,
            Offset = request.Offset,
            Length = (ulong)request.Length,
            Vectors = (EioVector*)request.Vectors,
            VectorCount = (uint)request.VectorCount,
            Operation = (EioOperation)request.Operation,
            Flags = request.Fua ? EioRequestFlags.Fua : EioRequestFlags.None,
            BufferIndex = transfer && request.VectorCount == 1 ? _regions.Find(*request.Vectors) : -1,
        };
        if (_batchCount % BatchRequests == 0)
            Push();
    }

    /// <summary>Lets the device begin while the rest of the batch is still being made. A ring that is broken says so in the next
    /// step.</summary>
    private void Push()
    {
        if (_ring is null)
            return;
        int accepted;
        fixed (EioRequest* requests = _batch)
            _ = _ring.Step(requests, _batchCount, out accepted, wait: false, null, 0);
        TakeAccepted(accepted);
    }

    private void TakeAccepted(int accepted)
    {
        Invariant.That(accepted >= 0 && accepted <= _batchCount);
        _batchCount -= accepted;
        if (_batchCount > 0 && accepted > 0)
            Array.Copy(_batch, accepted, _batch, 0, _batchCount);
    }

    /// <summary>Whether the step may wait in the kernel; if so and the ring has room, submitters know that they must wake
    /// it.</summary>
    private bool MayWait()
    {
        if (_rejectedCount > 0 || _refused.Count > 0)
            return false;
        if (_freeCount == 0)
            return true;
        if (_inbox.IsFinished)
            return _freeCount < _slots.Length;
        Interlocked.Exchange(ref _sleeping, 1);
        if (!_inbox.HasItems && !_inbox.IsFinished)
            return true;
        Volatile.Write(ref _sleeping, 0);
        return false;
    }

    private void Advance(bool wait)
    {
        if (_ring is null)
        {
            if (wait)
                _brokenWake.WaitOne();
            Volatile.Write(ref _sleeping, 0);
            return;
        }

        int count;
        int accepted;
        fixed (EioRequest* requests = _batch)
        fixed (EioCompletion* completions = _completions)
            count = _ring.Step(requests, _batchCount, out accepted, wait, completions, _completions.Length);
        Volatile.Write(ref _sleeping, 0);
        TakeAccepted(accepted);
        if (count < 0)
            Break(IoError.FromResult(count));
        else
            DeliverCompletions(count);
    }

    private void DeliverCompletions(int count)
    {
        for (int i = 0; i < count; i++)
        {
            int slot = (int)_completions[i].Token;
            ref DeviceRequest request = ref _slots[slot];
            IDeviceSink? sink = request.Sink;
            Invariant.That(sink is not null, "the ring completes a request once");
            ulong token = request.Token;
            long result = _completions[i].Result;
            if (request.Operation == DeviceOperation.Read && result > 0)
                result = _rules.Clip(request, result);
            FreeSlot(slot);
            _fault.Deliver(sink, token, IoResult.FromNative(result));
        }
    }

    private void DeliverRejected()
    {
        for (int i = 0; i < _rejectedCount; i++)
        {
            DeviceRequest request = _rejected[i].Request;
            _fault.Deliver(request.Sink!, request.Token, IoResult.Fail(_rejected[i].Error));
            _rejected[i] = default;
        }

        _rejectedCount = 0;
    }

    /// <summary>The ring is lost. Closing it waits until the kernel lets go of the memory in flight; only then may those requests
    /// end, with EIO.</summary>
    private void Break(IoError error)
    {
        _fault.Record(new IOException($"{_file.Path}: the kernel ring broke with {error.Name}"));
        CloseRing();
        _batchCount = 0;
        for (int slot = 0; slot < _slots.Length; slot++)
        {
            DeviceRequest request = _slots[slot];
            if (request.Sink is null)
                continue;
            FreeSlot(slot);
            _fault.Deliver(request.Sink, request.Token, IoResult.Fail(IoError.Io));
        }
    }

    private void CloseRing()
    {
        lock (_wakeGate)
        {
            _ring?.Dispose();
            _ring = null;
        }
    }

    private void FreeSlot(int slot)
    {
        _slots[slot] = default;
        _freeSlots[_freeCount++] = slot;
    }

    private readonly record struct Rejection(DeviceRequest Request, IoError Error);
}
