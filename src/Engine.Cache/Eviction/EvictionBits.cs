namespace Engine.Cache;

/// <summary>The bits of <see cref="CachedBlock.Eviction"/>.</summary>
internal static class EvictionBits
{
    /// <summary>How often the block was used again, up to three times.</summary>
    public const byte Frequency = 0x03;

    /// <summary>Its place is the main queue.</summary>
    public const byte Main = 0x04;

    /// <summary>It has had a place on a list of the policy since it was opened.</summary>
    public const byte Known = 0x08;

    /// <summary>A long sequential stream brought it, and nobody else has asked for it in vain.</summary>
    public const byte Streamed = 0x10;

    /// <summary>It is on the queue of what such streams bring.</summary>
    public const byte Passing = 0x20;
}
