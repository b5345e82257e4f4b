using Engine.Buffers;

namespace Engine.Cache;

/// <summary>Which lists a block belongs on, decided in one place after every change.</summary>
internal sealed unsafe partial class CacheCore
{
    /// <summary>The block that the next one is to stand before on the age list; 0 where its age decides.</summary>
    private int _agePlace;

    /// <summary>Brings a block's lists, charge and memory in line with its units; frees the block when nothing is left of
    /// it.</summary>
    private void Settle(int block)
    {
        ref CachedBlock b = ref _blocks[block];
        if (b.Object == 0)
            return; // closed by an earlier step of the same event
        if (b.ByteMap != 0)
            TryJoinSectors(ref b);
        Summary summary = Summarise(ref b);
        SettleCharge(ref b, summary);
        SettleUnstable(block, ref b, summary);
        SettleCovers(block, ref b, summary);
        bool evictable = !b.Charged && !summary.HasUnstable && b.FirstPiece == 0 && b.FirstWait == 0 && !summary.IsEmpty;
        SettleOrder(block, ref b, summary, evictable);
        if (!summary.HasData && !summary.HasRx && !b.Buffer.IsNull)
        {
            ReleaseBuffer(b.Buffer);
            b.Buffer = default;
        }
        if (summary.IsEmpty && b.FirstPiece == 0 && b.FirstWait == 0)
            CloseBlock(block);
    }

    private void SettleCharge(ref CachedBlock b, Summary summary)
    {
        bool charged = summary.HasDirty || summary.HasInFlight;
        if (charged == b.Charged)
            return;
        b.Charged = charged;
        int change = charged ? 1 : -1;
        _chargedBlocks += change;
        _failedBlocks += SetOf(b.Object).Failure.Failed ? change : 0;
        _objects[b.Object].ChargedBlocks += change;
    }

    private void SettleUnstable(int block, ref CachedBlock b, Summary summary)
    {
        const BlockLists Any = BlockLists.UnstableEven | BlockLists.UnstableOdd;
        if (summary.HasUnstable == ((b.Lists & Any) != 0))
            return;
        if (summary.HasUnstable)
        {
            UnstableOpen.AddLast(block);
            b.Lists |= _openIsOdd ? BlockLists.UnstableOdd : BlockLists.UnstableEven;
            SetOf(b.Object).UnstableBlocks++;
            return;
        }
        RemoveUnstable(block, ref b);
    }

    private void RemoveUnstable(int block, ref CachedBlock b)
    {
        if ((b.Lists & BlockLists.UnstableOdd) != 0)
            _unstableOdd.Remove(block);
        else
            _unstableEven.Remove(block);
        b.Lists &= ~(BlockLists.UnstableEven | BlockLists.UnstableOdd | BlockLists.UnstableAgain);
        SetOf(b.Object).UnstableBlocks--;
    }

    private void SettleCovers(int block, ref CachedBlock b, Summary summary)
    {
        bool urgent = (b.Lists & BlockLists.Urgent) != 0;
        bool wanted = summary.HasCovered && !b.Parked;
        if (wanted && !urgent)
        {
            _urgent.AddLast(block);
            b.Lists |= BlockLists.Urgent;
        }
        else if (!wanted && urgent)
        {
            _urgent.Remove(block);
            b.Lists &= ~BlockLists.Urgent;
        }
        if (!summary.HasCovered && b.FirstCover != 0)
            DropCovers(ref b);
    }

    private void SettleOrder(int block, ref CachedBlock b, Summary summary, bool evictable)
    {
        BlockLists wanted = BlockLists.None;
        if (summary.HasDirty)
            wanted = IsHeld(b.Object) ? BlockLists.Retry : BlockLists.Age;
        else if (evictable)
            wanted = BlockLists.Evictable;
        BlockLists current = b.Lists & (BlockLists.Evictable | BlockLists.Age | BlockLists.Retry);
        if (wanted == current)
            return;
        switch (current)
        {
            case BlockLists.Evictable:
                _eviction.Leave(block);
                break;
            case BlockLists.Age:
                _age.Remove(block);
                _parkedAged -= b.Parked ? 1 : 0;
                break;
            case BlockLists.Retry:
                _retry.Remove(block);
                break;
        }
        b.Lists = (b.Lists & ~current) | wanted;
        switch (wanted)
        {
            case BlockLists.Evictable:
                _eviction.Enter(block);
                break;
            case BlockLists.Age:
                // What failed before, or was lost, may be older than all the rest.
                if (_agePlace != 0)
                    _age.AddBefore(_agePlace, block);
                else if (_age.First != 0 && b.FirstDirty < _blocks[_age.First].FirstDirty)
                    _age.AddFirst(block);
                else
                    _age.AddLast(block);
                _parkedAged += b.Parked ? 1 : 0;
                break;
            case BlockLists.Retry:
                _retry.AddLast(block);
                break;
        }
    }
}
