// Operations under way: slot in, device request out, completion in, next step or end. No allocation, no lock
// (but that of flushes).
using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;

namespace Engine.Stores;

public sealed unsafe partial class DeviceStore
{
    private long _deviceReads;
    private long _deviceWrites;
    private long _deviceFlushes;
    private long _deviceRanges;
    private long _shortTransfers;
    private long _discardsIgnored;
    private long _zeroFallbacks;
    private long _slotsExhausted;
    private long _failures;

    /// <summary>Set once the device has refused a write-zeroes; it is not asked again.</summary>
    private volatile bool _deviceLacksZeroes;

    private void Transfer(
        DeviceOperation kind, long offset, BufferList buffers, bool fua, bool callerWaits, in Submission submission)
    {
        if (!TryEnter(submission, out int slot))
            return;
        int vectors = buffers.CopyVectors(new Span<IoVector>(_slab.VectorsOf(slot), _slab.VectorsPerOperation));
        if (vectors < 0)
        {
            // More segments than the capabilities allow.
            _slab.Return(slot);
            submission.Complete(IoResult.Fail(IoError.Invalid));
            return;
        }

        buffers.MarkInFlight();
        ref StoreOperation operation = ref _slab[slot];
        operation.Submission = submission;
        operation.Buffers = buffers;
        operation.Kind = kind;
        operation.Fua = fua;
        operation.FailuresBefore = _flushes.Failures;
        operation.Offset = offset;
        operation.Length = buffers.Length;
        operation.StepLength = operation.Length;
        operation.VectorCount = vectors;
        if (fua && _watchesFua)
            _flushes.BeginFua(ref operation);
        if (callerWaits && !fua)
            RunHere(slot);
        else
            SubmitStep(slot);
    }

    private void StartRange(DeviceOperation kind, long offset, long length, in Submission submission)
    {
        if (!TryEnter(submission, out int slot))
            return;
        ref StoreOperation operation = ref _slab[slot];
        operation.Submission = submission;
        operation.Kind = kind;
        operation.Offset = offset;
        operation.Length = length;
        operation.StepLength = length;
        if (kind == DeviceOperation.WriteZeroes && _deviceLacksZeroes)
            WriteZeroBlocks(slot, ref operation);
        SubmitStep(slot);
    }

    private bool TryEnter(in Submission submission, out int slot)
    {
        IoError error = _slab.Rent(out slot);
        if (error.IsNone)
            return true;
        if (error == IoError.Again)
            Interlocked.Increment(ref _slotsExhausted);
        submission.Complete(IoResult.Fail(error));
        return false;
    }

    private void SubmitStep(int slot)
    {
        DeviceRequest request = RequestOf(slot);
        _device.Submit(new ReadOnlySpan<DeviceRequest>(in request));
    }

    /// <summary>The submitter waits for this one: no other thread is woken for it.</summary>
    private void RunHere(int slot)
    {
        IoResult outcome;
        while (!TryFinish(slot, _device.Execute(RequestOf(slot)), out outcome))
        {
        }

        End(slot, outcome);
    }

    private void CompleteStep(ulong token, IoResult result)
    {
        int slot = (int)(uint)token;
        ref StoreOperation operation = ref _slab[slot];
        Invariant.That(operation.IsBusy && operation.Generation == (uint)(token >> 32));
        if (TryFinish(slot, result, out IoResult outcome))
            End(slot, outcome);
        else
            SubmitStep(slot);
    }

    private DeviceRequest RequestOf(int slot)
    {
        ref StoreOperation operation = ref _slab[slot];
        Count(operation.Kind);
        return new DeviceRequest
        {
            Operation = operation.Kind,
            Fua = operation.Fua && !_flushesForFua,
            Offset = operation.Offset + operation.Done,
            Length = operation.StepLength,
            Vectors = _slab.VectorsOf(slot) + operation.FirstVector,
            VectorCount = operation.VectorCount,
            Token = ((ulong)operation.Generation << 32) | (uint)slot,
            Sink = _sink,
        };
    }

    private void Count(DeviceOperation kind)
    {
        switch (kind)
        {
            case DeviceOperation.Read:
                Interlocked.Increment(ref _deviceReads);
                break;
            case DeviceOperation.Write:
                Interlocked.Increment(ref _deviceWrites);
                break;
            case DeviceOperation.Flush:
                Interlocked.Increment(ref _deviceFlushes);
                break;
            default:
                Interlocked.Increment(ref _deviceRanges);
                break;
        }
    }

