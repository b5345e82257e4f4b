namespace Engine.Bench.Data;

/// <summary>A read of a seed-like cache that is too small for what is read.</summary>
internal sealed class SeedMiss(SeedCache cache, AccessPattern pattern, AlignedBuffer destination) : Contender("seed-like cache")
{
    private AccessPattern.Walk _walk = pattern.Start();

    /// <summary>Reads that found their block.</summary>
    public long Hits { get; private set; }

    public override void Run(int operations)
    {
        Span<byte> into = destination.Block(0);
        for (int i = 0; i < operations; i++)
        {
            long offset = _walk.Next();
            Hits += cache.Read(offset >> CacheFixture.ObjectShift, offset & CacheFixture.ObjectMask, into) ? 1 : 0;
        }
    }
}
