namespace Engine.Bench.Data;

/// <summary>A write into a seed-like cache.</summary>
/// <param name="stride">Blocks lie so many block lengths apart: in one piece, or each in its own.</param>
internal sealed class SeedWrite(SeedCache cache, int stride, AccessPattern pattern, AlignedBuffer source)
    : Contender("seed-like cache")
{
    private AccessPattern.Walk _walk = pattern.Start();

    public override void Run(int operations)
    {
        ReadOnlySpan<byte> from = source.Block(0);
        for (int i = 0; i < operations; i++)
        {
            long offset = _walk.Next() * stride;
            cache.Write(offset >> CacheFixture.ObjectShift, offset & CacheFixture.ObjectMask, from);
        }
    }
}
