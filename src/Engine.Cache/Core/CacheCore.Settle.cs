// Settlements: who waits for which bytes to be written (specification 2.6, 2.10).
using Engine.Buffers;

namespace Engine.Cache;

internal sealed unsafe partial class CacheCore
{
    private readonly List<Settlement?> _settlements = [null];
    private readonly Stack<int> _freeSettlements = new();
    private readonly List<Settlement> _ended = [];

    private void BeginSettlement(Settlement settlement, bool ignoresErrors = false)
    {
        settlement.Reset(ignoresErrors);
        if (!_freeSettlements.TryPop(out int slot))
        {
            slot = _settlements.Count;
            _settlements.Add(null);
        }
        settlement.Slot = slot;
        settlement.Generation = ++_settlementGeneration;
        _settlements[slot] = settlement;
    }

    private uint _settlementGeneration;

    /// <summary>Marks the dirty units of the range as covered by the settlement.</summary>
    private bool CoverDirty(int block, int start, int end, Settlement settlement, bool fua)
    {
        Change(block, start, end, UnitChange.CoverRequested);
        if (BytesInState(ref _blocks[block], start, end, Unit.Dirty) == 0)
            return false;
        int cover = _covers.Allocate();
        _covers[cover] = new Cover
        {
            Block = block,
            NextInBlock = _blocks[block].FirstCover,
            Settlement = settlement.Slot,
            Generation = settlement.Generation,
            Fua = fua,
            Start = (ushort)start,
            End = (ushort)end,
        };
        _blocks[block].FirstCover = cover;
        settlement.Covers++;
        return true;
    }

    private Settlement? SettlementOf(in Cover cover)
    {
        Settlement? settlement = _settlements[cover.Settlement];
        return settlement is not null && settlement.Generation == cover.Generation ? settlement : null;
    }

    /// <summary>The block has no covered unit left to issue.</summary>
    private void DropCovers(ref CachedBlock b)
    {
        int next;
        for (int cover = b.FirstCover; cover != 0; cover = next)
        {
            Cover c = _covers[cover];
            next = c.NextInBlock;
            _covers.Free(cover);
            if (SettlementOf(c) is not { } settlement)
                continue;
            settlement.Covers--;
            CheckSettled(settlement);
        }
        b.FirstCover = 0;
    }

    private void AttachCovers(int block, int start, int end, BackendIo io)
    {
        for (int cover = _blocks[block].FirstCover; cover != 0; cover = _covers[cover].NextInBlock)
        {
            ref Cover c = ref _covers[cover];
            if (c.Start >= end || c.End <= start || SettlementOf(c) is not { } settlement)
                continue;
            Attach(settlement, io);
            io.Fua |= c.Fua;
            bool isThrough = settlement.Owner is WriteRequest && !c.Superseded;
            io.Parts.Add(new CoveredPart(settlement, block, Math.Max(start, c.Start), Math.Min(end, c.End), isThrough));
        }
    }

    /// <summary>The block cannot be written now: who waits for that fails, and nobody makes the block urgent any more.</summary>
    private void FailCovers(int block, IoError error)
    {
        for (int cover = _blocks[block].FirstCover; cover != 0; cover = _covers[cover].NextInBlock)
        {
            Cover c = _covers[cover];
            if (SettlementOf(c) is not { } settlement)
                continue;
            if (settlement.Error.IsNone)
                settlement.Error = error;
            if (settlement.Owner is WriteRequest && !c.Superseded)
                Change(block, c.Start, c.End, UnitChange.CoverDropped);
        }
        Change(block, 0, CacheSettings.BlockBytes, UnitChange.CoverFailed);
    }

    private static void Attach(Settlement settlement, BackendIo io)
    {
        if (io.Waiters.Contains(settlement))
            return;
        io.Waiters.Add(settlement);
        settlement.PendingIos++;
    }

