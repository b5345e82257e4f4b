using Engine.Buffers;

namespace Engine.Cluster.Tests;

/// <summary>Reads bytes as one frame that is whole, by the decoders that a connection uses.</summary>
internal static class FrameDecoder
{
    /// <summary>Whoever may send everything.</summary>
    public static FrameLimits Anything { get; } = new(uint.MaxValue, 1 << 20, 1 << 20, 1 << 30);

    public static FrameProblem Read(ReadOnlySpan<byte> bytes, in FrameLimits limits, out FrameHeader header)
    {
        header = default;
        if (bytes.Length < FrameHeader.Bytes)
            return new FrameProblem(FrameProblemKind.Truncated);
        FrameProblem problem = FrameHeader.TryRead(bytes, limits, out header);
        if (!problem.IsNone)
            return problem;
        ReadOnlySpan<byte> rest = bytes[FrameHeader.Bytes..];
        if (rest.Length != (long)header.BodyBytes + header.PayloadBytes)
            return new FrameProblem(FrameProblemKind.Truncated, header.Kind);
        ReadOnlySpan<byte> body = rest[..header.BodyBytes];
        ReadOnlySpan<byte> summed = header.Flags.HasFlag(FrameFlags.Sealed) ? body : rest;
        if (Crc32C.Append(0, summed) != header.BodyCrc)
            return new FrameProblem(FrameProblemKind.BodyChecksum, header.Kind);
        return header.Kind switch
        {
            FrameKind.Hello or FrameKind.Welcome => Greeting.TryRead(header.Kind, body, out _),
            FrameKind.Refusal => Refusal.TryRead(body, out _),
            FrameKind.Pages => PieceTable.Check(header, body, out _),
            _ => default,
        };
    }
}
