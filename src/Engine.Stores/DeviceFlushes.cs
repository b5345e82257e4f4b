// Flushes of a device, for flushes of the store and for FUA writes where the device has no FUA of its own.
//
// A flush that failed may have lost every write that its device had in a volatile cache by then, whoever's they are: those that
// were complete, and those under way. So it fails
//   - its riders, and every flush and FUA write that had begun before it ended, though a later flush of the device is good;
//   - the next flush of the store, if none of those was one: somebody has to be told of what others had written.
// One user of the store asks for flushes; of two, one may be told what the other has lost. A FUA write of the device's own that
// failed counts as a flush that failed: what lies below a device may flush for it all the same.
// Threads: as FlushTurns says; _gate guards the fields, since FUA writes end beside flushes.

using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;

namespace Engine.Stores;

/// <summary>Flushes a device for flushes and FUA writes of its store, and says whom a flush that failed concerns.</summary>
internal sealed class DeviceFlushes(DeviceStore store) : FlushTurns<int>, IDeviceSink
{
    private readonly Lock _gate = new();
    private int _failures;
    private IoError _last;

    /// <summary>A failure that no flush of the store has been told of.</summary>
    private IoError _untold;

    /// <summary>What flushes among the riders are told, though this flush of the device was good.</summary>
    private IoError _owed;

    /// <summary>Flushes of the device that have failed: noted by whatever begins, for <see cref="Judge"/>.</summary>
    public int Failures => Volatile.Read(ref _failures);

    /// <summary>What an operation may say that has ended with <paramref name="error"/> and began after
    /// <paramref name="failuresBefore"/> failures.</summary>
    public IoError Judge(int failuresBefore, IoError error)
    {
        lock (_gate)
            return error.IsNone && failuresBefore != _failures ? _last : error;
    }

    /// <summary>The device has failed a FUA write that it was to make durable itself.</summary>
    public void NoteFailure(IoError error)
    {
        lock (_gate)
            FailLocked(error, isTold: false);
    }

    /// <inheritdoc/>
    public void Complete(ulong token, IoResult result) => Completed((uint)token, result.Error);

    /// <inheritdoc/>
    protected override void Begin(uint turn) => store.FlushDevice(this, turn);

    /// <inheritdoc/>
    protected override IoError Settle(IoError error)
    {
        // The device may have begun: what it says is no refusal.
        if (error == IoError.Again || error == IoError.Shutdown)
            error = IoError.Io;
        bool tellsFlush = HasFlush();
        lock (_gate)
        {
            _owed = tellsFlush ? _untold : IoError.None;
            if (tellsFlush)
                _untold = IoError.None;
            if (error.Failed)
                FailLocked(error, tellsFlush);
        }

        return error;
    }

    /// <inheritdoc/>
    protected override void End(int rider, IoError error)
    {
        ref StoreOperation operation = ref store.OperationAt(rider);
        error = Judge(operation.FailuresBefore, error);
        if (error.IsNone && operation.Kind == DeviceOperation.Flush)
            error = _owed;
        store.EndFlushed(rider, error);
    }

    private void FailLocked(IoError error, bool isTold)
    {
        _last = error;
        if (!isTold)
            _untold = error;
        Volatile.Write(ref _failures, _failures + 1);
    }

    private bool HasFlush()
    {
        foreach (int rider in Riders)
        {
            if (store.OperationAt(rider).Kind == DeviceOperation.Flush)
                return true;
        }

        return false;
    }
}
