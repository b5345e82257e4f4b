namespace Engine.Cache.ModelTests.Content;

/// <summary>The bytes that a version puts at a place: those of neighbouring versions, objects and positions differ.</summary>
internal static class Pattern
{
    private const int Period = 1 << 16;

    private static readonly byte[] s_bytes = Draw();

    /// <summary>The bytes of version <paramref name="version"/> at a range.</summary>
    public static ReadOnlySpan<byte> Of(int version, in ModelRange range) =>
        s_bytes.AsSpan(Start(version, range.ObjectNumber) + range.Offset, range.Length);

    public static byte Of(int version, int objectNumber, int position) => s_bytes[Start(version, objectNumber) + position];

    private static int Start(int version, int objectNumber) =>
        (int)((((uint)version * 2654435761u) + ((uint)objectNumber * 40503u)) >> 16) & (Period - 1);

    private static byte[] Draw()
    {
        byte[] bytes = new byte[2 * Period];
        new Random(1).NextBytes(bytes.AsSpan(0, Period));
        // Zeros are what discards leave: no version writes them.
        bytes.AsSpan(0, Period).Replace((byte)0, (byte)1);
        bytes.AsSpan(0, Period).CopyTo(bytes.AsSpan(Period));
        return bytes;
    }
}
