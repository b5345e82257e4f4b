namespace Engine.Metadata;

/// <summary>Messages of the cluster map, and those between ranks beside copies.</summary>
internal static class ClusterFormats
{
    public static IReadOnlyList<MessageFormat> Create() =>
    [
        new MessageFormat<ClusterMap>(MessageKind.ClusterMap, WireVersion.First, Write, ReadMap),
        new MessageFormat<LockMessage>(MessageKind.LockMessage, WireVersion.First, Write, ReadLock),
        new MessageFormat<ReplicaRecall>(
            MessageKind.ReplicaRecall, WireVersion.First,
            static (ref writer, message) => Write(ref writer, message.Dir, message.Name),
            static (ref reader) => new ReplicaRecall(reader.ReadDirFrag(), reader.ReadName())),
        new MessageFormat<RecallRefused>(
            MessageKind.RecallRefused, WireVersion.First,
            static (ref writer, message) => Write(ref writer, message.Dir, message.Name),
            static (ref reader) => new RecallRefused(reader.ReadDirFrag(), reader.ReadName())),
    ];

    private static void Write(ref WireWriter writer, ClusterMap map)
    {
        writer.WriteUInt64(map.Epoch);
        writer.WriteRecords(WireVersion.First, map.Ranks, Write);
        if (map.Ranks.Count > RankId.CountMax)
            writer.Fail(WireProblemKind.Count);
    }

    private static ClusterMap ReadMap(ref WireReader reader)
    {
        ClusterMap map = new(reader.ReadUInt64(), reader.ReadRecords(WireVersion.First, ReadRank));
        if (map.Ranks.Count > RankId.CountMax)
            reader.Fail(WireProblemKind.Count);
        return map;
    }

    private static void Write(ref WireWriter writer, ClusterRank rank)
    {
        writer.WriteChoice((int)rank.State, (int)ClusterRankState.Stopping);
        writer.WriteUInt64(rank.Incarnation);
        writer.WriteText(rank.Address);
        writer.WriteUInt64(rank.Targets);
    }

    private static ClusterRank ReadRank(ref WireReader reader) =>
        new(
            (ClusterRankState)reader.ReadChoice((int)ClusterRankState.Stopping), reader.ReadUInt64(), reader.ReadText(),
            reader.ReadUInt64());

    private static void Write(ref WireWriter writer, LockMessage message)
    {
        writer.WriteIno(message.Ino);
        writer.WriteChoice((int)message.Kind, (int)LockKind.Dft);
        writer.WriteChoice((int)message.Action, (int)LockAction.Nudge);
        writer.WriteUInt64(message.Epoch);
        writer.WriteBytes(message.Value.Span, ExtLimits.BytesMax);
    }

    private static LockMessage ReadLock(ref WireReader reader) =>
        new(
            reader.ReadIno(), (LockKind)reader.ReadChoice((int)LockKind.Dft),
            (LockAction)reader.ReadChoice((int)LockAction.Nudge), reader.ReadUInt64(), reader.ReadBytes(ExtLimits.BytesMax));

    private static void Write(ref WireWriter writer, DirFrag dir, byte[] name)
    {
        writer.WriteDirFrag(dir);
        writer.WriteName(name);
    }
}
