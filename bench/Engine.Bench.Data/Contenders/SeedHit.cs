namespace Engine.Bench.Data;

/// <summary>A read of a seed-like cache that has the block.</summary>
/// <param name="stride">Blocks lie so many block lengths apart: in one piece, or each in its own.</param>
internal sealed class SeedHit(SeedCache cache, int stride, AccessPattern pattern, AlignedBuffer destination)
    : Contender("seed-like cache")
{
    private AccessPattern.Walk _walk = pattern.Start();

    public override void Run(int operations)
    {
        Span<byte> into = destination.Block(0);
        for (int i = 0; i < operations; i++)
        {
            long offset = _walk.Next() * stride;
            if (!cache.Read(offset >> CacheFixture.ObjectShift, offset & CacheFixture.ObjectMask, into))
                throw new IOException("the seed-like cache dropped a block");
        }
    }
}
