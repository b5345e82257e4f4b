namespace Engine.Metadata;

/// <summary>How a stored page lies in memory: <paramref name="FrontBytes"/> at its start, then as stored,
/// <paramref name="DirectoryBytes"/> at its end.</summary>
/// <param name="SizeClass">Class of the page.</param>
/// <param name="FrontBytes">Bytes up to the last record.</param>
/// <param name="DirectoryBytes">Bytes of the slot directory.</param>
public readonly record struct PageExtent(int SizeClass, int FrontBytes, int DirectoryBytes)
{
    /// <summary>Bytes of the stored page.</summary>
    public int StoredBytes => FrontBytes + DirectoryBytes;
}
