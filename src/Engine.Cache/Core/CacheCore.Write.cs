// Writes: admission before insertion, first in first out (specification 2.4 to 2.6).
using System.Runtime.CompilerServices;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

internal sealed unsafe partial class CacheCore
{
    private readonly RequestQueue<WriteRequest> _blockedWrites = new();
    private long _waitingBytes;

    /// <summary>This step may insert a further part of a write: it is a turn of background work, not the request or the
    /// completion of somebody else, and it has inserted none yet.</summary>
    private bool _takesNextPart;
    private int _chargedBlocks;

    /// <summary>Those of them that belong to sets which failed: nothing frees them, so that nobody waits for that.</summary>
    private int _failedBlocks;

    /// <summary>Overwrites dirty bytes in place: the hot path. False when anything but the bytes would change.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryOverwrite(ObjectSet set, long objectNumber, long offset, ReadOnlySpan<byte> source)
    {
        int start = (int)offset & BlockMask;
        if (_stopping || IsWriteThrough || _blockedWrites.Count != 0)
            return false;
        if (start + source.Length > CacheSettings.BlockBytes)
            return false;
        int obj = FindObject(set, objectNumber);
        int block = obj == 0 ? 0 : FindBlock(obj, offset >> BlockShift);
        if (block == 0)
            return false;
        ref CachedBlock b = ref _blocks[block];
        if (b.FirstPiece != 0 || b.ByteMap != 0 || b.Sectors != Unit.Dirty * Unit.All || (b.Lists & BlockLists.Retry) != 0)
            return false;
        _eviction.Touch(block);
        BlockCopy.Copy(source, new Span<byte>(_pool.Address(b.Buffer) + start, source.Length));
        _counters.DataWritten += source.Length;
        return true;
    }

    /// <summary>Inserts a write when it is admitted at once.</summary>
    public bool TryWrite(ObjectSet set, ExtentList extents, WriteSource source, in WriteOptions options)
    {
        if (options.Fua || IsWriteThrough || set.Failure.Failed || _blockedWrites.Count != 0 || !TryAdmit(set, extents))
            return false;
        Insert(set, extents, ref source, options, null);
        EndStep();
        return true;
    }

    /// <summary>Takes a write that has to wait: for admission, for its commit, or both.</summary>
    public void StartWrite(WriteRequest request)
    {
        if (request.Set!.Failure is { Failed: true } failure)
        {
            Refuse(request, failure);
            return;
        }
        request.Pending = true;
        if (_blockedWrites.Count == 0 && TryAdmit(request.Set!, request.Extents))
        {
            InsertRequest(request);
        }
        else
        {
            NoteBlocked(request);
            Queue(request, _blockedWrites.Last);
        }
        EndStep();
    }

    /// <summary>Answers a request that was never started.</summary>
    public void Refuse(WriteRequest request, IoError error)
    {
        request.Result = error;
        Emit(EffectKind.Complete, request);
    }

    /// <summary>Takes a write out of the admission queue; one that was inserted already goes on, and so does what was of one
    /// that is inserted in parts.</summary>
    public bool CancelWrite(WriteRequest request)
    {
        if (!request.Pending || !request.Queued)
            return false;
        GiveUp(request, IoError.Cancelled);
        EndStep();
        return true;
    }

    /// <summary>A write ends when it is committed.</summary>
    private bool IsWriteThrough => _settings.DirtyBytesMax == 0 || (_settings.WritesThroughUntilFlush && !_flushAsked);

    /// <summary>EINVAL when another set owns one of the objects.</summary>
    public IoError CheckOwner(ObjectSet set, ExtentList extents)
    {
        foreach (ref readonly ObjectExtent extent in extents.Extents)
        {
            if (IsForeign(set, extent.ObjectNumber))
                return IoError.Invalid;
        }
        return IoError.None;
    }

    private bool RetryBlockedWrites()
    {
        bool progress = false;
        while (_blockedWrites.First is { } request)
        {
            if (request.AwaitsTurn && !_takesNextPart)
                break;
            request.AwaitsTurn = false;
            if (!TryAdmit(request.Set!, request.Extents))
            {
                NoteBlocked(request);
                break;
            }
            if (request.Parts is not null && !_takesNextPart)
            {
                request.AwaitsTurn = true;
                RequestTurn();
                break;
            }
            // Another set may have come to own an object meanwhile.
            IoError foreign = CheckOwner(request.Set!, request.Extents);
            if (foreign.Failed)
            {
                GiveUp(request, foreign);
            }
            else
            {
                _takesNextPart = false;
                Unqueue(request);
                InsertRequest(request);
            }
            progress = true;
        }
        return progress;
    }

