using System.Runtime.InteropServices;

namespace Engine.Buffers;

/// <summary>
/// One core's stock of free blocks: a stack of indices behind a one-word lock. Owners try the lock and go to the central list
/// when it is taken; only a thief, when the central list is empty, waits for it. Two cache lines, so cores do not share one.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
internal unsafe struct BlockMagazine
{
    private int _lock;
    private int _count;

    /// <summary>Rents minus returns that went through this magazine; may be negative, the sum over all is what counts.</summary>
    private long _rented;
    private uint* _stock;
    private int _capacity;

    public readonly int Capacity => _capacity;

    public readonly long Rented => _rented;

    public void Initialize(uint* stock, int capacity)
    {
        _stock = stock;
        _capacity = capacity;
    }

    public bool TryEnter() => Interlocked.CompareExchange(ref _lock, 1, 0) == 0;

    public void Enter()
    {
        SpinWait spin = default;
        while (!TryEnter())
            spin.SpinOnce(sleep1Threshold: -1);
    }

    public void Exit() => Volatile.Write(ref _lock, 0);

    public bool TryPopLocked(out uint index)
    {
        if (_count == 0)
        {
            index = 0;
            return false;
        }

        index = _stock[--_count];
        return true;
    }

    public bool TryPushLocked(uint index)
    {
        if (_count == _capacity)
            return false;
        _stock[_count++] = index;
        return true;
    }

    public void CountRentedLocked(int delta) => _rented += delta;
}
