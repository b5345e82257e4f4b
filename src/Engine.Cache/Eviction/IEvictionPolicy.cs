namespace Engine.Cache;

/// <summary>Chooses who goes when memory is needed, among the blocks that may go. The links of its lists are <see
/// cref="CachedBlock.Order"/>, and what it remembers of a block are the bits of <see cref="CachedBlock.Eviction"/>.</summary>
internal interface IEvictionPolicy : IDisposable
{
    /// <summary>Blocks that may go.</summary>
    int Count { get; }

    /// <summary>Memory beside the blocks' own, charged to the cache's size.</summary>
    long Bytes { get; }

    /// <summary>The cache takes so many blocks from now on.</summary>
    void Resize(int blocks);

    /// <summary>The block may go from now on; without the bit <see cref="EvictionBits.Known"/> it is a newcomer.</summary>
    void Enter(int block);

    /// <summary>The block may not go any more: it is in use, or dirty, or no longer there.</summary>
    void Leave(int block);

    /// <summary>The block was used again, whether it may go or not.</summary>
    void Touch(int block);

    /// <summary>Takes off the block that goes next; 0 when none may go.</summary>
    int Evict();

    /// <summary>Fails when its lists are broken.</summary>
    void Verify();
}
