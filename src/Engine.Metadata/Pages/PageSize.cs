namespace Engine.Metadata;

/// <summary>The size classes of metadata pages: 1, 4, 16 and 64 KiB.</summary>
public static class PageSize
{
    /// <summary>Classes, numbered from 0.</summary>
    public const int ClassCount = 4;

    /// <summary>Bytes of a page of class 0.</summary>
    public const int BytesMin = 1 << ShiftMin;

    /// <summary>Bytes of a page of the last class.</summary>
    public const int BytesMax = BytesMin << (ClassShift * (ClassCount - 1));

    /// <summary>Pages of one class that fill one page of the next.</summary>
    public const int Ratio = 1 << ClassShift;

    private const int ShiftMin = 10;
    private const int ClassShift = 2;

    /// <summary>Bytes of a page of the class.</summary>
    public static int Of(int sizeClass) => BytesMin << (ClassShift * sizeClass);

    /// <summary>Base-two logarithm of <see cref="Of"/>.</summary>
    public static int ShiftOf(int sizeClass) => ShiftMin + (ClassShift * sizeClass);
}
