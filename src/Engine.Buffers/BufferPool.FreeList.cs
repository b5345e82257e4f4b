// Where free blocks are: the central list and, if asked for, a magazine for each core.
//
// The central list is a stack linked through the block states. Its head carries a tag that every pop moves on, so that a block
// popped and pushed back in between is noticed (ABA). Magazines are behind a one-word lock that rents and returns only try; when
// it is taken they use the central list. Blocks that were never rented are in no list: they are given out in order, when the
// central list is empty, so that the states of a large pool cost memory and time only as it is used (a pool of 4 GiB of 1 KiB
// blocks: 64 MiB and 160 ms at its making otherwise). Invariant: RentedCount = rents and returns counted past magazines + those
// in each.

using System.Numerics;

namespace Engine.Buffers;

public sealed unsafe partial class BufferPool
{
    /// <summary>Head of the central free list: tag in the high half (moves with every pop), block index in the low half, 0 =
    /// empty.</summary>
    private long _freeHead;

    /// <summary>Blocks given out at least once: those from 1 to here; no other has a state.</summary>
    private long _givenOut;

    /// <summary>Rents minus returns that did not go through a magazine.</summary>
    private long _rentedPastMagazines;

    private UnmanagedArray<BlockMagazine>? _magazineArray;
    private UnmanagedArray<uint>? _magazineStock;
    private BlockMagazine* _magazines;
    private int _magazineMask;

    /// <summary>Blocks rented now, the zero block not counted. Exact when no rent or return is under way.</summary>
    public int RentedCount
    {
        get
        {
            long rented = Volatile.Read(ref _rentedPastMagazines);
            if (_magazines != null)
            {
                for (int i = 0; i <= _magazineMask; i++)
                    rented += _magazines[i].Rented;
            }

            return (int)rented;
        }
    }

    private void InitializeMagazines(int blocksPerCore)
    {
        if (blocksPerCore == 0)
            return;
        int cores = (int)BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount);
        _magazineMask = cores - 1;
        _magazineArray = new UnmanagedArray<BlockMagazine>(cores);
        _magazineStock = new UnmanagedArray<uint>(checked(cores * blocksPerCore));
        _magazines = _magazineArray.Pointer;
        for (int i = 0; i < cores; i++)
            _magazines[i].Initialize(_magazineStock.Pointer + ((long)i * blocksPerCore), blocksPerCore);
    }

    private void DisposeMagazines()
    {
        _magazines = null;
        _magazineArray?.Dispose();
        _magazineStock?.Dispose();
    }

    private bool TryTakeFree(out uint index)
    {
        Invariant.That(_blocks != 0);
        if (_magazines != null)
        {
            BlockMagazine* magazine = _magazines + (Thread.GetCurrentProcessorId() & _magazineMask);
            if (magazine->TryEnter())
            {
                bool taken = magazine->TryPopLocked(out index) || TryRefillLocked(magazine, out index);
                if (taken)
                    magazine->CountRentedLocked(1);
                magazine->Exit();
                return taken || TrySteal(out index);
            }
        }

        if (TryPopCentral(out index))
        {
            Interlocked.Increment(ref _rentedPastMagazines);
            return true;
        }

        return _magazines != null && TrySteal(out index);
    }

    private void PutFree(uint index, int rentedDelta)
    {
        if (_magazines != null)
        {
            BlockMagazine* magazine = _magazines + (Thread.GetCurrentProcessorId() & _magazineMask);
            if (magazine->TryEnter())
            {
                if (!magazine->TryPushLocked(index))
                    SpillLocked(magazine, index);
                magazine->CountRentedLocked(rentedDelta);
                magazine->Exit();
                return;
            }
        }

        PushCentral(index);
        Interlocked.Add(ref _rentedPastMagazines, rentedDelta);
    }

    /// <summary>Takes one block for the caller and up to half a magazine for the next rents on this core.</summary>
    private bool TryRefillLocked(BlockMagazine* magazine, out uint index)
    {
        if (!TryPopCentral(out index))
            return false;
        for (int i = magazine->Capacity / 2; i > 0 && TryPopCentral(out uint extra); i--)
            magazine->TryPushLocked(extra);
        return true;
    }

    /// <summary>Moves half of a full magazine, and the block that did not fit, to the central list.</summary>
    private void SpillLocked(BlockMagazine* magazine, uint index)
    {
        PushCentral(index);
        for (int i = magazine->Capacity / 2; i > 0 && magazine->TryPopLocked(out uint spilled); i--)
            PushCentral(spilled);
    }

    /// <summary>Takes a block from any core's magazine, so that blocks kept there never make the pool look exhausted.</summary>
    private bool TrySteal(out uint index)
    {
        index = 0;
        for (int i = 0; i <= _magazineMask; i++)
        {
            BlockMagazine* magazine = _magazines + i;
            magazine->Enter();
            bool taken = magazine->TryPopLocked(out index);
            if (taken)
                magazine->CountRentedLocked(1);
            magazine->Exit();
            if (taken)
                return true;
        }

        // A block may have moved from a magazine to the central list while we looked.
        if (!TryPopCentral(out index))
            return false;
        Interlocked.Increment(ref _rentedPastMagazines);
        return true;
    }

    private bool TryPopCentral(out uint index)
    {
        long head = Volatile.Read(ref _freeHead);
        while (true)
        {
            index = (uint)head;
            if (index == 0)
                return TryTakeNew(out index);
            // The block may be taken by another thread here; its state stays readable, and the tag then fails the exchange.
            long next = (((head >> 32) + 1) << 32) | Volatile.Read(ref _states[index].NextFree);
            long seen = Interlocked.CompareExchange(ref _freeHead, next, head);
            if (seen == head)
                return true;
            head = seen;
        }
    }

    private bool TryTakeNew(out uint index)
    {
        long given = Volatile.Read(ref _givenOut);
        while (given < BlockCount)
        {
            long seen = Interlocked.CompareExchange(ref _givenOut, given + 1, given);
            if (seen == given)
            {
                index = (uint)given + 1;
                Volatile.Write(ref _states[index].Word, 1UL << 32);
                if (index == _hugeAt)
                    SlabMemory.UseHugePages(_memory, _mappedBytes);
                if (index == HugePage.WorthBytes / sizeof(BlockState))
                    _stateArray.UseHugePages();
                return true;
            }

            given = seen;
        }

        index = 0;
        return false;
    }

    private void PushCentral(uint index)
    {
        long head = Volatile.Read(ref _freeHead);
        while (true)
        {
            Volatile.Write(ref _states[index].NextFree, (uint)head);
            long next = (head & ~0xFFFF_FFFFL) | index;
            long seen = Interlocked.CompareExchange(ref _freeHead, next, head);
            if (seen == head)
                return;
            head = seen;
        }
    }
}
