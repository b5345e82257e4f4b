using Engine.Buffers;

namespace Engine.Cache;

/// <summary>Makes the policies by their names.</summary>
internal static class EvictionPolicies
{
    public static IEvictionPolicy Create(
        EvictionPolicy policy, Slab<CachedBlock> blocks, Slab<CachedObject> objects, CacheCounters counters)
    {
        if (policy == EvictionPolicy.Lru)
            return new LruPolicy(blocks);
        Invariant.That(policy == EvictionPolicy.S3Fifo, "an eviction policy is one of those that have names");
        return new S3FifoPolicy(blocks, new BlockNames(blocks, objects), counters);
    }
}
