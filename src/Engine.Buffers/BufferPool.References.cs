// Who holds a block: the reference and in-flight counts, which share one word with the generation (see BlockState).
//
// Each change is one compare-and-swap on that word after all checks, so no interleaving of retain, release and marks can free a
// block that is held, or leave the word half changed when a check fails.

namespace Engine.Buffers;

public sealed unsafe partial class BufferPool
{
    /// <summary>Takes a free block with one reference, held by the caller; its bytes are whatever the last user left.</summary>
    /// <returns>False when no block is free: an operating condition, not an error.</returns>
    public bool TryRent(out BufferHandle handle)
    {
        uint index;
        while (!TryTakeFree(out index))
        {
            if (_observer is null || !_observer.OnExhausted())
            {
                handle = default;
                return false;
            }
        }

        BlockState* state = _states + index;
        ulong word = state->Word;
        Invariant.That(BlockState.References(word) == 0);
        handle = new BufferHandle(index, BlockState.Generation(word));
        Volatile.Write(ref state->Word, word + BlockState.ReferenceOne);
        _observer?.OnRent(handle, Span(handle));
        return true;
    }

    /// <summary>Adds a reference. The caller must hold one already.</summary>
    public void Retain(BufferHandle handle)
    {
        if (handle.Index == _zeroIndex)
        {
            Live(handle);
            return;
        }

        BlockState* state = Live(handle);
        ulong word = Volatile.Read(ref state->Word);
        while (true)
        {
            if (BlockState.Generation(word) != handle.Generation)
                FailStale(handle);
            if (BlockState.References(word) == (int)BlockState.ReferenceMask)
                Invariant.Fail($"block {handle.Index} has too many references");
            ulong seen = Interlocked.CompareExchange(ref state->Word, word + BlockState.ReferenceOne, word);
            if (seen == word)
                return;
            word = seen;
        }
    }

    /// <summary>Drops a reference; the last one gives the block back and makes every handle to it stale.</summary>
    public void Release(BufferHandle handle)
    {
        if (handle.Index == _zeroIndex)
        {
            Live(handle);
            return;
        }

        BlockState* state = Live(handle);
        ulong word = Volatile.Read(ref state->Word);
        while (true)
        {
            if (BlockState.Generation(word) != handle.Generation)
                FailStale(handle);
            bool last = BlockState.References(word) == 1;
            if (last && BlockState.InFlight(word) != 0)
                Invariant.Fail($"last reference to block {handle.Index} dropped while the block is in flight");
            ulong next = last ? NextGeneration(word) : word - BlockState.ReferenceOne;
            ulong seen = Interlocked.CompareExchange(ref state->Word, next, word);
            if (seen == word)
            {
                if (last)
                    GiveBack(handle);
                return;
            }

            word = seen;
        }
    }

    /// <summary>References held to the block; 1 for the zero block.</summary>
    public int ReferenceCount(BufferHandle handle) => BlockState.References(Volatile.Read(ref Live(handle)->Word));

    /// <summary>Says that the kernel was given the block's memory; counted, and the last reference may not go until
    /// cleared.</summary>
    public void MarkInFlight(BufferHandle handle)
    {
        BlockState* state = Live(handle);
        if (handle.Index == _zeroIndex)
            return;
        ulong word = Volatile.Read(ref state->Word);
        while (true)
        {
            if (BlockState.Generation(word) != handle.Generation)
                FailStale(handle);
            if ((word & BlockState.InFlightMask) == BlockState.InFlightMask)
                Invariant.Fail($"block {handle.Index} has too many transfers in flight");
            ulong seen = Interlocked.CompareExchange(ref state->Word, word + BlockState.InFlightOne, word);
            if (seen == word)
                return;
            word = seen;
        }
    }

    /// <summary>Takes back one mark of <see cref="MarkInFlight"/>: the transfer completed, and may have changed the
    /// bytes.</summary>
    public void ClearInFlight(BufferHandle handle)
    {
        BlockState* state = Live(handle);
        if (handle.Index == _zeroIndex)
            return;
        Interlocked.Increment(ref state->ContentVersion);
        ulong word = Volatile.Read(ref state->Word);
        while (true)
        {
            if (BlockState.Generation(word) != handle.Generation)
                FailStale(handle);
            if (BlockState.InFlight(word) == 0)
                Invariant.Fail($"block {handle.Index} is not in flight");
            ulong seen = Interlocked.CompareExchange(ref state->Word, word - BlockState.InFlightOne, word);
            if (seen == word)
                return;
            word = seen;
        }
    }

    /// <summary>True while any transfer marked on the block is outstanding; never for the zero block.</summary>
    public bool IsInFlight(BufferHandle handle) => BlockState.InFlight(Volatile.Read(ref Live(handle)->Word)) != 0;

    /// <summary>Lets a block go that the observer kept in <see cref="IBufferPoolObserver.OnReturn"/>; once per kept
    /// block.</summary>
    /// <param name="handle">The handle that was returned then.</param>
    public void Recycle(BufferHandle handle)
    {
        Invariant.That(!handle.IsNull && handle.Index <= BlockCount && _blocks != 0);
        ulong word = Volatile.Read(ref _states[handle.Index].Word);
        Invariant.That(word == NextGeneration((ulong)handle.Generation << 32));
        PutFree(handle.Index, rentedDelta: 0);
    }

    /// <summary>Memory of a block that the observer kept; no generation check, since its handle is stale by design.</summary>
    internal Span<byte> KeptSpan(BufferHandle handle)
    {
        Invariant.That(!handle.IsNull && handle.Index <= BlockCount && _blocks != 0);
        return new Span<byte>(_memory + ((nuint)(handle.Index - 1) << _blockShift), BlockBytes);
    }

    /// <summary>The word of the block once free: no references, nothing in flight, next generation (wraps after 2^32
    /// rents).</summary>
    private static ulong NextGeneration(ulong word) => (ulong)(BlockState.Generation(word) + 1) << 32;

    private void GiveBack(BufferHandle handle)
    {
        if (_observer is not null && _observer.OnReturn(handle, KeptSpan(handle)))
            Interlocked.Decrement(ref _rentedPastMagazines);
        else
            PutFree(handle.Index, rentedDelta: -1);
    }
}
