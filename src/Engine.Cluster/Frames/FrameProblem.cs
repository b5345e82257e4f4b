using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>Why received bytes are not a frame that may come now; the default value means that nothing is wrong.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Frame">In which kind of frame; as sent, so that it may be unknown.</param>
/// <param name="Value">What was found: a length, a number, a field's offset.</param>
/// <param name="Wire">What is wrong with the message in the frame, for <see cref="FrameProblemKind.Message"/>.</param>
public readonly record struct FrameProblem(
    FrameProblemKind Kind, FrameKind Frame = FrameKind.None, long Value = 0, WireProblem Wire = default)
{
    /// <summary>Is nothing wrong?</summary>
    public bool IsNone => Kind == FrameProblemKind.None;

    /// <summary>One line.</summary>
    public override string ToString() => Kind switch
    {
        FrameProblemKind.None => "none",
        FrameProblemKind.Magic => $"no frame begins with 0x{Value:x8}",
        FrameProblemKind.Version => $"a frame of format {Value}, this program reads format {FrameHeader.Version}",
        FrameProblemKind.HeaderChecksum => "a damaged frame header",
        FrameProblemKind.Kind => $"no frame has the number {Value}",
        FrameProblemKind.NotNow => $"a {Frame} frame, which may not come now",
        FrameProblemKind.Flags => $"a {Frame} frame with impossible flags 0x{Value:x}",
        FrameProblemKind.BodyLength => $"a {Frame} frame with a body of {Value} bytes",
        FrameProblemKind.PayloadLength => $"a {Frame} frame with {Value} bytes of pages",
        FrameProblemKind.Number => $"a {Frame} frame out of order, number {Value}",
        FrameProblemKind.BodyChecksum => $"a damaged {Frame} frame",
        FrameProblemKind.Piece => $"a {Frame} frame with an impossible piece {Value}",
        FrameProblemKind.Field => $"a {Frame} frame with an impossible value at byte {Value}",
        FrameProblemKind.Message => $"a {Frame} frame with what is no message: {Wire}",
        _ => $"the connection ended within a {Frame} frame",
    };
}