    private void Queue(WriteRequest request, CacheRequest? behind)
    {
        _waitingBytes += request.BytesLeft;
        _blockedWrites.AddAfter(request, behind);
    }

    /// <summary>A write of whatever length is one that was blocked, with the bytes that were left of it then.</summary>
    private void NoteBlocked(WriteRequest request)
    {
        if (request.BlockedSince is not null)
            return;
        request.BlockedSince = _clock.GetTimestamp();
        if (request.WasBlocked)
            return;
        request.WasBlocked = true;
        _counters.WriteOpsBlocked++;
        _counters.WriteBytesBlocked += request.BytesLeft;
    }

    /// <summary>Ends a write that waits: at once, or when the parts of it that were inserted have settled.</summary>
    private void GiveUp(WriteRequest request, IoError error)
    {
        Unqueue(request);
        if (!request.Begun || !request.Settles)
        {
            EndWrite(request, error);
            return;
        }
        if (request.Settlement.Error.IsNone)
            request.Settlement.Error = error;
        EndParts(request.Settlement);
    }

    private void Unqueue(WriteRequest request)
    {
        _blockedWrites.Remove(request);
        _waitingBytes -= request.BytesLeft;
        if (request.BlockedSince is { } since)
            _counters.WriteTicksBlocked += _clock.GetTimestamp() - since;
        request.BlockedSince = null;
    }

    /// <summary>
    /// Room in the dirty budget and in memory. A write that is larger than a budget, or than the memory that sets which failed
    /// leave, is admitted alone. What it is to overwrite is not evicted for the rest of it.
    /// </summary>
    private bool TryAdmit(ObjectSet set, ExtentList extents)
    {
        CountNeeds(set, extents, out int charge, out int buffers);
        int charged = _chargedBlocks - _failedBlocks;
        if (charged > 0 && charge > 0 && charged + charge > _settings.DirtyBlocksMax)
            return false;
        if (HasRoom(buffers))
            return true;
        int own = Protect(set, extents);
        bool hasRoom = TryMakeRoom(buffers);
        Protect(set, extents, ends: true);
        int most = Math.Min(_settings.SizeBlocks / 2, _settings.SizeBlocks - _failedBlocks);
        return hasRoom || (charged == 0 && _unstableBytes == 0 && own + buffers > most);
    }

    /// <summary>Takes what the write is to overwrite off the eviction lists while room for the rest is made, or puts it back;
    /// returns the memory that it takes off.</summary>
    private int Protect(ObjectSet set, ExtentList extents, bool ends = false)
    {
        int buffers = 0;
        foreach (ref readonly ObjectExtent extent in extents.Extents)
        {
            int obj = FindObject(set, extent.ObjectNumber);
            long number = extent.Offset >> BlockShift;
            long end = ((extent.Offset + extent.Length - 1) >> BlockShift) + 1;
            for (int block; obj != 0 && (block = NextBlock(obj, number, end)) != 0;)
            {
                number = _blocks[block].Number + 1;
                if (ends)
                    Settle(block);
                if (ends || (_blocks[block].Lists & BlockLists.Evictable) == 0)
                    continue;
                buffers += _blocks[block].Buffer.IsNull ? 0 : 1;
                _eviction.Leave(block);
            }
        }
        return buffers;
    }

    private void CountNeeds(ObjectSet set, ExtentList extents, out int charge, out int buffers)
    {
        charge = 0;
        buffers = 0;
        foreach (ref readonly ObjectExtent extent in extents.Extents)
        {
            int obj = FindObject(set, extent.ObjectNumber);
            long end = extent.Offset + extent.Length;
            for (long at = extent.Offset; at < end;)
            {
                int start = (int)at & BlockMask;
                int stop = (int)Math.Min(CacheSettings.BlockBytes, start + (end - at));
                int block = obj == 0 ? 0 : FindBlock(obj, at >> BlockShift);
                if (block == 0 || !_blocks[block].Charged)
                    charge++;
                if (block == 0 || _blocks[block].Buffer.IsNull || IsBusy(ref _blocks[block], start, stop))
                    buffers++;
                at += stop - start;
            }
        }
    }

