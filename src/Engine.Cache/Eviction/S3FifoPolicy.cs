// S3-FIFO (Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023). Newcomers enter a small queue of a tenth
// of the cache. Who was used again often enough when its end is reached goes to the main queue, all others go, and leave a
// fingerprint behind: a block that comes again while that is kept goes to the main queue at once. At the end of the main queue
// a block that was used since is spared, and its count is lowered. A use only counts; nothing moves. So what is asked for once,
// a scan for example, passes the small queue and never displaces what is used. There are as many fingerprints as the cache takes
// blocks, not only as the main queue does: what comes again sooner than a whole cache of other blocks is worth its place.
//
// A block that was dirty, or in use, meanwhile comes back to the front of the queue that was its own, with its count: only
// the order of those two queues knows of time. Invariant: a block on a queue is on the main one exactly when it has the bit Main.
namespace Engine.Cache;

/// <summary>S3-FIFO: two queues and the fingerprints of what has gone.</summary>
internal sealed class S3FifoPolicy : IEvictionPolicy
{
    /// <summary>Uses that take a block from the small to the main queue. The first of them may be the second half of what is one
    /// use to its owner.</summary>
    public const int PromoteAt = 2;

    /// <summary>The small queue's share of the cache is one of so many.</summary>
    public const int SmallShare = 10;

    /// <summary>Blocks spared by one eviction; then the next one goes, used or not. Where everything is used all the time the way
    /// to one that is not would be three times as long as the queue.</summary>
    public const int SparesMax = 256;

    private readonly Slab<CachedBlock> _blocks;
    private readonly BlockNames _names;
    private readonly CacheCounters _counters;
    private readonly BlockQueue<OrderLink> _small;
    private readonly BlockQueue<OrderLink> _main;
    private readonly GhostQueue _ghosts = new();
    private int _smallBlocks = 1;

    public S3FifoPolicy(Slab<CachedBlock> blocks, BlockNames names, CacheCounters counters)
    {
        _blocks = blocks;
        _names = names;
        _counters = counters;
        _small = new BlockQueue<OrderLink>(blocks);
        _main = new BlockQueue<OrderLink>(blocks);
    }

    public int Count => _small.Count + _main.Count;

    public long Bytes => _ghosts.Bytes;

    /// <summary>Blocks of the small queue when the cache takes so many; two at least, so that the newest is not the next to
    /// go.</summary>
    public static int SmallBlocks(int blocks) => Math.Max(2, blocks / SmallShare);

    public void Resize(int blocks)
    {
        _smallBlocks = SmallBlocks(blocks);
        _ghosts.Resize(blocks);
    }

    public void Enter(int block)
    {
        ref byte bits = ref _blocks[block].Eviction;
        if ((bits & EvictionBits.Known) == 0 && _ghosts.TryTake(_names.Of(block)))
        {
            bits |= EvictionBits.Main;
            _counters.GhostHits++;
        }
        QueueOf(bits).AddFirst(block);
    }

    public void Leave(int block) => QueueOf(_blocks[block].Eviction).Remove(block);

    public void Touch(int block)
    {
        ref byte bits = ref _blocks[block].Eviction;
        if ((bits & EvictionBits.Frequency) != EvictionBits.Frequency)
            bits++;
    }

    public int Evict()
    {
        for (int spares = 0; ; spares++)
        {
            bool fromSmall = _small.Count >= _smallBlocks || _main.Count == 0;
            BlockQueue<OrderLink> queue = fromSmall ? _small : _main;
            int block = queue.Last;
            if (block == 0)
                return 0;
            ref byte bits = ref _blocks[block].Eviction;
            bool spared = (bits & EvictionBits.Frequency) >= (fromSmall ? PromoteAt : 1) && spares < SparesMax;
            queue.Remove(block);
            if (!spared)
            {
                if (fromSmall)
                    _ghosts.Add(_names.Of(block));
                return block;
            }
            if (fromSmall)
                bits = (byte)((bits & ~EvictionBits.Frequency) | EvictionBits.Main);
            else
                bits--;
            _main.AddFirst(block);
        }
    }

    public void Verify()
    {
        _small.Verify();
        _main.Verify();
    }

    public void Dispose() => _ghosts.Dispose();

    private BlockQueue<OrderLink> QueueOf(byte bits) => (bits & EvictionBits.Main) != 0 ? _main : _small;
}
