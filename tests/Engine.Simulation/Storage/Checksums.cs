using Engine.Buffers;

namespace Engine.Simulation;

/// <summary>Checksums over bytes as they are now, past the ones that a list remembers.</summary>
internal static class Checksums
{
    public static uint Of(BufferList list)
    {
        uint checksum = 0;
        foreach (Span<byte> segment in list)
            checksum = Crc32C.Append(checksum, segment);
        return checksum;
    }
}
