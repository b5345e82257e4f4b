using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>How what processes say to the authority over the cluster map is written and read; what it says is a
/// <see cref="ClusterMap"/>.</summary>
public static class MapFormats
{
    /// <summary>Behind the numbers of the messages of migrations.</summary>
    private const MessageKind BeaconKind = MessageKind.ModuleFirst + 0x100;

    /// <summary>A format for each of them.</summary>
    public static IReadOnlyList<MessageFormat> Create() =>
    [
        new MessageFormat<Beacon>(BeaconKind, WireVersion.First, Write, Read),
    ];

    private static void Write(ref WireWriter writer, Beacon beacon)
    {
        writer.WriteUInt64(beacon.Process);
        writer.WriteText(beacon.Address);
        writer.WriteRank(beacon.Rank);
        writer.WriteUInt64(beacon.Incarnation);
        writer.WriteChoice((int)beacon.State, (int)ClusterRankState.Stopping);
        writer.WriteRank(beacon.Wants);
        writer.WriteUInt64(beacon.Epoch);
        writer.WriteUInt64(beacon.Targets);
    }

    private static Beacon Read(ref WireReader reader)
    {
        ulong process = reader.ReadUInt64();
        if (process is 0 or > long.MaxValue)
            reader.Fail(WireProblemKind.Value);
        return new Beacon(
            process, reader.ReadText(), reader.ReadRank(), reader.ReadUInt64(),
            (ClusterRankState)reader.ReadChoice((int)ClusterRankState.Stopping), reader.ReadRank(), reader.ReadUInt64(),
            reader.ReadUInt64());
    }
}
