using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>What an event says of a change of two ranks; where a name is promised, the name follows. The part's flags are an
/// <see cref="UpdateStage"/>.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal struct UpdatePart
{
    public const int Bytes = 32;

    public ulong Incarnation;

    /// <summary>The directory of the name that is promised, or the directory that comes; else none.</summary>
    public Ino Directory;
    public int Coordinator;
    public uint Number;

    /// <summary>The other end.</summary>
    public int Peer;
    public UpdateKind Kind;

    public UpdatePart(UpdateId id, RankId peer, Ino directory, UpdateKind kind = UpdateKind.Name)
    {
        Kind = kind;
        Incarnation = id.Incarnation;
        Directory = directory;
        Coordinator = id.Coordinator.Value;
        Number = id.Number;
        Peer = peer.Value;
    }

    /// <summary>False for what names no rank, or is of no kind.</summary>
    public readonly bool TryGet(out UpdateId id, out RankId peer)
    {
        id = new UpdateId(new RankId(Coordinator), Incarnation, Number);
        peer = new RankId(Peer);
        return IsRank(Coordinator) && IsRank(Peer) && Kind <= UpdateKind.Directory;
    }

    private static bool IsRank(int value) => value is >= 0 and < RankId.CountMax;
}