    /// <summary>Attaches the settlement to every write in flight that carries live bytes of the range.</summary>
    private void AttachInFlight(int block, int start, int end, Settlement settlement, bool liveOnly)
    {
        for (int piece = _blocks[block].FirstPiece; piece != 0; piece = _pieces[piece].NextInBlock)
        {
            ref Piece p = ref _pieces[piece];
            if (!p.IsWrite || p.Start >= end || p.End <= start)
                continue;
            int from = Math.Max(p.Start, start);
            int to = Math.Min(p.End, end);
            if (liveOnly && BytesInState(ref _blocks[block], from, to, Unit.TxState) == 0)
                continue;
            Attach(settlement, _ios[p.Io]!);
            if (!settlement.IgnoresErrors)
                _ios[p.Io]!.Parts.Add(new CoveredPart(settlement, block, from, to, IsThrough: false));
        }
    }

    /// <summary>The error of a write is that of who waits for bytes which it carried and which nobody has discarded
    /// since.</summary>
    private void FailWaiters(BackendIo io, IoError error)
    {
        foreach (CoveredPart part in io.Parts)
        {
            if (part.Settlement.Error.IsNone && HasLiveBytes(ref _blocks[part.Block], part.Start, part.End))
                part.Settlement.Error = error;
        }
    }

    private bool HasLiveBytes(ref CachedBlock b, int start, int end) =>
        BytesInState(ref b, start, end, Unit.TxState) + BytesInState(ref b, start, end, Unit.Dirty) > 0;

    private void SettleWaiters(BackendIo io)
    {
        foreach (Settlement settlement in io.Waiters)
        {
            settlement.PendingIos--;
            CheckSettled(settlement);
        }
        io.Waiters.Clear();
    }

    private void CheckSettled(Settlement settlement)
    {
        if (settlement.Slot == 0 || !settlement.IsSettled)
            return;
        _settlements[settlement.Slot] = null;
        _freeSettlements.Push(settlement.Slot);
        settlement.Slot = 0;
        _ended.Add(settlement);
    }

    /// <summary>Goes on with the owners of settlements that ended in this step; after the owners of clean sets were
    /// told.</summary>
    private void EndSettlements()
    {
        for (int i = 0; i < _ended.Count; i++)
        {
            Settlement settlement = _ended[i];
            switch (settlement.Owner)
            {
                case FlushRequest flush:
                    ContinueFlush(flush);
                    break;
                case WriteRequest write:
                    EndWrite(write, settlement.Outcome);
                    break;
                case DropRequest drop:
                    ContinueDrop(drop);
                    break;
            }
        }
        _ended.Clear();
    }

    /// <summary>A write-through that failed leaves its range undefined: what it carried is dropped, not retried behind the
    /// caller's back (2.6).</summary>
    private void DropFailedWriteThrough(BackendIo io)
    {
        foreach (CoveredPart part in io.Parts)
        {
            if (part.IsThrough)
                Change(part.Block, part.Start, part.End, UnitChange.WriteDropped);
        }
    }

    /// <summary>Write-through that waits to be issued carries newer bytes at <c>[start, end)</c> from now on: should it fail,
    /// they stay dirty.</summary>
    private void SupersedeCovers(int block, int start, int end, Settlement? by)
    {
        for (int cover = _blocks[block].FirstCover; cover != 0; cover = _covers[cover].NextInBlock)
        {
            Cover c = _covers[cover];
            if (c.Superseded || c.Start >= end || c.End <= start)
                continue;
            if (SettlementOf(c) is not { Owner: WriteRequest } settlement || settlement == by)
                continue;
            if (c.Start < start)
                SplitCover(cover, settlement, c.Start, (ushort)start);
            if (c.End > end)
                SplitCover(cover, settlement, (ushort)end, c.End);
            _covers[cover].Start = (ushort)Math.Max(start, c.Start);
            _covers[cover].End = (ushort)Math.Min(end, c.End);
            _covers[cover].Superseded = true;
        }
    }

    /// <summary>Adds a cover like another for a part of its range, in front of all: who walks the block's covers does not meet
    /// it.</summary>
    private void SplitCover(int cover, Settlement settlement, ushort start, ushort end)
    {
        int part = _covers.Allocate();
        int block = _covers[cover].Block;
        _covers[part] = _covers[cover] with { NextInBlock = _blocks[block].FirstCover, Start = start, End = end };
        _blocks[block].FirstCover = part;
        settlement.Covers++;
    }
}
