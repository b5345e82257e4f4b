namespace Engine.Cache;

/// <summary>What a block is known by after it has gone: a fingerprint of its set, object and number, never 0. Indices do not
/// serve: they are used again.</summary>
internal sealed class BlockNames(Slab<CachedBlock> blocks, Slab<CachedObject> objects)
{
    public uint Of(int block)
    {
        ref CachedBlock b = ref blocks[block];
        ref CachedObject o = ref objects[b.Object];
        ulong name = Mix((ulong)b.Number + Mix((ulong)o.Number + Mix((uint)o.Set)));
        return Math.Max(1, (uint)(name >> 32));
    }

    /// <summary>The finaliser of SplitMix64.</summary>
    private static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15UL;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
        return x ^ (x >> 31);
    }
}
