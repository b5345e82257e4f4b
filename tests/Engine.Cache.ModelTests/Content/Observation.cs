namespace Engine.Cache.ModelTests.Content;

/// <summary>A look at content that began at a step: a read, or a flush, which looks at what is durable when it ends. Used again
/// by its model.</summary>
internal sealed class Observation(int bytesMax)
{
    public int Started { get; set; }

    public ModelRange[] Ranges { get; set; } = [];

    /// <summary>What a discard drops need not become durable: while one is under way, what is <see cref="Older"/> is
    /// legal.</summary>
    public bool Durable { get; set; }

    /// <summary>What the store held of the ranges at the start, or was being sent.</summary>
    public List<(ModelRange Range, byte[] Bytes)> Older { get; } = [];

    /// <summary>The content at the start, range after range.</summary>
    public byte[] Values { get; } = new byte[bytesMax];

    /// <summary>Marks the bytes that might have been anything at the start.</summary>
    public byte[] Undefined { get; } = new byte[bytesMax];
}
