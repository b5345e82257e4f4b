using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Messages by which a rank with a copy hands capabilities to the authority.</summary>
internal static class CapHandoverFormats
{
    public static IReadOnlyList<MessageFormat> Create() =>
    [
        new MessageFormat<ExportCaps>(MigrationKind.ExportCaps, WireVersion.First, Write, ReadCaps),
        new MessageFormat<ExportCapsAck>(MigrationKind.ExportCapsAck, WireVersion.First, Write, ReadAck),
        new MessageFormat<GatherCaps>(
            MigrationKind.GatherCaps, WireVersion.First,
            static (ref writer, message) => writer.WriteIno(message.Ino),
            static (ref reader) => new GatherCaps(reader.ReadIno())),
        new MessageFormat<GatherAllCaps>(
            MigrationKind.GatherAllCaps, WireVersion.First,
            static (ref writer, message) => writer.WriteUInt64(message.Tid),
            static (ref reader) => new GatherAllCaps(reader.ReadUInt64())),
        new MessageFormat<GatherAllCapsAck>(
            MigrationKind.GatherAllCapsAck, WireVersion.First,
            static (ref writer, message) => writer.WriteUInt64(message.Tid),
            static (ref reader) => new GatherAllCapsAck(reader.ReadUInt64())),
    ];

    private static void Write(ref WireWriter writer, ExportCaps message)
    {
        writer.WriteIno(message.Ino);
        writer.WriteUInt64(message.Tid);
        writer.WriteRecords(WireVersion.First, message.Caps, Write);
        writer.WriteRecords(WireVersion.First, message.Clients, WireFields.Write);
    }

    private static ExportCaps ReadCaps(ref WireReader reader) =>
        new(
            reader.ReadIno(), reader.ReadUInt64(), reader.ReadRecords(WireVersion.First, ReadExport),
            reader.ReadRecords(WireVersion.First, WireFields.ReadClient));

    private static void Write(ref WireWriter writer, ExportCapsAck message)
    {
        writer.WriteIno(message.Ino);
        writer.WriteUInt64(message.Tid);
        writer.WriteRefusal(message.Refusal);
        writer.WriteRecords(WireVersion.First, message.Imported, Write);
    }

    private static ExportCapsAck ReadAck(ref WireReader reader) =>
        new(
            reader.ReadIno(), reader.ReadUInt64(), reader.ReadRefusal(),
            reader.ReadRecords(WireVersion.First, ReadImport));

    public static void Write(ref WireWriter writer, CapExportRecord record)
    {
        writer.WriteInt64(record.Client.Value);
        writer.WriteUInt64(record.CapId);
        writer.WriteCaps(record.Wanted);
        writer.WriteCaps(record.Issued);
        writer.WriteCaps(record.Pending);
        writer.WriteUInt64(record.Follows.Value);
        writer.WriteUInt32(record.Seq);
        writer.WriteUInt32(record.MigrationSeq);
        writer.WriteInt64(record.IssuedAtMicros);
    }

    public static CapExportRecord ReadExport(ref WireReader reader) =>
        new(
            new ClientId(reader.ReadInt64()), reader.ReadUInt64(), reader.ReadCaps(), reader.ReadCaps(), reader.ReadCaps(),
            new SnapId(reader.ReadUInt64()), reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadInt64());

    public static void Write(ref WireWriter writer, CapImportRecord record)
    {
        writer.WriteInt64(record.Client.Value);
        writer.WriteUInt64(record.CapId);
        writer.WriteUInt32(record.IssueSeq);
        writer.WriteUInt32(record.MigrationSeq);
    }

    public static CapImportRecord ReadImport(ref WireReader reader) =>
        new(new ClientId(reader.ReadInt64()), reader.ReadUInt64(), reader.ReadUInt32(), reader.ReadUInt32());
}
