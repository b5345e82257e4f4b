namespace Engine.Bench.Data;

/// <summary>The floor of a write: a bare copy into huge-page memory with the same access pattern.</summary>
internal sealed class MemoryCopyWrite(AlignedBuffer content, AccessPattern pattern, AlignedBuffer source)
    : Contender("memory copy")
{
    private AccessPattern.Walk _walk = pattern.Start();

    public override void Run(int operations)
    {
        ReadOnlySpan<byte> from = source.Block(0);
        for (int i = 0; i < operations; i++)
            from.CopyTo(content.Block(_walk.Next()));
    }
}
