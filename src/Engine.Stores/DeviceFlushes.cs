// Flushes of a device, for flushes of the store and for FUA writes where the device has no FUA of its own.
//
// A flush that failed may have lost every write that its device had in a volatile cache by then, whoever's they are: those that
// were complete, and those under way. So it fails
//   - its riders, and every flush and FUA write that had begun before it ended, though a later flush of the device is good;
//   - the next flush of the store, unless a flush was among its riders: somebody has to be told of what others had written.
// One user of the store asks for flushes; of two, one may be told what the other has lost.
//
// A FUA write of the device's own that failed counts as a flush that failed: what lies below a device may flush for it all the
// same. It may be told later than a flush that came after it below, so a flush ends only when the FUA writes have ended that
// were under way when the device had done it. FUA writes do not wait for one another: where one of them flushes below and fails,
// another may be acknowledged before that is heard. A refusal for its form (EINVAL, EROFS) is none: it reached no device.
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

    /// <summary>The flush under way; 0 once the device has done it.</summary>
    private uint _turn;

    /// <summary>A flush that the device has done and that waits for FUA writes: how it ended.</summary>
    private (uint Turn, IoError Error) _held;

    /// <summary>The failure of the flush under way is noted already, for those who end before it does.</summary>
    private bool _isNoted;

    /// <summary>FUA writes of the device's own under way that the held flush waits for, and those that began later.</summary>
    private int _awaited;
    private int _fuaWrites;

    /// <summary>Flushes that the device has done; tells the ones from the others.</summary>
    private int _flushesDone;

    /// <summary>Flushes of the device that have failed: noted by whatever begins.</summary>
    public int Failures => Volatile.Read(ref _failures);

    /// <summary>A FUA write begins that the device is to make durable itself.</summary>
    public void BeginFua(ref StoreOperation operation)
    {
        lock (_gate)
        {
            operation.FailuresBefore = _failures;
            operation.FlushesBefore = _flushesDone;
            _fuaWrites++;
        }
    }

    /// <summary>Such a write has ended with <paramref name="error"/>, which becomes what it may say. True when a flush has
    /// waited for it: <see cref="EndHeld"/>, when the write has been told.</summary>
    public bool EndFua(in StoreOperation operation, ref IoError error)
    {
        lock (_gate)
        {
            if (error.Failed && error != IoError.Invalid && error != IoError.ReadOnly)
                FailLocked(NoRefusal(error), isTold: false);
            error = JudgeLocked(operation.FailuresBefore, error);
            if (operation.FlushesBefore != _flushesDone)
                return --_awaited == 0;
            _fuaWrites--;
            return false;
        }
    }

    /// <summary>Ends the flush that has waited.</summary>
    public void EndHeld() => Completed(_held.Turn, _held.Error);

    /// <inheritdoc/>
    public void Complete(ulong token, IoResult result)
    {
        lock (_gate)
        {
            if ((uint)token != _turn)
                return;
            _turn = 0;
            _flushesDone++;
            _held = ((uint)token, result.Error);
            _isNoted = result.Failed;
            if (_isNoted)
                FailLocked(NoRefusal(result.Error), HasFlush());
            _awaited += _fuaWrites;
            _fuaWrites = 0;
            if (_awaited > 0)
                return;
        }

        EndHeld();
    }

    /// <inheritdoc/>
    protected override void Begin(uint turn)
    {
        lock (_gate)
            (_turn, _isNoted) = (turn, false);
        store.FlushDevice(this, turn);
    }

    /// <inheritdoc/>
    protected override IoError Settle(IoError error)
    {
        error = NoRefusal(error);
        bool tellsFlush = HasFlush();
        lock (_gate)
        {
            _owed = tellsFlush ? _untold : IoError.None;
            if (tellsFlush)
                _untold = IoError.None;
            if (error.Failed && !_isNoted)
                FailLocked(error, tellsFlush);
        }

        return error;
    }

    /// <inheritdoc/>
    protected override void End(int rider, IoError error)
    {
        ref StoreOperation operation = ref store.OperationAt(rider);
        lock (_gate)
            error = JudgeLocked(operation.FailuresBefore, error);
        if (error.IsNone && operation.Kind == DeviceOperation.Flush)
            error = _owed;
        store.EndFlushed(rider, error);
    }

    /// <summary>The device may have begun: what it says is no refusal.</summary>
    private static IoError NoRefusal(IoError error) =>
        error == IoError.Again || error == IoError.Shutdown ? IoError.Io : error;

    /// <summary>What an operation may say that has ended with <paramref name="error"/> and began after
    /// <paramref name="failuresBefore"/> failures.</summary>
    private IoError JudgeLocked(int failuresBefore, IoError error) =>
        error.IsNone && failuresBefore != _failures ? _last : error;

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