    /// <summary>Inserts a write, or a part of one: who has more to insert keeps its place before all others, so that writes
    /// of the same bytes take effect in the order of their submission (specification 2.5).</summary>
    private void InsertRequest(WriteRequest request)
    {
        if (!request.Begun)
        {
            request.Begun = true;
            request.Settles = request.Options.Fua || IsWriteThrough;
            if (request.Settles)
            {
                BeginSettlement(request.Settlement);
                request.Settlement.PendingIos++;
            }
        }
        WriteSource source = request.OpenSource();
        Insert(request.Set!, request.Extents, ref source, request.Options, request.Settles ? request.Settlement : null);
        request.NoteInserted(source);
        if (request.TryNextPart())
            Queue(request, behind: null);
        else if (request.Settles)
            EndParts(request.Settlement);
        else
            EndWrite(request, IoError.None);
    }

    /// <summary>No part is to come: the settlement ends with what it covers.</summary>
    private void EndParts(Settlement settlement)
    {
        settlement.PendingIos--;
        CheckSettled(settlement);
    }

    private void EndWrite(WriteRequest request, IoError error)
    {
        request.Result = error;
        request.Pending = false;
        Emit(EffectKind.Complete, request);
    }

    private void Insert(
        ObjectSet set, ExtentList extents, scoped ref WriteSource source, in WriteOptions options, Settlement? settlement)
    {
        bool streamed = IsStreamed(set, extents);
        foreach (ref readonly ObjectExtent extent in extents.Extents)
        {
            int obj = OpenObject(set, extent.ObjectNumber);
            long at = extent.Offset;
            foreach (BufferExtent fragment in extents.FragmentsOf(extent))
            {
                InsertFragment(obj, at, fragment, ref source, options, settlement, streamed);
                at += fragment.Length;
            }
        }
        _counters.DataWritten += extents.TotalLength;
    }

    private void InsertFragment(
        int obj,
        long offset,
        BufferExtent fragment,
        scoped ref WriteSource source,
        in WriteOptions options,
        Settlement? settlement,
        bool streamed)
    {
        for (int done = 0; done < fragment.Length;)
        {
            int start = (int)(offset + done) & BlockMask;
            int part = Math.Min(CacheSettings.BlockBytes - start, fragment.Length - done);
            int block = OpenBlock(obj, (offset + done) >> BlockShift);
            _eviction.Note(block, streamed);
            if (!_blocks[block].Buffer.IsNull)
                _eviction.Touch(block);
            if (_blocks[block].FirstCover != 0)
                SupersedeCovers(block, start, start + part, settlement);
            Overwrite(block, start, start + part, ref source, fragment.Offset + done, options);
            if (settlement is not null)
                CoverDirty(block, start, start + part, settlement, options.Fua);
            WakeReads(block);
            Settle(block);
            done += part;
        }
    }

    private void Overwrite(
        int block, int start, int end, scoped ref WriteSource source, int sourceOffset, in WriteOptions options)
    {
        int from = start;
        int to = end;
        bool overLostZeroes = _zeroes.Count > 0 && WidenOverZeroes(block, ref from, ref to);
        ForgetReads(block, from, to);
        PrepareMemory(block, from, to);
        ref CachedBlock b = ref _blocks[block];
        Span<byte> bytes = _pool.Span(b.Buffer);
        bytes[from..start].Clear();
        source.CopyTo(sourceOffset, bytes[start..end]);
        bytes[end..to].Clear();
        if ((b.Lists & (BlockLists.Age | BlockLists.Retry)) == 0)
            b.FirstDirty = _clock.GetTimestamp();
        b.ModifiedAt = Math.Max(b.ModifiedAt, options.ModifiedAt.UtcTicks);
        if (b.FirstPiece != 0)
            _counters.DataOverwrittenWhileFlushing += BytesInState(ref b, start, end, Unit.TxState);
        Change(block, from, to, UnitChange.Written);
        if (_objects[b.Object].Questions != 0)
            CutQuestions(b.Object, (b.Number << BlockShift) + from, (b.Number << BlockShift) + to);
        if (overLostZeroes)
            CoverLostZeroes(block, from, to);
    }

    private int BytesInState(ref CachedBlock b, int start, int end, byte state)
    {
        int bytes = 0;
        for (int at = start; at < end;)
        {
            int next = NextRun(ref b, at, end, out byte unit);
            if (Unit.StateOf(unit) == state)
                bytes += next - at;
            at = next;
        }
        return bytes;
    }
}
