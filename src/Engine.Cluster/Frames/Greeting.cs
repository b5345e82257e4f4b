// The body of the first frame each way, 96 bytes, little-endian: versions 0..3, zero 4..7, cluster 8..23, from 24..47,
// to 48..71, dial 72..79, heartbeat and timeout in ms 80..87, zero 88..95. A peer is its kind (1 byte), 7 zeroes, its number
// and its incarnation. The zeroes are checked: what a later version says there is not understood here.

using System.Buffers.Binary;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>Who an end is, whom it believes to talk to, and in which cluster.</summary>
public readonly record struct Greeting
{
    /// <summary>Size.</summary>
    public const int Bytes = 96;

    /// <summary>Version of what is said in frames that this code speaks, and the only one.</summary>
    public const ushort ProtocolVersion = 1;

    /// <summary>Heartbeats cannot be farther apart, nor nearer than a millisecond.</summary>
    public const int HeartbeatMsMax = 60_000;

    /// <summary>Lowest version that the end speaks.</summary>
    public ushort VersionMin { get; init; }

    /// <summary>Highest version that the end speaks.</summary>
    public ushort VersionMax { get; init; }

    /// <summary>The cluster.</summary>
    public ClusterId Cluster { get; init; }

    /// <summary>Who says it.</summary>
    public Peer From { get; init; }

    /// <summary>To whom; incarnation 0 is whichever lives.</summary>
    public Peer To { get; init; }

    /// <summary>Counts the diallings of one instance, so that a later one takes the place of an earlier.</summary>
    public ulong Dial { get; init; }

    /// <summary>The end is heard at least this often.</summary>
    public int HeartbeatMs { get; init; }

    /// <summary>The end gives up who was silent for so long.</summary>
    public int TimeoutMs { get; init; }

    /// <summary>Writes the body.</summary>
    public void Write(Span<byte> target)
    {
        target[..Bytes].Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(target, VersionMin);
        BinaryPrimitives.WriteUInt16LittleEndian(target[2..], VersionMax);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], Cluster.High);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], Cluster.Low);
        Write(target[24..], From);
        Write(target[48..], To);
        BinaryPrimitives.WriteUInt64LittleEndian(target[72..], Dial);
        BinaryPrimitives.WriteInt32LittleEndian(target[80..], HeartbeatMs);
        BinaryPrimitives.WriteInt32LittleEndian(target[84..], TimeoutMs);
    }

    /// <summary>Reads the body of a greeting, or says which field cannot be. Whether versions and names suit is for
    /// <see cref="HandshakeRules"/>.</summary>
    public static FrameProblem TryRead(FrameKind frame, ReadOnlySpan<byte> body, out Greeting greeting)
    {
        greeting = default;
        if (body.Length != Bytes)
            return new FrameProblem(FrameProblemKind.BodyLength, frame, body.Length);
        greeting = new Greeting
        {
            VersionMin = BinaryPrimitives.ReadUInt16LittleEndian(body),
            VersionMax = BinaryPrimitives.ReadUInt16LittleEndian(body[2..]),
            Cluster = new ClusterId(
                BinaryPrimitives.ReadUInt64LittleEndian(body[8..]), BinaryPrimitives.ReadUInt64LittleEndian(body[16..])),
            From = ReadPeer(body[24..]),
            To = ReadPeer(body[48..]),
            Dial = BinaryPrimitives.ReadUInt64LittleEndian(body[72..]),
            HeartbeatMs = BinaryPrimitives.ReadInt32LittleEndian(body[80..]),
            TimeoutMs = BinaryPrimitives.ReadInt32LittleEndian(body[84..]),
        };
        int wrong = greeting.FirstWrong(body);
        return wrong < 0 ? default : new FrameProblem(FrameProblemKind.Field, frame, wrong);
    }

    private int FirstWrong(ReadOnlySpan<byte> body)
    {
        if (VersionMin == 0 || VersionMin > VersionMax)
            return 0;
        if (body[4..8].ContainsAnyExcept((byte)0))
            return 4;
        if (!IsPeer(From, body[24..]) || (From.Kind == PeerKind.Rank && From.Incarnation == 0))
            return 24;
        if (!IsPeer(To, body[48..]))
            return 48;
        if (HeartbeatMs is < 1 or > HeartbeatMsMax)
            return 80;
        if (TimeoutMs <= HeartbeatMs)
            return 84;
        return body[88..].ContainsAnyExcept((byte)0) ? 88 : -1;
    }

    private static void Write(Span<byte> target, Peer peer)
    {
        target[0] = (byte)peer.Kind;
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], peer.Id);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], peer.Incarnation);
    }

    private static Peer ReadPeer(ReadOnlySpan<byte> bytes) => new(
        (PeerKind)bytes[0], BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]));

    private static bool IsPeer(Peer peer, ReadOnlySpan<byte> bytes)
    {
        if (bytes[1..8].ContainsAnyExcept((byte)0))
            return false;
        return peer.Kind switch
        {
            PeerKind.Rank => peer.Id is >= 0 and < RankId.CountMax,
            PeerKind.Client => peer.Id >= 0 && peer.Incarnation == 0,
            PeerKind.Map => peer.Id == 0 && peer.Incarnation == 0,
            _ => false,
        };
    }
}