    /// <summary>Takes a step's result: true with the operation's outcome, or false with the next step prepared.</summary>
    private bool TryFinish(int slot, IoResult result, out IoResult outcome)
    {
        ref StoreOperation operation = ref _slab[slot];
        if (result.Failed)
            return TryFail(slot, ref operation, result.Error, out outcome);
        outcome = IoResult.Ok(operation.Length);
        if (operation.Kind is not (DeviceOperation.Read or DeviceOperation.Write))
            return true;

        long moved = result.Bytes;
        if (moved < operation.StepLength)
        {
            // The remainder must begin on a block; what was moved of a partial one is moved again.
            moved -= moved & _blockMask;
            Interlocked.Increment(ref _shortTransfers);
            if (moved <= 0)
            {
                // Trying again for ever would hang the submitter.
                Interlocked.Increment(ref _failures);
                outcome = IoResult.Fail(IoError.Io);
                return true;
            }
        }

        operation.Done += Math.Min(moved, operation.StepLength);
        if (operation.Done == operation.Length)
            return true;
        if (operation.WritesZeroBlocks)
            FillZeroVectors(slot, ref operation);
        else
            SkipVectors(slot, ref operation, moved);
        return false;
    }

    private bool TryFail(int slot, ref StoreOperation operation, IoError error, out IoResult outcome)
    {
        if (error == IoError.NotSupported && operation.Kind == DeviceOperation.WriteZeroes)
        {
            _deviceLacksZeroes = true;
            WriteZeroBlocks(slot, ref operation);
            outcome = default;
            return false;
        }

        if (error == IoError.NotSupported && operation.Kind == DeviceOperation.Discard && !Capabilities.HasSparse)
        {
            Interlocked.Increment(ref _discardsIgnored);
            outcome = IoResult.Ok(0);
            return true;
        }

        Interlocked.Increment(ref _failures);
        outcome = IoResult.Fail(error);
        return true;
    }

    /// <summary>The device has done its part: that is all, or a FUA write waits for a flush.</summary>
    private void End(int slot, IoResult outcome)
    {
        ref StoreOperation operation = ref _slab[slot];
        if (!operation.Fua)
            Report(slot, outcome);
        else if (_watchesFua)
            EndFua(slot, outcome);
        else if (_flushesForFua && !outcome.Failed)
            _flushes.Join(slot);
        else
            Report(slot, outcome);
    }

    private void EndFua(int slot, IoResult outcome)
    {
        IoError error = outcome.Error;
        bool endsFlush = _flushes.EndFua(in _slab[slot], ref error);
        if (error.Failed && !outcome.Failed)
            Interlocked.Increment(ref _failures);
        try
        {
            Report(slot, error.Failed ? IoResult.Fail(error) : outcome);
        }
        finally
        {
            if (endsFlush)
                _flushes.EndHeld();
        }
    }

    /// <summary>An operation that waited for a flush may end.</summary>
    internal void EndFlushed(int slot, IoError error)
    {
        if (error.Failed)
            Interlocked.Increment(ref _failures);
        Report(slot, error.Failed ? IoResult.Fail(error) : IoResult.Ok(_slab[slot].Length));
    }

    /// <summary>The slot of an operation that waits for a flush.</summary>
    internal ref StoreOperation OperationAt(int slot) => ref _slab[slot];

    /// <summary>Sends a flush to the device.</summary>
    internal void FlushDevice(IDeviceSink sink, ulong token)
    {
        Count(DeviceOperation.Flush);
        DeviceRequest request = new() { Operation = DeviceOperation.Flush, Token = token, Sink = sink };
        _device.Submit(new ReadOnlySpan<DeviceRequest>(in request));
    }

    /// <summary>Tells an operation's end; the slot is home before the sink runs.</summary>
    private void Report(int slot, IoResult outcome)
    {
        ref StoreOperation operation = ref _slab[slot];
        Submission submission = operation.Submission;
        operation.Buffers?.ClearInFlight();
        _slab.Return(slot);
        submission.Complete(outcome);
    }

    private void WriteZeroBlocks(int slot, ref StoreOperation operation)
    {
        Interlocked.Increment(ref _zeroFallbacks);
        operation.Kind = DeviceOperation.Write;
        operation.WritesZeroBlocks = true;
        FillZeroVectors(slot, ref operation);
    }

    /// <summary>Points the vectors at the zero block, for as much of the rest as they can carry.</summary>
    private void FillZeroVectors(int slot, ref StoreOperation operation)
    {
        IoVector* vectors = _slab.VectorsOf(slot);
        long rest = Math.Min(operation.Length - operation.Done, TransferBytesMax);
        long step = 0;
        int count = 0;
        while (step < rest && count < _slab.VectorsPerOperation)
        {
            long part = Math.Min(rest - step, OperationSlab.ZeroBytes);
            vectors[count++] = new IoVector(_slab.ZeroBlock, (nuint)part);
            step += part;
        }

        operation.FirstVector = 0;
        operation.VectorCount = count;
        operation.StepLength = step;
    }

    private void SkipVectors(int slot, ref StoreOperation operation, long moved)
    {
        IoVector* vectors = _slab.VectorsOf(slot);
        operation.StepLength -= moved;
        while (moved > 0)
        {
            ref IoVector vector = ref vectors[operation.FirstVector];
            if ((nuint)moved < vector.Length)
            {
                vector = new IoVector(vector.Address + (nint)moved, vector.Length - (nuint)moved);
                return;
            }

            moved -= (long)vector.Length;
            operation.FirstVector++;
            operation.VectorCount--;
        }
    }
}
