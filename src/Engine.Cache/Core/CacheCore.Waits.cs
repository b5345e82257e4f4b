// Who waits for which block: claims that keep blocks in the cache until a read ends, waking and failing them, and the queue
// of reads that memory blocks (specification 2.2.5 to 2.2.7).
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

internal sealed unsafe partial class CacheCore
{
    private readonly List<ReadRequest?> _readers = [null];
    private readonly Queue<int> _freeReaders = new();
    private readonly RequestQueue<ReadRequest> _blockedReads = new();
    private readonly List<ReadRequest> _restarting = [];
    private readonly List<ReadRequest> _fencedReads = [];

    /// <summary>Claims every block of the extent for the request; returns the bytes that are not readable now.</summary>
    private long AddWaits(ReadRequest request, int obj, in ObjectExtent extent, bool streamed)
    {
        long missing = 0;
        long end = extent.Offset + extent.Length;
        for (long at = extent.Offset; at < end;)
        {
            int start = (int)at & BlockMask;
            int stop = (int)Math.Min(CacheSettings.BlockBytes, start + (end - at));
            int block = OpenBlock(obj, at >> BlockShift);
            _eviction.Note(block, streamed);
            Change(block, start, stop, UnitChange.ReadForgotten);
            missing += AddWait(request, block, start, stop);
            at += stop - start;
        }
        return missing;
    }

    private int AddWait(ReadRequest request, int block, int start, int end)
    {
        int wait = _waits.Allocate();
        ref CachedBlock b = ref _blocks[block];
        int missing = UnreadableBytes(ref b, start, end);
        _waits[wait] = new BlockWait
        {
            Block = block,
            Request = request.Id,
            Start = (ushort)start,
            End = (ushort)end,
            Satisfied = missing == 0,
        };
        if (missing != 0)
            request.Unsatisfied++;
        else if (!request.IsReadAhead)
            _eviction.Touch(block);
        if (b.FirstWait == 0)
            b.FirstWait = wait;
        else
            _waits[b.LastWait].NextInBlock = wait;
        b.LastWait = wait;
        if (request.FirstWait == 0)
            request.FirstWait = wait;
        else
            _waits[request.LastWait].NextInRequest = wait;
        request.LastWait = wait;
        Settle(block);
        return missing;
    }

    private int UnreadableBytes(ref CachedBlock b, int start, int end)
    {
        int bytes = 0;
        for (int at = start; at < end;)
        {
            int next = NextRun(ref b, at, end, out byte unit);
            if ((unit & Unit.Readable) == 0)
                bytes += next - at;
            at = next;
        }
        return bytes;
    }

    /// <summary>Looks again at who waits on a block whose units changed, in order of arrival.</summary>
    private void WakeReads(int block)
    {
        int next;
        for (int wait = _blocks[block].FirstWait; wait != 0; wait = next)
        {
            ref BlockWait w = ref _waits[wait];
            next = w.NextInBlock;
            if (w.Failed)
                continue;
            ReadRequest request = _readers[w.Request]!;
            bool readable = AllReadable(ref _blocks[block], w.Start, w.End);
            if (readable != w.Satisfied)
            {
                w.Satisfied = readable;
                request.Unsatisfied += readable ? -1 : 1;
            }
            if (request.Unsatisfied == 0)
            {
                // The request may have held several of the waits that follow: begin again with what is left.
                EndRead(request, default);
                next = _blocks[block].FirstWait;
            }
            else if (!readable)
            {
                Restart(request);
            }
        }
    }

    /// <summary>A read failed at <c>[start, end)</c> of the block: exactly those who wait there fail with it.</summary>
    private void FailReads(int block, int start, int end, IoError error)
    {
        int next;
        for (int wait = _blocks[block].FirstWait; wait != 0; wait = next)
        {
            ref BlockWait w = ref _waits[wait];
            next = w.NextInBlock;
            if (w.Satisfied || w.Failed || w.Start >= end || w.End <= start)
                continue;
            ReadRequest request = _readers[w.Request]!;
            int position = PositionOf(request, wait);
            if (request.Error.IsNone || position < request.ErrorPosition)
            {
                request.Error = error;
                request.ErrorPosition = position;
            }
            w.Failed = true;
            if (--request.Unsatisfied == 0)
            {
                EndRead(request, default);
                next = _blocks[block].FirstWait;
            }
        }
    }

    private int PositionOf(ReadRequest request, int wait)
    {
        int position = 0;
        for (int at = request.FirstWait; at != wait; at = _waits[at].NextInRequest)
            position++;
        return position;
    }

    private void Restart(ReadRequest request)
    {
        if (request.Queued || request.Restarting)
            return;
        request.Restarting = true;
        _restarting.Add(request);
    }

    private void RestartReads()
    {
        for (int i = 0; i < _restarting.Count; i++)
        {
            ReadRequest request = _restarting[i];
            if (!request.Restarting)
                continue;
            request.Restarting = false;
            if (!IssueMissing(request, byCaller: false))
                BlockRead(request);
        }
        _restarting.Clear();
    }

    /// <summary>Queues a read that waits for memory; demand passes read-ahead.</summary>
    private void BlockRead(ReadRequest request)
    {
        ReadRequest? previous = _blockedReads.Last;
        while (!request.IsReadAhead && previous is { IsReadAhead: true })
            previous = (ReadRequest?)previous.QueuePrevious;
        _blockedReads.AddAfter(request, previous);
    }

    private bool RetryBlockedReads()
    {
        bool progress = false;
        while (_blockedReads.First is { } request && IssueMissing(request, byCaller: false))
        {
            if (request.Queued)
                _blockedReads.Remove(request);
            progress = true;
        }
        return progress;
    }

    /// <summary>Answers a request whose every block is readable or failed, and gives its blocks up.</summary>
    private void EndRead(ReadRequest request, IoResult result)
    {
        Invariant.That(request.Pending);
        if (result.Failed || request.Error.Failed)
        {
            request.Result = result.Failed ? result : IoResult.Fail(request.Error);
        }
        else
        {
            if (!request.Destination.IsEmpty)
                Gather(request.Set!, request.Extents, request.Destination);
            request.Result = IoResult.Ok(request.Extents.TotalLength);
        }
        request.Pending = false;
        request.Restarting = false;
        if (request.Queued)
            _blockedReads.Remove(request);
        _fencedReads.Remove(request);
        int next;
        for (int wait = request.FirstWait; wait != 0; wait = next)
        {
            next = _waits[wait].NextInRequest;
            RemoveWait(wait);
        }
        request.FirstWait = 0;
        _readers[request.Id] = null;
        _freeReaders.Enqueue(request.Id);
        Emit(EffectKind.Complete, request);
    }

    private void RemoveWait(int wait)
    {
        int block = _waits[wait].Block;
        ref CachedBlock b = ref _blocks[block];
        int previous = 0;
        for (int at = b.FirstWait; at != wait; at = _waits[at].NextInBlock)
            previous = at;
        int next = _waits[wait].NextInBlock;
        if (previous == 0)
            b.FirstWait = next;
        else
            _waits[previous].NextInBlock = next;
        if (b.LastWait == wait)
            b.LastWait = previous;
        _waits.Free(wait);
        Settle(block);
    }

    private int TakeReaderSlot(ReadRequest request)
    {
        if (_freeReaders.TryDequeue(out int slot))
        {
            _readers[slot] = request;
            return slot;
        }
        _readers.Add(request);
        return _readers.Count - 1;
    }
}
