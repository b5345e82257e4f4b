namespace Engine.Cache;

/// <summary>The bits of <see cref="CachedBlock.Eviction"/>.</summary>
internal static class EvictionBits
{
    /// <summary>How often the block was used again, up to three times.</summary>
    public const byte Frequency = 0x03;

    /// <summary>Its place is the main queue.</summary>
    public const byte Main = 0x04;

    /// <summary>It has had a place since it was opened.</summary>
    public const byte Known = 0x08;
}
