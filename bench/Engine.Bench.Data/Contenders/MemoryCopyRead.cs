namespace Engine.Bench.Data;

/// <summary>The floor of a read: a bare copy out of huge-page memory with the same access pattern.</summary>
/// <param name="into">Where in the destination it is copied to.</param>
internal sealed class MemoryCopyRead(AlignedBuffer content, AccessPattern pattern, AlignedBuffer destination, long into = 0)
    : Contender("memory copy")
{
    private AccessPattern.Walk _walk = pattern.Start();

    public override void Run(int operations)
    {
        Span<byte> room = destination.Block(into);
        for (int i = 0; i < operations; i++)
            content.Block(_walk.Next()).CopyTo(room);
    }
}
