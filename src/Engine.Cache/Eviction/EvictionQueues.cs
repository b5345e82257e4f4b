// Who may be evicted, and who goes next: the policy's lists, and the queue of what long sequential streams bring. Those blocks
// pass: they are the first to go as soon as they are more than their share, however often they are used, so that a stream does
// not displace the rest; while there is room they stay. The share is for what was read ahead, and not used yet.
// Invariants: an evictable block has BlockLists.Evictable, and is on the queue of the passing ones exactly when it has the bit
// Passing, otherwise on a list of the policy.
namespace Engine.Cache;

/// <summary>Who may be evicted, and who goes next.</summary>
internal sealed class EvictionQueues : IDisposable
{
    /// <summary>The share of passing blocks is one of so many.</summary>
    public const int PassingShare = 10;

    private readonly Slab<CachedBlock> _blocks;
    private readonly IEvictionPolicy _policy;
    private readonly BlockQueue<OrderLink> _passing;
    private int _passingMax = 1;

    public EvictionQueues(
        EvictionPolicy policy, Slab<CachedBlock> blocks, Slab<CachedObject> objects, CacheCounters counters)
    {
        _blocks = blocks;
        _policy = EvictionPolicies.Create(policy, blocks, objects, counters);
        _passing = new BlockQueue<OrderLink>(blocks);
    }

    /// <summary>Blocks that may go.</summary>
    public int Count => _policy.Count + _passing.Count;

    /// <summary>Of them, those that pass.</summary>
    public int PassingCount => _passing.Count;

    /// <summary>Memory beside the blocks' own.</summary>
    public long Bytes => _policy.Bytes;

    /// <summary>The cache takes so many blocks from now on.</summary>
    public void Resize(int blocks)
    {
        _passingMax = Math.Max(1, blocks / PassingShare);
        _policy.Resize(blocks);
    }

    /// <summary>Says by which kind of request the block is asked for, before it is. What is there already is not the
    /// stream's.</summary>
    public void Note(int block, bool streamed)
    {
        ref CachedBlock b = ref _blocks[block];
        if (!streamed)
            b.Eviction &= unchecked((byte)~EvictionBits.Streamed);
        else if ((b.Eviction & EvictionBits.Known) == 0 && b.Buffer.IsNull)
            b.Eviction |= EvictionBits.Streamed;
    }

    /// <summary>The block may go from now on.</summary>
    public void Enter(int block)
    {
        ref CachedBlock b = ref _blocks[block];
        b.Lists |= BlockLists.Evictable;
        if ((b.Eviction & EvictionBits.Streamed) != 0)
        {
            b.Eviction |= EvictionBits.Passing;
            _passing.AddFirst(block);
            return;
        }
        _policy.Enter(block);
        b.Eviction |= EvictionBits.Known;
    }

    /// <summary>The block may not go any more.</summary>
    public void Leave(int block)
    {
        _blocks[block].Lists &= ~BlockLists.Evictable;
        if ((_blocks[block].Eviction & EvictionBits.Passing) != 0)
            RemovePassing(block);
        else
            _policy.Leave(block);
    }

    /// <summary>The block was used again.</summary>
    public void Touch(int block)
    {
        if ((_blocks[block].Eviction & (EvictionBits.Streamed | EvictionBits.Passing)) == 0)
            _policy.Touch(block);
    }

    /// <summary>Takes off the block that goes next; 0 when none may go.</summary>
    public int Evict()
    {
        int block = _passing.Count > _passingMax ? 0 : _policy.Evict();
        if (block == 0 && (block = _passing.Last) != 0)
            RemovePassing(block);
        if (block != 0)
            _blocks[block].Lists &= ~BlockLists.Evictable;
        return block;
    }

    /// <summary>Fails when a list is broken.</summary>
    public void Verify()
    {
        _policy.Verify();
        _passing.Verify();
    }

    public void Dispose() => _policy.Dispose();

    private void RemovePassing(int block)
    {
        _passing.Remove(block);
        _blocks[block].Eviction &= unchecked((byte)~EvictionBits.Passing);
    }
}
