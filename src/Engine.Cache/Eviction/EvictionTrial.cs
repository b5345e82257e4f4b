namespace Engine.Cache;

/// <summary>
/// An eviction policy alone: of a series of accesses to blocks, which would find their block in a cache of so many? It is the
/// cache's own policy over the cache's own records, without data, store or writeback. Not thread-safe.
/// </summary>
public sealed class EvictionTrial : IDisposable
{
    private readonly Slab<CachedBlock> _blocks;
    private readonly Slab<CachedObject> _objects = new(1);
    private readonly IndexMap _index;
    private readonly EvictionQueues _queues;
    private readonly int _blocksMax;
    private readonly int _object;

    /// <summary>A cache without anything in it.</summary>
    /// <param name="policy">Who goes first.</param>
    /// <param name="blocks">Blocks that it takes, at least 1.</param>
    public EvictionTrial(EvictionPolicy policy, int blocks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        _blocksMax = blocks;
        _blocks = new Slab<CachedBlock>(blocks);
        _index = new IndexMap(blocks);
        _object = _objects.Allocate();
        _objects[_object] = new CachedObject { Set = 1 };
        _queues = new EvictionQueues(policy, _blocks, _objects, new CacheCounters());
        _queues.Resize(blocks);
    }

    /// <summary>Blocks asked for.</summary>
    public long Accesses { get; private set; }

    /// <summary>Of them, those that were there.</summary>
    public long Hits { get; private set; }

    /// <summary>Asks for a block, which is there from then on until it goes; true when it was there.</summary>
    public bool Access(long number)
    {
        Accesses++;
        int block = _index.Find(number, _object);
        if (block != 0)
        {
            Hits++;
            _queues.Touch(block);
            return true;
        }
        if (_blocks.Count == _blocksMax)
            Evict();
        block = _blocks.Allocate();
        _blocks[block].Object = _object;
        _blocks[block].Number = number;
        _index.Add(number, _object, block);
        _queues.Enter(block);
        return false;
    }

    /// <summary>Frees the records.</summary>
    public void Dispose()
    {
        _queues.Dispose();
        _index.Dispose();
        _objects.Dispose();
        _blocks.Dispose();
    }

    private void Evict()
    {
        int block = _queues.Evict();
        _index.Remove(_blocks[block].Number, _object);
        _blocks.Free(block);
    }
}
