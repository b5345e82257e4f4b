// Inode number to node: an open-addressed table of 8-byte cells in unmanaged memory.
//
// A cell holds 32 bits of the number's hash beside the node, and the number itself is read from the node's record only when they
// agree: half the memory of full keys, and the reader is about to touch the record anyway.
// Ownership: the cache's; it inserts every inode it adopts or makes and removes it before the node goes.
// Invariants: Count cells hold a node; every number is found by walking from its home cell without meeting an empty cell
// (removal moves followers back, there are no tombstones); at most 7/8 of the cells are used.

using System.Numerics;
using System.Runtime.Intrinsics.X86;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Finds the node that holds an inode. Numbers are unique within it.</summary>
internal sealed class InoIndex : IDisposable
{
    private const int CapacityMin = 64;
    private const int GroupBits = 3;
    private const uint GroupMask = (1 << GroupBits) - 1;

    private UnmanagedArray<Cell> _cells = new(CapacityMin);

    /// <summary>Inodes.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of unmanaged memory.</summary>
    public long Bytes => _cells.Bytes;

    /// <summary>The node of the inode, or none.</summary>
    public NodeId Find<TSource>(TSource source, ulong ino)
        where TSource : struct, IInoSource
    {
        int at = FindCell(source, ino);
        return at < 0 ? NodeId.None : new NodeId(_cells[at].Node);
    }

    /// <summary>Asks for the memory that a look-up begins with.</summary>
    public unsafe void Fetch(ulong ino)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(_cells.Pointer + Home(HashOf(ino)));
    }

    /// <summary>The node of the inode, or none, or that of another one: the number itself is not looked at.</summary>
    public NodeId Guess(ulong ino)
    {
        uint hash = HashOf(ino);
        int mask = _cells.Length - 1;
        int at = Home(hash);
        while (_cells[at].Node != 0 && _cells[at].Hash != hash)
            at = (at + 1) & mask;
        return new NodeId(_cells[at].Node);
    }

    /// <summary>Adds an inode that is not in the index; false when it is.</summary>
    public bool TryAdd<TSource>(TSource source, ulong ino, NodeId node)
        where TSource : struct, IInoSource
    {
        Reserve(1);
        uint hash = HashOf(ino);
        int mask = _cells.Length - 1;
        int at = Home(hash);
        while (_cells[at].Node != 0)
        {
            if (_cells[at].Hash == hash && source.InoOf(_cells[at].Node) == ino)
                return false;
            at = (at + 1) & mask;
        }

        _cells[at] = new Cell { Hash = hash, Node = node.Value };
        Count++;
        return true;
    }

    /// <summary>Removes an inode; false when it is not there.</summary>
    public bool TryRemove<TSource>(TSource source, ulong ino)
        where TSource : struct, IInoSource
    {
        int hole = FindCell(source, ino);
        if (hole < 0)
            return false;
        int mask = _cells.Length - 1;
        for (int at = (hole + 1) & mask; _cells[at].Node != 0; at = (at + 1) & mask)
        {
            // A cell may fill the hole unless its home lies behind the hole: distances are taken around the end of the table.
            int home = Home(_cells[at].Hash);
            if (((at - home) & mask) < ((at - hole) & mask))
                continue;
            _cells[hole] = _cells[at];
            hole = at;
        }

        _cells[hole] = default;
        Count--;
        return true;
    }

    /// <summary>Makes room for that many more, so that adopting many inodes grows the table once.</summary>
    public void Reserve(int more)
    {
        long needed = ((long)Count + more) * 8 / 7 + 1;
        if (needed > _cells.Length)
            Rehash((int)BitOperations.RoundUpToPowerOf2((ulong)needed));
    }

    public void Dispose() => _cells.Dispose();

    /// <summary>The last bits are the number's own, the others are mixed from the rest: numbers given out in a row lie in
    /// one cache line, and different groups of them anywhere.</summary>
    private static uint HashOf(ulong ino)
    {
        ulong mixed = (ino >> GroupBits) * 0x9E37_79B9_7F4A_7C15;
        return ((uint)(mixed >> 32) & ~GroupMask) | ((uint)ino & GroupMask);
    }

    private int Home(uint hash)
    {
        uint group = (uint)(((ulong)(hash >> GroupBits) * (uint)(_cells.Length >> GroupBits)) >> (32 - GroupBits));
        return (int)((group << GroupBits) | (hash & GroupMask));
    }

    private int FindCell<TSource>(TSource source, ulong ino)
        where TSource : struct, IInoSource
    {
        uint hash = HashOf(ino);
        int mask = _cells.Length - 1;
        for (int at = Home(hash); _cells[at].Node != 0; at = (at + 1) & mask)
        {
            if (_cells[at].Hash == hash && source.InoOf(_cells[at].Node) == ino)
                return at;
        }

        return -1;
    }

    private void Rehash(int capacity)
    {
        UnmanagedArray<Cell> old = _cells;
        _cells = new UnmanagedArray<Cell>(capacity);
        foreach (Cell cell in old.Span)
        {
            if (cell.Node == 0)
                continue;
            int at = Home(cell.Hash);
            while (_cells[at].Node != 0)
                at = (at + 1) & (capacity - 1);
            _cells[at] = cell;
        }

        old.Dispose();
    }

    private struct Cell
    {
        public uint Hash;

        /// <summary>0 in an empty cell.</summary>
        public int Node;
    }
}
