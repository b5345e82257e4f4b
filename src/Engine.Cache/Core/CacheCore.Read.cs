// Reads: the hit path, and requests that wait for fills (specification 2.2).
using System.Runtime.CompilerServices;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

internal sealed unsafe partial class CacheCore
{
    /// <summary>Serves <c>offset~destination.Length</c> of one object when every byte is readable; else touches
    /// nothing.</summary>
    public bool TryReadHit(ObjectSet set, long objectNumber, long offset, Span<byte> destination)
    {
        if (_stopping || set.Destroyed)
            return false;
        int obj = FindObject(set, objectNumber);
        if (obj == 0)
            return false;
        int inBlock = (int)offset & BlockMask;
        if (inBlock + destination.Length <= CacheSettings.BlockBytes)
        {
            int block = FindBlock(obj, offset >> BlockShift);
            if (block == 0 || !AllReadable(ref _blocks[block], inBlock, inBlock + destination.Length))
                return false;
            CopyOut(block, inBlock, destination);
        }
        else
        {
            if (!IsReadable(obj, offset, destination.Length))
                return false;
            CopyOutRange(obj, offset, destination);
        }
        CountHit(destination.Length);
        return true;
    }

    /// <summary>The same for a request of several extents.</summary>
    public bool TryReadHit(ObjectSet set, ExtentList extents, Span<byte> destination, bool populate)
    {
        if (_stopping)
            return false;
        foreach (ref readonly ObjectExtent extent in extents.Extents)
        {
            int obj = FindObject(set, extent.ObjectNumber);
            if (obj == 0 || !IsReadable(obj, extent.Offset, extent.Length))
                return false;
        }
        if (!populate)
            Gather(set, extents, destination);
        CountHit(extents.TotalLength);
        return true;
    }

    /// <summary>Takes a request that is not a full hit: it waits for fills, its own and others'.</summary>
    public void StartRead(ReadRequest request)
    {
        ObjectSet set = request.Set!;
        request.Pending = true;
        request.Id = TakeReaderSlot(request);
        request.FirstWait = 0;
        request.LastWait = 0;
        request.Unsatisfied = 0;
        long missing = 0;
        bool streamed = IsStreamed(set, request.Extents);
        foreach (ref readonly ObjectExtent extent in request.Extents.Extents)
            missing += AddWaits(request, OpenObject(set, extent.ObjectNumber), extent, streamed);
        _counters.OpsMiss++;
        _counters.BytesMiss += missing;
        _counters.DataRead += request.Extents.TotalLength;
        if (request.Unsatisfied == 0)
            EndRead(request, default);
        else if (!IssueMissing(request, byCaller: true))
            BlockRead(request);
        EndStep();
    }

    /// <summary>Answers a request that was never started.</summary>
    public void Refuse(ReadRequest request, IoError error)
    {
        request.Result = IoResult.Fail(error);
        Emit(EffectKind.Complete, request);
    }

    /// <summary>Lets a waiting read go; what it asked the store for still fills the cache.</summary>
    public bool CancelRead(ReadRequest request)
    {
        if (!request.Pending)
            return false;
        EndRead(request, IoResult.Fail(IoError.Cancelled));
        EndStep();
        return true;
    }

    public bool IsCached(ObjectSet set, ExtentList extents)
    {
        foreach (ref readonly ObjectExtent extent in extents.Extents)
        {
            int obj = FindObject(set, extent.ObjectNumber);
            if (obj == 0 || !IsReadable(obj, extent.Offset, extent.Length))
                return false;
        }
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool AllReadable(ref CachedBlock b, int start, int end)
    {
        if (b.ByteMap != 0)
            return AllHave(ref b, start, end, Unit.Readable);
        int first = start >> SectorShift;
        int count = ((end + SectorBytes - 1) >> SectorShift) - first;
        ulong wanted = (ulong.MaxValue >> (64 - (8 * count))) << (8 * first) & (Unit.Readable * Unit.All);
        return (b.Sectors & wanted) == wanted;
    }

    private bool IsReadable(int obj, long offset, int length)
    {
        long end = offset + length;
        for (long at = offset; at < end;)
        {
            int start = (int)at & BlockMask;
            int stop = (int)Math.Min(CacheSettings.BlockBytes, start + (end - at));
            int block = FindBlock(obj, at >> BlockShift);
            if (block == 0 || !AllReadable(ref _blocks[block], start, stop))
                return false;
            at += stop - start;
        }
        return true;
    }

    private void CountHit(long bytes)
    {
        _counters.OpsHit++;
        _counters.BytesHit += bytes;
        _counters.DataRead += bytes;
    }

    private void CopyOutRange(int obj, long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int start = (int)offset & BlockMask;
            int part = Math.Min(CacheSettings.BlockBytes - start, destination.Length);
            CopyOut(FindBlock(obj, offset >> BlockShift), start, destination[..part]);
            offset += part;
            destination = destination[part..];
        }
    }

    /// <summary>Copies readable bytes of a block to the caller. That is a use of the block, unless the block was brought for
    /// it.</summary>
    private void CopyOut(int block, int start, Span<byte> destination)
    {
        ref CachedBlock b = ref _blocks[block];
        if (b.FirstWait == 0)
            _eviction.Touch(block);
        const ulong AllData = Unit.Data * Unit.All;
        if (b.ByteMap == 0 && (b.Sectors & AllData) == AllData)
            BlockCopy.Copy(new ReadOnlySpan<byte>(_pool.Address(b.Buffer) + start, destination.Length), destination);
        else
            CopyOutRuns(ref b, start, destination);
    }

    private void CopyOutRuns(ref CachedBlock b, int start, Span<byte> destination)
    {
        int end = start + destination.Length;
        for (int at = start; at < end;)
        {
            int next = NextRun(ref b, at, end, out byte unit);
            Span<byte> part = destination[(at - start)..(next - start)];
            if ((unit & Unit.Data) != 0)
                _pool.Span(b.Buffer)[at..next].CopyTo(part);
            else
                part.Clear();
            at = next;
        }
    }

    private void Gather(ObjectSet set, ExtentList extents, Span<byte> destination)
    {
        foreach (ref readonly ObjectExtent extent in extents.Extents)
        {
            int obj = FindObject(set, extent.ObjectNumber);
            long at = extent.Offset;
            foreach (BufferExtent fragment in extents.FragmentsOf(extent))
            {
                CopyOutRange(obj, at, destination.Slice(fragment.Offset, fragment.Length));
                at += fragment.Length;
            }
        }
    }
}
