namespace Engine.Bench.Data;

/// <summary>What .NET offers without a cache of one's own: <see cref="RandomAccess"/> into the page cache.</summary>
internal sealed class PageCacheWrite(ScratchFile file, AccessPattern pattern, AlignedBuffer source)
    : Contender("RandomAccess.Write, page cache")
{
    private AccessPattern.Walk _walk = pattern.Start();

    public override void Run(int operations)
    {
        ReadOnlySpan<byte> from = source.Block(0);
        for (int i = 0; i < operations; i++)
            RandomAccess.Write(file.Handle, from, _walk.Next());
    }
}
