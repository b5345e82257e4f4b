namespace Engine.Metadata;

/// <summary>Stored bytes of a chain, wherever they lie.</summary>
internal interface IPageSource
{
    /// <summary>Bytes in all.</summary>
    long Length { get; }

    /// <summary>Copies bytes from <paramref name="offset"/> on.</summary>
    void CopyTo(long offset, scoped Span<byte> destination);
}
