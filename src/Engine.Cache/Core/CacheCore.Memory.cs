// Blocks of memory: charging them, making room, eviction, and memory that something in flight still uses (specification 2.17).
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

/// <summary>Blocks of memory: charging, making room, eviction.</summary>
internal sealed unsafe partial class CacheCore
{
    /// <summary>Somebody waits for memory that only writeback can free.</summary>
    private bool _memoryPressure;

    /// <summary>Evicts until <paramref name="buffers"/> more fit the cache's size; false when not enough is evictable.</summary>
    private bool TryMakeRoom(int buffers)
    {
        while (!HasRoom(buffers))
        {
            if (TryEvict())
                continue;
            bool fits = _heldBuffers + buffers <= _blocksMax;
            _memoryPressure |= !fits;
            return fits;
        }
        return true;
    }

    private bool HasRoom(int buffers) => _heldBuffers + buffers <= _blocksMax && _blocks.Count <= RecordsMax;

    /// <summary>The request continues a sequential stream that is longer than the cut-off.</summary>
    private bool IsStreamed(ObjectSet set, ExtentList extents) =>
        _settings.SequentialCutoffBytes > 0 && _streams.Note(set, extents) > _settings.SequentialCutoffBytes;

    /// <summary>What could not be evicted when it came to be more than the size, but can be now, goes.</summary>
    private void Trim()
    {
        while (_heldBuffers > _blocksMax && TryEvict())
        {
            // Until there is room, or nothing is evictable.
        }
    }

    private bool TryEvict()
    {
        int victim = _eviction.Evict();
        if (victim == 0)
            return false;
        Change(victim, 0, CacheSettings.BlockBytes, UnitChange.Released);
        _counters.Evictions++;
        Settle(victim);
        return true;
    }

    /// <summary>Blocks of known zeros need no memory, only a record; they are bounded too.</summary>
    private int RecordsMax => (4 * _settings.SizeBlocks) + 1024;

    private BufferHandle TakeBuffer()
    {
        bool rented = _pool.TryRent(out BufferHandle buffer);
        Invariant.That(rented, "the pool holds the cache's size and its reserve");
        _heldBuffers++;
        return buffer;
    }

    private void ReleaseBuffer(BufferHandle buffer)
    {
        if (_pool.ReferenceCount(buffer) == 1)
            _heldBuffers--;
        _pool.Release(buffer);
    }

    /// <summary>Ends the references that an operation held on its payload.</summary>
    private void ReleaseData(BackendIo io)
    {
        BufferList data = io.Data!;
        data.ClearInFlight();
        for (int i = 0; i < data.SegmentCount; i++)
        {
            if (_pool.ReferenceCount(data[i].Handle) == 1)
                _heldBuffers--;
        }
        data.Dispose();
        io.Data = null;
    }

    /// <summary>
    /// Makes the block's memory ready to take new bytes at <c>[start, end)</c>: memory that the store still reads from or
    /// writes into is left to it, and the block goes on in new memory (stable pages, specification 1.15).
    /// </summary>
    private void PrepareMemory(int block, int start, int end)
    {
        if (_blocks[block].Buffer.IsNull)
        {
            _blocks[block].Buffer = TakeBuffer();
            return;
        }
        if (!IsBusy(ref _blocks[block], start, end))
            return;
        BufferHandle fresh = TakeBuffer();
        ref CachedBlock b = ref _blocks[block];
        CopyData(ref b, fresh, 0, start);
        CopyData(ref b, fresh, end, CacheSettings.BlockBytes);
        ReleaseBuffer(b.Buffer);
        b.Buffer = fresh;
    }

    /// <summary>The memory that a read filled is neither the block's nor any other I/O's. What others still use is older memory
    /// of the block: the block cannot go back to it, and need not, since every read that still overwrites the present memory
    /// came later and left out what this one was to fill.</summary>
    private bool IsOwnMemory(in Piece p) => p.Buffer != _blocks[p.Block].Buffer && _pool.ReferenceCount(p.Buffer) == 1;

    /// <summary>The memory that a read filled becomes the block's: it has none, or one that another read still
    /// overwrites.</summary>
    private void AdoptMemory(in Piece p)
    {
        ref CachedBlock b = ref _blocks[p.Block];
        _pool.Retain(p.Buffer);
        if (!b.Buffer.IsNull)
        {
            CopyData(ref b, p.Buffer, 0, p.Start);
            CopyData(ref b, p.Buffer, p.End, CacheSettings.BlockBytes);
            ReleaseBuffer(b.Buffer);
        }
        b.Buffer = p.Buffer;
    }

    /// <summary>A read in flight overwrites bytes of the block's memory that do not wait for it.</summary>
    private bool IsStale(ref CachedBlock b)
    {
        for (int piece = b.FirstPiece; piece != 0; piece = _pieces[piece].NextInBlock)
        {
            if (_pieces[piece].IsStale && _pieces[piece].Buffer == b.Buffer)
                return true;
        }
        return false;
    }

    private bool IsBusy(ref CachedBlock b, int start, int end)
    {
        for (int piece = b.FirstPiece; piece != 0; piece = _pieces[piece].NextInBlock)
        {
            ref Piece p = ref _pieces[piece];
            bool overlaps = !p.IsWrite || (p.Start < end && p.End > start);
            if (overlaps && p.Buffer == b.Buffer)
                return true;
        }
        return false;
    }

    private void CopyData(ref CachedBlock b, BufferHandle target, int start, int end)
    {
        for (int at = start; at < end;)
        {
            int next = NextRun(ref b, at, end, out byte unit);
            if ((unit & Unit.Data) != 0)
            {
                _pool.Span(b.Buffer)[at..next].CopyTo(_pool.Span(target)[at..]);
                _counters.BytesCopiedInternally += next - at;
            }
            at = next;
        }
    }
}
