using Engine.Buffers;

namespace Engine.Cache;

/// <summary>
/// The last blocks that have gone, by fingerprint, first in first out. A ring holds the fingerprints in order, and an
/// open-addressed table says where in it each is: 10 bytes for one. Two blocks with one fingerprint are taken for each other.
/// Invariants: every fingerprint that is not 0 is in the ring once, and in the table once; no free slot of the table lies between
/// an entry and the slot that its fingerprint names.
/// </summary>
internal sealed class GhostQueue : IDisposable
{
    /// <summary>Fingerprints in order; 0 where one was taken out.</summary>
    private UnmanagedArray<uint> _ring = new(0);

    /// <summary>One more than a place in the ring; 0 is a free slot. At most two of three are in use.</summary>
    private UnmanagedArray<int> _slots = new(0);

    private int _next;

    public long Bytes => _ring.Bytes + _slots.Bytes;

    /// <summary>Keeps so many; those of another size are forgotten.</summary>
    public void Resize(int capacity)
    {
        if (capacity == _ring.Length)
            return;
        Dispose();
        _ring = new UnmanagedArray<uint>(capacity);
        _slots = new UnmanagedArray<int>(capacity == 0 ? 0 : capacity + (capacity / 2) + 1);
        _next = 0;
    }

    /// <summary>Adds one; the oldest goes where there are as many as are kept.</summary>
    public void Add(uint fingerprint)
    {
        if (_ring.Length == 0)
            return;
        TryTake(fingerprint);
        if (_ring[_next] != 0)
            TryTake(_ring[_next]);
        _ring[_next] = fingerprint;
        int slot = Find(fingerprint);
        _slots[slot] = _next + 1;
        if (++_next == _ring.Length)
            _next = 0;
    }

    /// <summary>Takes one out; false when it is not there.</summary>
    public bool TryTake(uint fingerprint)
    {
        if (_ring.Length == 0)
            return false;
        int slot = Find(fingerprint);
        if (_slots[slot] == 0)
            return false;
        _ring[_slots[slot] - 1] = 0;
        ShiftBack(slot);
        return true;
    }

    public void Dispose()
    {
        _ring.Dispose();
        _slots.Dispose();
    }

    /// <summary>The slot that has the fingerprint, or the free one where it belongs.</summary>
    private int Find(uint fingerprint)
    {
        int slot = Home(fingerprint);
        while (_slots[slot] != 0 && _ring[_slots[slot] - 1] != fingerprint)
            slot = After(slot);
        return slot;
    }

    /// <summary>Frees a slot, and fills it with what it had pushed further.</summary>
    private void ShiftBack(int free)
    {
        for (int slot = After(free); _slots[slot] != 0; slot = After(slot))
        {
            int home = Home(_ring[_slots[slot] - 1]);
            if (Distance(home, slot) < Distance(free, slot))
                continue;
            _slots[free] = _slots[slot];
            free = slot;
        }
        _slots[free] = 0;
    }

    private int Home(uint fingerprint) => (int)(((ulong)fingerprint * (uint)_slots.Length) >> 32);

    private int After(int slot) => slot + 1 == _slots.Length ? 0 : slot + 1;

    private int Distance(int from, int to) => to >= from ? to - from : to - from + _slots.Length;
}
