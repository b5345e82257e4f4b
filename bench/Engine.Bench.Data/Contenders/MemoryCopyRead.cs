namespace Engine.Bench.Data;

/// <summary>The floor of a read: a bare copy out of huge-page memory with the same access pattern.</summary>
internal sealed class MemoryCopyRead(AlignedBuffer content, AccessPattern pattern, AlignedBuffer destination)
    : Contender("memory copy")
{
    private AccessPattern.Walk _walk = pattern.Start();

    public override void Run(int operations)
    {
        Span<byte> into = destination.Block(0);
        for (int i = 0; i < operations; i++)
            content.Block(_walk.Next()).CopyTo(into);
    }
}
