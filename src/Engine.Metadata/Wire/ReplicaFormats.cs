// How questions for copies of metadata, and what answers them, are laid out. A copied record travels as it lies on a page, and is
// checked as it would be there: what is the place's own must not come along.

namespace Engine.Metadata;

/// <summary>Messages about copies of others' metadata. Copies themselves are for messages of modules, too.</summary>
public static class ReplicaFormats
{
    /// <summary>What a step's first byte says: whether it is of a dirfrag or of an entry.</summary>
    private const int StepOfDir = 0;

    private const int StepOfEntry = 1;

    internal static IReadOnlyList<MessageFormat> Create() =>
    [
        new MessageFormat<Discover>(MessageKind.Discover, WireVersion.First, Write, ReadDiscover),
        new MessageFormat<DiscoverReply>(MessageKind.DiscoverReply, WireVersion.First, Write, ReadReply),
        new MessageFormat<CacheExpire>(
            MessageKind.CacheExpire, WireVersion.First,
            static (ref writer, message) => writer.WriteRecords(WireVersion.First, message.Realms, Write),
            static (ref reader) => new CacheExpire(reader.ReadRecords(WireVersion.First, ReadRealm))),
    ];

    private static void Write(ref WireWriter writer, Discover message)
    {
        writer.WriteUInt64(message.Tid);
        writer.WriteIno(message.Base);
        writer.WriteFrag(message.BaseFrag);
        writer.WriteNames(message.Path);
        writer.WriteBool(message.WantBaseInode);
        writer.WriteBool(message.WantBaseDir);
        writer.WriteBool(message.WantXlocked);
    }

    private static Discover ReadDiscover(ref WireReader reader) =>
        new(
            reader.ReadUInt64(), reader.ReadIno(), reader.ReadFrag(), reader.ReadNames(), reader.ReadBool(),
            reader.ReadBool(), reader.ReadBool());

    private static void Write(ref WireWriter writer, DiscoverReply message)
    {
        writer.WriteUInt64(message.Tid);
        writer.WriteIno(message.Base);
        writer.WriteChoice((int)message.Outcome, (int)DiscoverOutcome.Gone);
        writer.WriteNameOrEmpty(message.ErrorName);
        writer.WriteRank(message.Hint);
        writer.WriteRecords(WireVersion.First, message.Trace, Write);
    }

    private static DiscoverReply ReadReply(ref WireReader reader) =>
        new(
            reader.ReadUInt64(), reader.ReadIno(), (DiscoverOutcome)reader.ReadChoice((int)DiscoverOutcome.Gone),
            reader.ReadNameOrEmpty() is { Length: > 0 } name ? name : null, reader.ReadRank(),
            reader.ReadRecords(WireVersion.First, ReadStep));

    /// <summary>Writes a copy.</summary>
    public static void Write(ref WireWriter writer, ReplicaStep step)
    {
        writer.WriteByte(step is DirReplica ? (byte)StepOfDir : (byte)StepOfEntry);
        writer.WriteUInt32(step.Nonce);
        if (step is DirReplica dir)
            writer.WriteDirFrag(dir.Name);
        else
            Write(ref writer, (EntryReplica)step);
        writer.WriteBytes(step.Record, EntryRecord.Bytes);
        if (!ReplicaImage.IsGood(step))
            writer.Fail(WireProblemKind.Record);
    }

    private static void Write(ref WireWriter writer, EntryReplica entry)
    {
        writer.WriteIno(entry.Dir);
        writer.WriteNameOrEmpty(entry.Name);
        writer.WriteChoice((int)entry.Kind, (int)RecordKind.Chunk);
        writer.WriteRecords(WireVersion.First, entry.Attributes, Write);
    }

    /// <summary>Reads a copy: one such as <see cref="Write(ref WireWriter, ReplicaStep)"/> takes.</summary>
    public static ReplicaStep ReadStep(ref WireReader reader)
    {
        int step = reader.ReadChoice(StepOfEntry);
        uint nonce = reader.ReadUInt32();
        ReplicaStep made = step == StepOfDir ? ReadDir(ref reader, nonce) : ReadEntry(ref reader, nonce);
        if (!reader.Failed && !ReplicaImage.IsGood(made))
            reader.Fail(WireProblemKind.Record);
        return made;
    }

    private static DirReplica ReadDir(ref WireReader reader, uint nonce) =>
        new(reader.ReadDirFrag(), nonce, reader.ReadBytes(EntryRecord.Bytes));

    private static EntryReplica ReadEntry(ref WireReader reader, uint nonce)
    {
        Ino directory = reader.ReadIno();
        byte[] name = reader.ReadNameOrEmpty();
        var kind = (RecordKind)reader.ReadChoice((int)RecordKind.Chunk);
        ReplicaAttribute[] attributes = reader.ReadRecords(WireVersion.First, ReadAttribute);
        return new EntryReplica(directory, name, kind, nonce, reader.ReadBytes(EntryRecord.Bytes), attributes);
    }

    private static void Write(ref WireWriter writer, ReplicaAttribute attribute)
    {
        writer.WriteChoice((int)attribute.Kind, ExtLimits.KindCount - 1);
        writer.WriteBytes(attribute.Value, ExtLimits.BytesMax);
    }

    private static ReplicaAttribute ReadAttribute(ref WireReader reader) =>
        new((ExtKind)reader.ReadChoice(ExtLimits.KindCount - 1), reader.ReadBytes(ExtLimits.BytesMax));

    private static void Write(ref WireWriter writer, ExpireRealm realm)
    {
        writer.WriteDirFrag(realm.Root);
        writer.WriteRecords(WireVersion.First, realm.Entries, Write);
        writer.WriteRecords(WireVersion.First, realm.Dirs, Write);
    }

    private static ExpireRealm ReadRealm(ref WireReader reader) =>
        new(
            reader.ReadDirFrag(), reader.ReadRecords(WireVersion.First, ReadExpiredEntry),
            reader.ReadRecords(WireVersion.First, ReadExpiredDir));

    /// <summary>Writes which copy of an entry.</summary>
    public static void Write(ref WireWriter writer, ExpiredEntry entry)
    {
        writer.WriteDirFrag(entry.Dir);
        writer.WriteName(entry.Name);
        writer.WriteUInt32(entry.Nonce);
    }

    /// <summary>Reads which copy of an entry.</summary>
    public static ExpiredEntry ReadExpiredEntry(ref WireReader reader) =>
        new(reader.ReadDirFrag(), reader.ReadName(), reader.ReadUInt32());

    /// <summary>Writes which copy of a dirfrag.</summary>
    public static void Write(ref WireWriter writer, ExpiredDir dir)
    {
        writer.WriteDirFrag(dir.Dir);
        writer.WriteUInt32(dir.Nonce);
    }

    /// <summary>Reads which copy of a dirfrag.</summary>
    public static ExpiredDir ReadExpiredDir(ref WireReader reader) => new(reader.ReadDirFrag(), reader.ReadUInt32());
}
