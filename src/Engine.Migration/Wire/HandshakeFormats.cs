using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Messages by which a migration is agreed on, ended and told of.</summary>
internal static class HandshakeFormats
{
    public static IReadOnlyList<MessageFormat> Create() =>
    [
        new MessageFormat<ExportDiscover>(MigrationKind.ExportDiscover, WireVersion.First, Write, ReadDiscover),
        new MessageFormat<ExportDiscoverAck>(MigrationKind.ExportDiscoverAck, WireVersion.First, Write, ReadDiscoverAck),
        new MessageFormat<ExportCancel>(MigrationKind.ExportCancel, WireVersion.First, Write, ReadCancel),
        new MessageFormat<ExportCancelAck>(
            MigrationKind.ExportCancelAck, WireVersion.First,
            static (ref writer, message) => writer.WriteHeader(message),
            static (ref reader) => new ExportCancelAck(reader.ReadId(), reader.ReadDirFrag())),
        new MessageFormat<ExportFinishAck>(
            MigrationKind.ExportFinishAck, WireVersion.First,
            static (ref writer, message) => writer.WriteHeader(message),
            static (ref reader) => new ExportFinishAck(reader.ReadId(), reader.ReadDirFrag())),
        new MessageFormat<ExportPrep>(MigrationKind.ExportPrep, WireVersion.First, Write, ReadPrep),
        new MessageFormat<ExportPrepAck>(MigrationKind.ExportPrepAck, WireVersion.First, Write, ReadPrepAck),
        new MessageFormat<ExportNotify>(MigrationKind.ExportNotify, WireVersion.First, Write, ReadNotify),
        new MessageFormat<ExportNotifyAck>(MigrationKind.ExportNotifyAck, WireVersion.First, Write, ReadNotifyAck),
        new MessageFormat<ExportFinish>(MigrationKind.ExportFinish, WireVersion.First, Write, ReadFinish),
    ];

    private static void Write(ref WireWriter writer, ExportDiscover message)
    {
        writer.WriteHeader(message);
        writer.WriteIno(message.From);
        writer.WriteNames(message.Path);
        writer.WriteUInt64(message.Bytes);
    }

    private static ExportDiscover ReadDiscover(ref WireReader reader) =>
        new(reader.ReadId(), reader.ReadDirFrag(), reader.ReadIno(), reader.ReadNames(), reader.ReadUInt64());

    private static void Write(ref WireWriter writer, ExportDiscoverAck message)
    {
        writer.WriteHeader(message);
        writer.WriteRefusal(message.Refusal);
        writer.WriteUInt64(message.StagingBytesMax);
    }

    private static ExportDiscoverAck ReadDiscoverAck(ref WireReader reader) =>
        new(reader.ReadId(), reader.ReadDirFrag(), reader.ReadRefusal(), reader.ReadUInt64());

    private static void Write(ref WireWriter writer, ExportCancel message)
    {
        writer.WriteHeader(message);
        writer.WriteRefusal(message.Reason);
    }

    private static ExportCancel ReadCancel(ref WireReader reader) =>
        new(reader.ReadId(), reader.ReadDirFrag(), reader.ReadRefusal());

    private static void Write(ref WireWriter writer, ExportPrep message)
    {
        writer.WriteHeader(message);
        writer.WriteUInt64(message.Attempt);
        ReplicaFormats.Write(ref writer, message.Root);
        writer.WriteDirFrags(message.Bounds);
        writer.WriteRecords(WireVersion.First, message.Trace, ReplicaFormats.Write);
        writer.WriteUInt64(message.Bystanders);
    }

    private static ExportPrep ReadPrep(ref WireReader reader) =>
        new(
            reader.ReadId(), reader.ReadDirFrag(), reader.ReadUInt64(), ReadRoot(ref reader), reader.ReadDirFrags(),
            reader.ReadRecords(WireVersion.First, ReplicaFormats.ReadStep), reader.ReadUInt64());

    private static DirReplica ReadRoot(ref WireReader reader)
    {
        if (ReplicaFormats.ReadStep(ref reader) is DirReplica root)
            return root;
        reader.Fail(WireProblemKind.Value);
        return new DirReplica(default, 0, []);
    }

    private static void Write(ref WireWriter writer, ExportPrepAck message)
    {
        writer.WriteHeader(message);
        writer.WriteRefusal(message.Refusal);
    }

    private static ExportPrepAck ReadPrepAck(ref WireReader reader) =>
        new(reader.ReadId(), reader.ReadDirFrag(), reader.ReadRefusal());

    private static void Write(ref WireWriter writer, ExportNotify message)
    {
        writer.WriteHeader(message);
        writer.WriteUInt64(message.Attempt);
        writer.WriteBool(message.WantsAck);
        writer.WriteAuthority(message.Old);
        writer.WriteAuthority(message.New);
        writer.WriteDirFrags(message.Bounds);
    }

    private static ExportNotify ReadNotify(ref WireReader reader) =>
        new(
            reader.ReadId(), reader.ReadDirFrag(), reader.ReadUInt64(), reader.ReadBool(), reader.ReadAuthority(),
            reader.ReadAuthority(), reader.ReadDirFrags());

    private static void Write(ref WireWriter writer, ExportNotifyAck message)
    {
        writer.WriteHeader(message);
        writer.WriteAuthority(message.New);
    }

    private static ExportNotifyAck ReadNotifyAck(ref WireReader reader) =>
        new(reader.ReadId(), reader.ReadDirFrag(), reader.ReadAuthority());

    private static void Write(ref WireWriter writer, ExportFinish message)
    {
        writer.WriteHeader(message);
        writer.WriteBool(message.IsLast);
        writer.WriteRecords(WireVersion.First, message.Entries, ReplicaFormats.Write);
        writer.WriteRecords(WireVersion.First, message.Dirs, ReplicaFormats.Write);
    }

    private static ExportFinish ReadFinish(ref WireReader reader) =>
        new(
            reader.ReadId(), reader.ReadDirFrag(), reader.ReadBool(),
            reader.ReadRecords(WireVersion.First, ReplicaFormats.ReadExpiredEntry),
            reader.ReadRecords(WireVersion.First, ReplicaFormats.ReadExpiredDir));
}
