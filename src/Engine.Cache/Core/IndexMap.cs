using System.Numerics;
using System.Runtime.CompilerServices;
using Engine.Buffers;

namespace Engine.Cache;

/// <summary>
/// Open-addressing map from (number, owner) to a positive index, in unmanaged memory: linear probing, at most half full,
/// deletion by shifting back. Invariant: no free slot lies between an entry and the slot that its hash names.
/// </summary>
internal sealed class IndexMap : IDisposable
{
    private UnmanagedArray<Entry> _entries;
    private int _mask;
    private int _shift;

    public IndexMap(int capacity)
    {
        int slots = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, capacity * 2));
        _entries = new UnmanagedArray<Entry>(slots);
        SetSize(slots);
    }

    public int Count { get; private set; }

    /// <summary>The index, or 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe int Find(long number, int owner)
    {
        Entry* entries = _entries.Pointer;
        for (int slot = Home(number, owner); ; slot = (slot + 1) & _mask)
        {
            Entry* entry = entries + slot;
            if (entry->Number == number && entry->Owner == owner)
                return entry->Index;
            if (entry->Index == 0)
                return 0;
        }
    }

    public void Add(long number, int owner, int index)
    {
        Invariant.That(index > 0 && owner > 0);
        if ((Count + 1) * 2 > _entries.Length)
            Grow();
        Place(number, owner, index);
        Count++;
    }

    public void Remove(long number, int owner)
    {
        int slot = Home(number, owner);
        while (_entries[slot].Number != number || _entries[slot].Owner != owner)
        {
            Invariant.That(_entries[slot].Index != 0, "removing an entry that is not in the map");
            slot = (slot + 1) & _mask;
        }
        ShiftBack(slot);
        Count--;
    }

    public void Dispose() => _entries.Dispose();

    private void ShiftBack(int free)
    {
        for (int slot = (free + 1) & _mask; _entries[slot].Index != 0; slot = (slot + 1) & _mask)
        {
            int home = Home(_entries[slot].Number, _entries[slot].Owner);
            bool mayMove = ((slot - home) & _mask) >= ((slot - free) & _mask);
            if (!mayMove)
                continue;
            _entries[free] = _entries[slot];
            free = slot;
        }
        _entries[free] = default;
    }

    private void Place(long number, int owner, int index)
    {
        int slot = Home(number, owner);
        while (_entries[slot].Index != 0)
        {
            Invariant.That(_entries[slot].Number != number || _entries[slot].Owner != owner, "entry is in the map already");
            slot = (slot + 1) & _mask;
        }
        _entries[slot] = new Entry { Number = number, Owner = owner, Index = index };
    }

    private void Grow()
    {
        UnmanagedArray<Entry> old = _entries;
        _entries = new UnmanagedArray<Entry>(old.Length * 2);
        SetSize(_entries.Length);
        for (int i = 0; i < old.Length; i++)
        {
            if (old[i].Index != 0)
                Place(old[i].Number, old[i].Owner, old[i].Index);
        }
        old.Dispose();
    }

    private void SetSize(int slots)
    {
        _mask = slots - 1;
        _shift = 64 - BitOperations.Log2((uint)slots);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Home(long number, int owner) =>
        (int)((((ulong)number + ((ulong)(uint)owner << 40) + (uint)owner) * 0x9E3779B97F4A7C15UL) >> _shift);

    private struct Entry
    {
        public long Number;
        public int Owner;
        public int Index;
    }
}
