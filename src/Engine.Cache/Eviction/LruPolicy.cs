namespace Engine.Cache;

/// <summary>The least recently used block goes first: one list, and every use moves a block to its front.</summary>
internal sealed class LruPolicy(Slab<CachedBlock> blocks) : IEvictionPolicy
{
    private readonly BlockQueue<OrderLink> _queue = new(blocks);

    public int Count => _queue.Count;

    public long Bytes => 0;

    public void Resize(int blocks)
    {
        // The list is as long as the cache has blocks.
    }

    public void Enter(int block) => _queue.AddFirst(block);

    public void Leave(int block) => _queue.Remove(block);

    public void Touch(int block)
    {
        if ((blocks[block].Lists & BlockLists.Evictable) != 0)
            _queue.MoveToFirst(block);
    }

    public int Evict()
    {
        int block = _queue.Last;
        if (block != 0)
            _queue.Remove(block);
        return block;
    }

    public void Verify() => _queue.Verify();

    public void Dispose()
    {
        // The links are the blocks' own.
    }
}
