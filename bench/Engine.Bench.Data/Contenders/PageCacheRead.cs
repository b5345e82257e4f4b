namespace Engine.Bench.Data;

/// <summary>What .NET offers without a cache of one's own: <see cref="RandomAccess"/> on a file that the page cache
/// holds.</summary>
internal sealed class PageCacheRead(ScratchFile file, AccessPattern pattern, AlignedBuffer destination)
    : Contender("RandomAccess.Read, page cache")
{
    private AccessPattern.Walk _walk = pattern.Start();

    public override void Run(int operations)
    {
        Span<byte> into = destination.Block(0);
        for (int i = 0; i < operations; i++)
            RandomAccess.Read(file.Handle, into, _walk.Next());
    }
}
