// The entries of one dirfrag, sorted by (24-bit hash, name): the order of readdir.
//
// Hashes are spread evenly over the frag, so that the place of one is guessed by interpolation and is a few entries off.
// Ownership: a field of its Dir, never copied; its array belongs to the cache's arena and goes back with Release.
// Invariants: sorted strictly; every hash lies inside the frag; names are read only to tell equal hashes apart.

using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>A sorted array of (hash, node). Mutable struct; <c>default</c> is empty.</summary>
internal unsafe struct DirIndex
{
    /// <summary>So many entries, two cache lines, are looked through one by one.</summary>
    private const int LinearMax = 8;

    private DirIndexEntry* _items;
    private int _count;
    private int _capacity;

    /// <summary>Entries.</summary>
    public readonly int Count => _count;

    /// <summary>Entries in order; valid until the index changes.</summary>
    public readonly Span<DirIndexEntry> Items => new(_items, _count);

    /// <summary>Bytes of its array.</summary>
    public readonly long Bytes => (long)_capacity * sizeof(DirIndexEntry);

    /// <summary>The first position whose entry has this hash or a greater one.</summary>
    public readonly int LowerBound(uint hash)
    {
        int low = 0;
        int high = _count;
        if (high > LinearMax)
            Narrow(hash, ref low, ref high);

        // Entries before low are less, from high on not less.
        while (high - low > LinearMax)
        {
            int middle = (low + high) >> 1;
            if (_items[middle].Hash < hash)
                low = middle + 1;
            else
                high = middle;
        }

        while (low < high && _items[low].Hash < hash)
            low++;
        return low;
    }

    /// <summary>Position of the name; or, complemented, where it belongs.</summary>
    public readonly int Find<TNames>(TNames names, uint hash, ReadOnlySpan<byte> name)
        where TNames : struct, INameSource, allows ref struct
    {
        int at = LowerBound(hash);
        for (; at < _count && _items[at].Hash == hash; at++)
        {
            int order = names.NameOf(_items[at].Node).SequenceCompareTo(name);
            if (order == 0)
                return at;
            if (order > 0)
                break;
        }

        return ~at;
    }

    /// <summary>Position of a node by identity, its hash given; -1 when it is not there.</summary>
    public readonly int FindNode(uint hash, NodeId node)
    {
        for (int at = LowerBound(hash); at < _count && _items[at].Hash == hash; at++)
        {
            if (_items[at].Node == node.Value)
                return at;
        }

        return -1;
    }

    /// <summary>The first position behind a readdir cursor: entries with (hash, name) greater than the given pair.</summary>
    public readonly int After<TNames>(TNames names, uint hash, ReadOnlySpan<byte> name)
        where TNames : struct, INameSource, allows ref struct
    {
        int at = Find(names, hash, name);
        return at >= 0 ? at + 1 : ~at;
    }

    /// <summary>Puts an entry at a position that <see cref="Find"/> gave.</summary>
    public void InsertAt(IndexArena arena, int at, uint hash, NodeId node)
    {
        Invariant.That((uint)at <= (uint)_count);
        if (_count == _capacity)
            SetCapacity(arena, Math.Max(_count + 1, _count * 2));
        Span<DirIndexEntry> all = new(_items, _count + 1);
        all[at.._count].CopyTo(all[(at + 1)..]);
        all[at] = new DirIndexEntry { Hash = hash, Node = node.Value };
        _count++;
    }

    /// <summary>Takes an entry out. The array shrinks once three quarters of it are empty.</summary>
    public void RemoveAt(IndexArena arena, int at)
    {
        Invariant.That((uint)at < (uint)_count);
        Span<DirIndexEntry> all = Items;
        all[(at + 1)..].CopyTo(all[at..]);
        _count--;
        if (_count == 0)
            Release(arena);
        else if (_capacity > 16 && _count < _capacity / 4)
            SetCapacity(arena, _count * 2);
    }

    /// <summary>Makes room for a bulk load, after which <see cref="Append"/> and <see cref="Sort"/> fill it.</summary>
    public void Reserve(IndexArena arena, int count)
    {
        if (count > _capacity)
            SetCapacity(arena, count);
    }

    /// <summary>Adds behind the last entry, in any order: <see cref="Sort"/> must follow.</summary>
    public void Append(IndexArena arena, uint hash, NodeId node) => InsertAt(arena, _count, hash, node);

    /// <summary>Restores the order after a bulk load; false when two entries have one name.</summary>
    public readonly bool Sort<TNames>(TNames names)
        where TNames : struct, INameSource
    {
        Span<DirIndexEntry> all = Items;
        if (!IsSortedByHash(all))
            MemoryMarshal.Cast<DirIndexEntry, ulong>(all).Sort();
        bool unique = true;
        for (int start = 0; start < all.Length;)
        {
            int end = start + 1;
            while (end < all.Length && all[end].Hash == all[start].Hash)
                end++;
            if (end - start > 1)
                unique &= SortEqual(names, all[start..end]);
            start = end;
        }

        return unique;
    }

    /// <summary>Gives the array back.</summary>
    public void Release(IndexArena arena)
    {
        if (_items != null)
            arena.Return(_items, _capacity);
        this = default;
    }

    private static bool IsSortedByHash(Span<DirIndexEntry> all)
    {
        for (int i = 1; i < all.Length; i++)
        {
            if (all[i - 1].Hash > all[i].Hash)
                return false;
        }

        return true;
    }

    /// <summary>Sorts entries of one hash by name, by insertion: there are two or three of them.</summary>
    private static bool SortEqual<TNames>(TNames names, Span<DirIndexEntry> run)
        where TNames : struct, INameSource
    {
        bool unique = true;
        for (int i = 1; i < run.Length; i++)
        {
            for (int at = i; at > 0; at--)
            {
                int order = names.NameOf(run[at - 1].Node).SequenceCompareTo(names.NameOf(run[at].Node));
                unique &= order != 0;
                if (order <= 0)
                    break;
                (run[at - 1], run[at]) = (run[at], run[at - 1]);
            }
        }

        return unique;
    }

    /// <summary>Guesses where the hash lies, and looks from there in doubling steps until it is between low and high.</summary>
    private readonly void Narrow(uint hash, ref int low, ref int high)
    {
        uint first = _items[0].Hash;
        uint last = _items[_count - 1].Hash;
        if (hash <= first || hash > last)
        {
            low = high = hash <= first ? 0 : _count;
            return;
        }

        int guess = (int)((ulong)(hash - first) * (uint)(_count - 1) / (last - first));
        int step = LinearMax;
        if (_items[guess].Hash < hash)
        {
            for (low = guess + 1; low + step < _count && _items[low + step].Hash < hash; step *= 2)
                low += step + 1;
            high = Math.Min(_count, low + step);
        }
        else
        {
            for (high = guess; high - step >= 0 && _items[high - step].Hash >= hash; step *= 2)
                high -= step;
            low = Math.Max(0, high - step);
        }
    }

    private void SetCapacity(IndexArena arena, int entries)
    {
        int capacity = IndexArena.CapacityFor(entries);
        DirIndexEntry* items = arena.Rent(capacity);
        Items.CopyTo(new Span<DirIndexEntry>(items, capacity));
        if (_items != null)
            arena.Return(_items, _capacity);
        _items = items;
        _capacity = capacity;
    }
}
