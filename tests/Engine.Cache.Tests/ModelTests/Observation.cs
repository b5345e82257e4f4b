namespace Engine.Cache.Tests.ModelTests;

/// <summary>A look at content that began at a step: a read, or a flush, which looks at what is durable when it ends.</summary>
internal sealed class Observation(int started, ModelRange[] ranges, ushort[] snapshot, bool durable)
{
    public int Started { get; } = started;

    public ModelRange[] Ranges { get; } = ranges;

    /// <summary>The content at the start, range after range.</summary>
    public ushort[] Snapshot { get; } = snapshot;

    /// <summary>What a discard drops need not become durable: while one is under way, anything older is legal.</summary>
    public bool Durable { get; } = durable;
}
