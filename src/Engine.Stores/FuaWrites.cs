// FUA writes under way on a device, and what their failures mean for flushes.
//
// A FUA write is a write and a flush of the device's whole cache where the device has nothing better (Linux, block/blk-flush.c).
// If it fails, that flush may have, and what others had written is as lost as with a flush of theirs: the next flush has to say
// so, though the device does it well. A flush that ends while older FUA writes are under way waits for them, since one of them
// may have failed before it and not be reported yet.
// Threads: any. Invariants: _underWay rises; _held has flushes that the device has ended, each with the last write before that.

using Engine.Buffers;
using Engine.Objects;

namespace Engine.Stores;

/// <summary>Fails the flush that follows a failed FUA write.</summary>
internal sealed class FuaWrites
{
    private readonly Lock _gate = new();
    private readonly List<long> _underWay = [];
    private readonly List<HeldFlush> _held = [];
    private long _last;
    private IoError _failure;

    /// <summary>A FUA write begins; its number is for <see cref="End"/>.</summary>
    public long Begin()
    {
        lock (_gate)
        {
            _underWay.Add(++_last);
            return _last;
        }
    }

    /// <summary>A FUA write has ended; flushes may be taken out afterwards.</summary>
    public void End(long write, IoError error)
    {
        lock (_gate)
        {
            _underWay.Remove(write);
            if (error.Failed && _failure.IsNone)
                _failure = error;
        }
    }

    /// <summary>What a flush that the device has done may say, or false where it waits for older writes.</summary>
    public bool TrySettle(int slot, ref IoResult outcome)
    {
        lock (_gate)
        {
            if (_underWay.Count > 0)
            {
                _held.Add(new HeldFlush(slot, _last, outcome));
                return false;
            }

            outcome = SettleLocked(outcome);
            return true;
        }
    }

    /// <summary>Takes out a flush that waits for no write any more.</summary>
    public bool TryTake(out int slot, out IoResult outcome)
    {
        lock (_gate)
        {
            (slot, outcome) = (0, default);
            if (_held.Count == 0 || (_underWay.Count > 0 && _underWay[0] <= _held[0].LastWrite))
                return false;
            slot = _held[0].Slot;
            outcome = SettleLocked(_held[0].Outcome);
            _held.RemoveAt(0);
            return true;
        }
    }

    private IoResult SettleLocked(IoResult outcome)
    {
        IoError failure = _failure;
        _failure = IoError.None;
        return failure.IsNone || outcome.Failed ? outcome : IoResult.Fail(failure);
    }

    private readonly record struct HeldFlush(int Slot, long LastWrite, IoResult Outcome);
}
