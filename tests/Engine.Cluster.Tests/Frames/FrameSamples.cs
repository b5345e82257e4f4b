using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster.Tests;

/// <summary>A frame of each kind, as bytes.</summary>
internal static class FrameSamples
{
    public static ClusterId Cluster { get; } = new(0x0102_0304_0506_0708, 0x1112_1314_1516_1718);

    public static Greeting Hello { get; } = new()
    {
        VersionMin = 1,
        VersionMax = 1,
        Cluster = Cluster,
        From = Peer.Of(new RankId(3), 7),
        To = Peer.Of(new RankId(0), 9),
        Dial = 5,
        HeartbeatMs = 1000,
        TimeoutMs = 5000,
    };

    /// <summary>Name and bytes of each.</summary>
    public static IReadOnlyList<(string Name, byte[] Bytes)> All { get; } =
    [
        ("Hello", Of(FrameKind.Hello, Body(Hello))),
        ("Welcome", Of(FrameKind.Welcome, Body(Hello with { From = Hello.To, To = Hello.From, Dial = 0 }))),
        ("Refusal", Of(FrameKind.Refusal, Body(new Refusal(RefusalReason.Replaced, "rank 3 (8) lives")))),
        ("Heartbeat", Of(FrameKind.Heartbeat, [])),
        ("Message", Of(FrameKind.Message, [1, 2, 3, 4, 5])),
        ("Pages", Pages(FrameFlags.First | FrameFlags.Last, 1, 0, [9, 8, 7], (10, 100, 6), (12, 4096, 0))),
        ("PagesSealed", Pages(FrameFlags.Sealed, 2, 1, [], (16, 65_000, 200))),
        ("PagesNone", Pages(FrameFlags.First | FrameFlags.Last | FrameFlags.Sealed, 3, 0, [6])),
        ("Withdrawn", Of(FrameKind.Withdrawn, [], transfer: 4)),
        ("Declined", Of(FrameKind.Declined, [], transfer: 5)),
        ("Goodbye", Of(FrameKind.Goodbye, [])),
    ];

    public static byte[] Body(Greeting greeting)
    {
        var body = new byte[Greeting.Bytes];
        greeting.Write(body);
        return body;
    }

    public static byte[] Body(Refusal refusal)
    {
        var body = new byte[Refusal.BytesMax];
        return body[..refusal.Write(body)];
    }

    /// <summary>A frame around a body.</summary>
    public static byte[] Of(FrameKind kind, byte[] body, uint transfer = 0)
    {
        var frame = new byte[FrameHeader.Bytes + body.Length];
        new FrameHeader(kind, BodyBytes: body.Length, Transfer: transfer, BodyCrc: Crc32C.Append(0, body)).Write(frame);
        body.CopyTo(frame, FrameHeader.Bytes);
        return frame;
    }

    /// <summary>A frame with pages, whose bytes count up.</summary>
    public static byte[] Pages(
        FrameFlags flags, uint transfer, uint number, byte[] message, params (int Shift, int Front, int Tail)[] pieces)
    {
        var body = new byte[PieceTable.BytesOf(pieces.Length) + message.Length];
        PieceTable.WriteHead(body, pieces.Length, message.Length);
        for (int i = 0; i < pieces.Length; i++)
            PieceTable.WriteEntry(body.AsSpan(PieceTable.BytesOf(i)), pieces[i].Shift, pieces[i].Front, pieces[i].Tail);
        message.CopyTo(body, PieceTable.BytesOf(pieces.Length));
        var payload = new byte[pieces.Sum(piece => piece.Front + piece.Tail)];
        for (int i = 0; i < payload.Length; i++)
            payload[i] = (byte)i;
        uint crc = Crc32C.Append(0, body);
        if (!flags.HasFlag(FrameFlags.Sealed))
            crc = Crc32C.Append(crc, payload);
        var frame = new byte[FrameHeader.Bytes + body.Length + payload.Length];
        new FrameHeader(FrameKind.Pages, flags, body.Length, payload.Length, transfer, number, crc).Write(frame);
        body.CopyTo(frame, FrameHeader.Bytes);
        payload.CopyTo(frame, FrameHeader.Bytes + body.Length);
        return frame;
    }
}
