using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>What an end may send: which frames, and how long.</summary>
/// <param name="Kinds">A bit for each kind, by its number.</param>
/// <param name="BodyBytesMax">Longest body.</param>
/// <param name="PayloadBytesMax">Most payload bytes in one frame.</param>
/// <param name="TransferBytesMax">Most payload bytes in one bulk transfer.</param>
public readonly record struct FrameLimits(uint Kinds, int BodyBytesMax, int PayloadBytesMax, long TransferBytesMax)
{
    /// <summary>Payload bytes that a sender puts into one frame of a bulk transfer: how long a control frame waits at the
    /// most.</summary>
    public const int ChunkBytes = 256 << 10;

    private const int PeerPayloadBytesMax = 1 << 20;
    private const int ClientBodyBytesMax = 4 << 20;
    private const int HandshakeBodyBytesMax = 512;
    private const long PeerTransferBytesMax = 1L << 30;

    private const uint Talk = (1u << (int)FrameKind.Heartbeat) | (1u << (int)FrameKind.Message)
        | (1u << (int)FrameKind.Goodbye);

    private const uint Bulk = (1u << (int)FrameKind.Pages) | (1u << (int)FrameKind.Withdrawn) | (1u << (int)FrameKind.Declined);

    /// <summary>Who dialled, before anybody knows who it is.</summary>
    public static FrameLimits Dialler => new(1u << (int)FrameKind.Hello, HandshakeBodyBytesMax, 0, 0);

    /// <summary>Who was dialled, before it has answered.</summary>
    public static FrameLimits Answerer =>
        new((1u << (int)FrameKind.Welcome) | (1u << (int)FrameKind.Refusal), HandshakeBodyBytesMax, 0, 0);

    /// <summary>A peer that was let in.</summary>
    public static FrameLimits Of(PeerKind kind) => kind == PeerKind.Rank
        ? new FrameLimits(Talk | Bulk, MessageFormats.BytesMax, PeerPayloadBytesMax, PeerTransferBytesMax)
        : new FrameLimits(Talk, ClientBodyBytesMax, 0, 0);

    /// <summary>May it send messages, and no pages?</summary>
    public bool IsTalkOnly => Allows(FrameKind.Message) && !Allows(FrameKind.Pages);

    /// <summary>May it send such a frame?</summary>
    public bool Allows(FrameKind kind) => (Kinds & (1u << (int)kind)) != 0;
}
