// Memory of directory indexes: blocks of 2^k bytes cut from chunks of a huge page each, with a free list for each k. The first
// chunk begins on small pages: a namespace of a few directories does not pay for a huge one.
//
// Ownership: the cache's; an index returns its block when it grows or its dirfrag closes; chunks go when the arena is disposed.
// Invariant: a block is in an index or in exactly one free list, whose links lie in the free blocks' first 8 bytes.

using System.Numerics;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Gives directory indexes their arrays: most are a few dozen bytes, too small for an allocation of their own.</summary>
internal sealed unsafe class IndexArena : IDisposable
{
    private const int ShiftMin = 5;
    private const int ShiftMax = 30;
    private const int ChunkBytes = HugePage.Bytes;

    private readonly List<UnmanagedArray<byte>> _chunks = [];
    private readonly nint[] _free = new nint[ShiftMax + 1];
    private byte* _next;
    private byte* _end;

    /// <summary>The first chunk, while it lies on small pages.</summary>
    private UnmanagedArray<byte>? _first;

    /// <summary>Bytes of unmanaged memory.</summary>
    public long Bytes { get; private set; }

    /// <summary>Entries in the smallest block that holds as many.</summary>
    public static int CapacityFor(int entries) => (1 << ShiftFor(entries)) / sizeof(DirIndexEntry);

    /// <summary>A block of <see cref="CapacityFor"/> that many entries, not cleared.</summary>
    public DirIndexEntry* Rent(int entries)
    {
        int shift = ShiftFor(entries);
        Invariant.That(shift <= ShiftMax);
        nint block = _free[shift];
        if (block == 0)
            return (DirIndexEntry*)Cut(1 << shift);
        _free[shift] = *(nint*)block;
        return (DirIndexEntry*)block;
    }

    /// <summary>Takes a block back, by the number of entries it was rented for.</summary>
    public void Return(DirIndexEntry* block, int entries)
    {
        int shift = ShiftFor(entries);
        *(nint*)block = _free[shift];
        _free[shift] = (nint)block;
    }

    public void Dispose()
    {
        foreach (UnmanagedArray<byte> chunk in _chunks)
            chunk.Dispose();
        _chunks.Clear();
        Array.Clear(_free);
        _next = _end = null;
        _first = null;
    }

    private static int ShiftFor(int entries)
    {
        long bytes = (long)entries * sizeof(DirIndexEntry);
        return Math.Max(ShiftMin, BitOperations.Log2((ulong)Math.Max(bytes, 1) - 1) + 1);
    }

    private byte* Cut(int bytes)
    {
        if (bytes > ChunkBytes / 4)
            return Allocate(bytes, isFirst: false).Pointer;
        if (_end - _next < bytes)
        {
            UnmanagedArray<byte> chunk = Allocate(ChunkBytes, isFirst: _end == null);
            _first = _end == null ? chunk : null;
            _next = chunk.Pointer;
            _end = _next + ChunkBytes;
        }

        byte* block = _next;
        _next += bytes;
        if (_first is { } first && _next - first.Pointer > HugePage.WorthBytes)
        {
            first.UseHugePages();
            _first = null;
        }

        return block;
    }

    private UnmanagedArray<byte> Allocate(int bytes, bool isFirst)
    {
        UnmanagedArray<byte> chunk = new(bytes, isFirst);
        _chunks.Add(chunk);
        Bytes += bytes;
        return chunk;
    }
}
