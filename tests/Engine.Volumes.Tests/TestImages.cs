using Engine.Objects;

namespace Engine.Volumes.Tests;

/// <summary>Images and options that the tests share.</summary>
internal static class TestImages
{
    /// <summary>A prefix whose object numbers the manual backend keeps.</summary>
    public const string Prefix = "s";

    public static ImageDescription Make(long lengthBytes, FileLayout layout) =>
        new(new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), Prefix, lengthBytes, layout);

    public static VolumeOptions Direct { get; } = new() { Name = "test", Cached = false };

    public static VolumeOptions Cached { get; } = new() { Name = "test", CacheBytes = 256 << 10 };

    public static byte[] Filled(int length, byte value)
    {
        byte[] bytes = new byte[length];
        bytes.AsSpan().Fill(value);
        return bytes;
    }

    public static BackendCapabilities Capabilities(int alignment, int transferBytesMax = 64 << 10) => new()
    {
        ReadAlignment = alignment,
        WriteAlignment = alignment,
        TransferBytesMax = transferBytesMax,
        SegmentsMax = 64,
    };
}
