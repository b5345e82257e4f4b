using System.Numerics;
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Devices;

// Purpose: the bounded queue by which any thread hands requests to a ring's owner thread.
// Ownership: _head and the taking side belong to the owner; everything else may be used by any thread.
// Invariants: positions grow for ever; cell i holds position p when its sequence is p + 1. A producer claims positions by moving
// _tail, fills the cells, then publishes each by its sequence, so a producer that was preempted between the two delays the later
// ones but loses nothing. _tail - _head <= capacity. Once _tail carries ClosedBit no position can be claimed, so what the owner
// then sees as the tail is the last request that ever comes.
internal sealed class RequestInbox
{
    private const long ClosedBit = 1L << 62;

    private readonly Cell[] _cells;
    private readonly int _mask;
    private readonly object _roomGate = new();
    private PaddedLong _tail;
    private PaddedLong _head;
    private long _taken;
    private int _waiters;

    public RequestInbox(int capacity)
    {
        Invariant.That(capacity > 0);
        _cells = new Cell[BitOperations.RoundUpToPowerOf2((uint)capacity)];
        _mask = _cells.Length - 1;
    }

    public bool IsClosed => (Volatile.Read(ref _tail.Value) & ClosedBit) != 0;

    /// <summary>Owner: nothing will come any more and everything was taken.</summary>
    public bool IsFinished => Volatile.Read(ref _tail.Value) == (_taken | ClosedBit);

    /// <summary>Owner: the next request is there to be taken.</summary>
    public bool HasItems => Volatile.Read(ref _cells[_taken & _mask].Sequence) == _taken + 1;

    /// <summary>Puts a prefix of <paramref name="requests"/> in and returns its length, 0 when full, -1 when closed.</summary>
    public int TryPut(ReadOnlySpan<DeviceRequest> requests)
    {
        while (true)
        {
            long tail = Volatile.Read(ref _tail.Value);
            if ((tail & ClosedBit) != 0)
                return -1;
            long room = _cells.Length - (tail - Volatile.Read(ref _head.Value));
            int count = (int)Math.Min(room, requests.Length);
            if (count <= 0)
                return 0;
            if (Interlocked.CompareExchange(ref _tail.Value, tail + count, tail) != tail)
                continue;
            for (int i = 0; i < count; i++)
            {
                ref Cell cell = ref _cells[(tail + i) & _mask];
                cell.Request = requests[i];
                Volatile.Write(ref cell.Sequence, tail + i + 1);
            }

            return count;
        }
    }

    /// <summary>Waits until there may be room again or the inbox is closed. Not for the owner.</summary>
    public void WaitForRoom()
    {
        lock (_roomGate)
        {
            // Announced by a full fence before the check; Release fences between moving _head and looking at _waiters. So either
            // this check sees the room or Release sees the waiter, and its pulse needs the gate, which is held here until Wait.
            Interlocked.Increment(ref _waiters);
            while (IsFull)
                Monitor.Wait(_roomGate);
            Interlocked.Decrement(ref _waiters);
        }
    }

    /// <summary>Owner: takes the oldest request. The cell is free for producers only after <see cref="Release"/>.</summary>
    public bool TryTake(out DeviceRequest request)
    {
        ref Cell cell = ref _cells[_taken & _mask];
        if (Volatile.Read(ref cell.Sequence) != _taken + 1)
        {
            request = default;
            return false;
        }

        request = cell.Request;
        cell.Request = default;
        _taken++;
        return true;
    }

    /// <summary>Owner: gives the cells taken so far back to producers.</summary>
    public void Release()
    {
        if (_taken == _head.Value)
            return;
        Volatile.Write(ref _head.Value, _taken);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _waiters) > 0)
            PulseWaiters();
    }

    /// <summary>Lets no further request in. Callers that wait for room return.</summary>
    public void Close()
    {
        Interlocked.Or(ref _tail.Value, ClosedBit);
        PulseWaiters();
    }

    private bool IsFull
    {
        get
        {
            long tail = Volatile.Read(ref _tail.Value);
            return (tail & ClosedBit) == 0 && tail - Volatile.Read(ref _head.Value) >= _cells.Length;
        }
    }

    private void PulseWaiters()
    {
        lock (_roomGate)
            Monitor.PulseAll(_roomGate);
    }

    private struct Cell
    {
        public long Sequence;
        public DeviceRequest Request;
    }

    /// <summary>Producers hammer the tail while the owner moves the head: each on cache lines of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 192)]
    private struct PaddedLong
    {
        [FieldOffset(64)]
        public long Value;
    }
}
