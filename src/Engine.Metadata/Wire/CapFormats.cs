// How messages about capabilities are laid out. Fields are read in the order in which they are written: C# evaluates arguments
// and initializers from left to right.

namespace Engine.Metadata;

/// <summary>Messages about capabilities.</summary>
internal static class CapFormats
{
    public static IReadOnlyList<MessageFormat> Create() =>
    [
        new MessageFormat<CapGrant>(MessageKind.CapGrant, WireVersion.First, Write, ReadGrant),
        new MessageFormat<CapUpdate>(MessageKind.CapUpdate, WireVersion.First, Write, ReadUpdate),
        new MessageFormat<CapFlushAck>(
            MessageKind.CapFlushAck, WireVersion.First, Write,
            static (ref reader) => new CapFlushAck(reader.ReadIno(), reader.ReadUInt64(), reader.ReadCaps())),
        new MessageFormat<CapRelease>(
            MessageKind.CapRelease, WireVersion.First,
            static (ref writer, message) => writer.WriteRecords(WireVersion.First, message.Items, Write),
            static (ref reader) => new CapRelease(reader.ReadRecords(WireVersion.First, ReadItem))),
        new MessageFormat<CapExport>(MessageKind.CapExport, WireVersion.First, Write, ReadExport),
        new MessageFormat<CapImport>(MessageKind.CapImport, WireVersion.First, Write, ReadImport),
        new MessageFormat<CapClaim>(
            MessageKind.CapClaim, WireVersion.First, Write,
            static (ref reader) => new CapClaim(reader.ReadIno(), reader.ReadUInt64(), reader.ReadUInt32())),
    ];

    /// <summary>A grant, which an answer to a request carries too.</summary>
    public static void Write(ref WireWriter writer, CapGrant message)
    {
        writer.WriteIno(message.Ino);
        writer.WriteUInt64(message.CapId);
        writer.WriteUInt32(message.Seq);
        writer.WriteUInt32(message.IssueSeq);
        writer.WriteUInt32(message.MigrationSeq);
        writer.WriteCaps(message.Caps);
        writer.WriteCaps(message.Wanted);
        writer.WriteBool(message.IsRevoke);
    }

    public static CapGrant ReadGrant(ref WireReader reader) =>
        new(
            reader.ReadIno(), reader.ReadUInt64(), reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32(),
            reader.ReadCaps(), reader.ReadCaps(), reader.ReadBool());

    private static void Write(ref WireWriter writer, CapUpdate message)
    {
        writer.WriteIno(message.Ino);
        writer.WriteUInt64(message.CapId);
        writer.WriteUInt32(message.Seq);
        writer.WriteUInt32(message.IssueSeq);
        writer.WriteUInt32(message.MigrationSeq);
        writer.WriteCaps(message.Retained);
        writer.WriteCaps(message.Wanted);
        writer.WriteCaps(message.Dirty);
        writer.WriteUInt64(message.FlushTid);
        writer.WriteRecord(WireVersion.First, message.Attributes, Write);
    }

    private static CapUpdate ReadUpdate(ref WireReader reader) =>
        new(
            reader.ReadIno(), reader.ReadUInt64(), reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32(),
            reader.ReadCaps(), reader.ReadCaps(), reader.ReadCaps(), reader.ReadUInt64(),
            reader.ReadRecord(WireVersion.First, ReadAttributes));

    private static void Write(ref WireWriter writer, CapAttributes attributes)
    {
        writer.WriteUInt32(attributes.Mode);
        writer.WriteUInt32(attributes.Uid);
        writer.WriteUInt32(attributes.Gid);
        writer.WriteInt64(attributes.Size);
        writer.WriteInt64(attributes.ModifiedAt);
        writer.WriteInt64(attributes.AccessedAt);
        writer.WriteInt64(attributes.ChangedAt);
    }

    private static CapAttributes ReadAttributes(ref WireReader reader) =>
        new()
        {
            Mode = reader.ReadUInt32(),
            Uid = reader.ReadUInt32(),
            Gid = reader.ReadUInt32(),
            Size = reader.ReadInt64(),
            ModifiedAt = reader.ReadInt64(),
            AccessedAt = reader.ReadInt64(),
            ChangedAt = reader.ReadInt64(),
        };

    private static void Write(ref WireWriter writer, CapFlushAck message)
    {
        writer.WriteIno(message.Ino);
        writer.WriteUInt64(message.FlushTid);
        writer.WriteCaps(message.Dirty);
    }

    private static void Write(ref WireWriter writer, CapClaim message)
    {
        writer.WriteIno(message.Ino);
        writer.WriteUInt64(message.CapId);
        writer.WriteUInt32(message.MigrationSeq);
    }

    private static void Write(ref WireWriter writer, CapReleaseItem item)
    {
        writer.WriteIno(item.Ino);
        writer.WriteUInt64(item.CapId);
        writer.WriteUInt32(item.IssueSeq);
        writer.WriteUInt32(item.MigrationSeq);
    }

    private static CapReleaseItem ReadItem(ref WireReader reader) =>
        new(reader.ReadIno(), reader.ReadUInt64(), reader.ReadUInt32(), reader.ReadUInt32());

    private static void Write(ref WireWriter writer, CapExport message)
    {
        writer.WriteIno(message.Ino);
        writer.WriteUInt64(message.CapId);
        writer.WriteUInt32(message.MigrationSeq);
        writer.WriteRecord(WireVersion.First, message.To, Write);
    }

    private static CapExport ReadExport(ref WireReader reader) =>
        new(
            reader.ReadIno(), reader.ReadUInt64(), reader.ReadUInt32(),
            reader.ReadRecord(WireVersion.First, ReadPeer));

    private static void Write(ref WireWriter writer, CapImport message)
    {
        writer.WriteIno(message.Ino);
        writer.WriteUInt64(message.CapId);
        writer.WriteUInt32(message.Seq);
        writer.WriteUInt32(message.MigrationSeq);
        writer.WriteCaps(message.Caps);
        writer.WriteCaps(message.Wanted);
        writer.WriteRecord(WireVersion.First, message.From, Write);
        writer.WriteBool(message.IsRelease);
    }

    private static CapImport ReadImport(ref WireReader reader) =>
        new(
            reader.ReadIno(), reader.ReadUInt64(), reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadCaps(),
            reader.ReadCaps(), reader.ReadRecord(WireVersion.First, ReadPeer), reader.ReadBool());

    private static void Write(ref WireWriter writer, CapPeer peer)
    {
        writer.WriteRank(peer.Rank);
        writer.WriteUInt64(peer.CapId);
        writer.WriteUInt32(peer.Seq);
        writer.WriteUInt32(peer.MigrationSeq);
    }

    private static CapPeer ReadPeer(ref WireReader reader) =>
        new(reader.ReadRank(), reader.ReadUInt64(), reader.ReadUInt32(), reader.ReadUInt32());
}
