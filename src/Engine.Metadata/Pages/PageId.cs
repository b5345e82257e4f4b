namespace Engine.Metadata;

/// <summary>Names a page of a <see cref="MetadataPagePool"/>, as long as its holder keeps it: the size class and the block of
/// that class. Of this process only; never written to a page.</summary>
/// <param name="Value">Class in the top two bits, block index (from 1) below; 0 names no page.</param>
public readonly record struct PageId(uint Value)
{
    /// <summary>Bits of the block index.</summary>
    internal const int IndexBits = 30;

    /// <summary>Names block <paramref name="index"/> of a class.</summary>
    internal PageId(int sizeClass, uint index)
        : this(((uint)sizeClass << IndexBits) | index)
    {
    }

    /// <summary>True for the value that names no page.</summary>
    public bool IsNone => Value == 0;

    /// <summary>Size class, 0 to 3.</summary>
    public int SizeClass => (int)(Value >> IndexBits);

    /// <summary>Block index within the class's pool.</summary>
    internal uint Index => Value & ((1u << IndexBits) - 1);

    /// <inheritdoc/>
    public override string ToString() => IsNone ? "no page" : $"page {SizeClass}:{Index}";
}
