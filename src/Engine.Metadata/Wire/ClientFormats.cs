// How requests of clients and their answers are laid out. Fields are read in the order in which they are written: C# evaluates
// arguments and initializers from left to right. What a rank judges (modes, limits, sizes) passes as it is.

namespace Engine.Metadata;

/// <summary>Requests of clients, and answers.</summary>
internal static class ClientFormats
{
    private const OpenFlags KnownFlags = OpenFlags.Read | OpenFlags.Write | OpenFlags.Exclusive | OpenFlags.Truncate
        | OpenFlags.Directory | OpenFlags.OrOpen | OpenFlags.NoReplace | OpenFlags.MustReplace | OpenFlags.Keep
        | OpenFlags.Exchange;

    /// <summary>Bits of <see cref="AttributeChanges"/>: of each attribute that may be left as it is, in order, then of the two
    /// times that become the present.</summary>
    private const uint KnownChanges = 0xFF;

    public static IReadOnlyList<MessageFormat> Create() =>
    [
        new MessageFormat<ClientRequest>(MessageKind.ClientRequest, WireVersion.First, Write, ReadRequest),
        new MessageFormat<ClientReply>(MessageKind.ClientReply, WireVersion.First, Write, ReadReply),
        new MessageFormat<ClientForward>(
            MessageKind.ClientForward, WireVersion.First, Write,
            static (ref reader) => new ClientForward(reader.ReadUInt64(), reader.ReadRank(), reader.ReadByte())
            {
                Path = reader.ReadPath(),
                Path2 = reader.ReadPath(),
            }),
    ];

    private static void Write(ref WireWriter writer, ClientRequest message)
    {
        writer.WriteUInt64(message.Tid);
        writer.WriteChoice((int)message.Op, (int)ClientOp.Fragment);
        writer.WriteRecord(WireVersion.First, message.Caller, Write);
        writer.WriteIno(message.Base);
        writer.WritePath(message.Path.Span);
        writer.WriteBool(message.Follow);
        writer.WriteIno(message.Base2);
        writer.WritePath(message.Path2.Span);
        writer.WriteRecord(WireVersion.First, message.Changes, Write);
        writer.WriteFlags((uint)message.Flags, (uint)KnownFlags);
        writer.WriteText(message.XattrName);
        writer.WriteBytes(message.Value.Span, ExtLimits.BytesMax);
        writer.WriteRecord(WireVersion.First, message.Cursor, Write);
        writer.WriteInt32(message.Limit);
        writer.WriteUInt64(message.OldestTid);
        writer.WriteFrag(message.Fragment);
        writer.WriteInt32(message.SplitBits);
        writer.WriteBool(message.OnlySafe);
        writer.WriteByte(message.Hops);
    }

    private static void Write(ref WireWriter writer, ClientForward message)
    {
        writer.WriteUInt64(message.Tid);
        writer.WriteRank(message.To);
        writer.WriteByte(message.Hops);
        writer.WritePath(message.Path.Span);
        writer.WritePath(message.Path2.Span);
    }

    private static ClientRequest ReadRequest(ref WireReader reader) =>
        new(reader.ReadUInt64(), (ClientOp)reader.ReadChoice((int)ClientOp.Fragment))
        {
            Caller = reader.ReadRecord(WireVersion.First, ReadCredential),
            Base = reader.ReadIno(),
            Path = reader.ReadPath(),
            Follow = reader.ReadBool(),
            Base2 = reader.ReadIno(),
            Path2 = reader.ReadPath(),
            Changes = reader.ReadRecord(WireVersion.First, ReadChanges),
            Flags = (OpenFlags)reader.ReadFlags((uint)KnownFlags),
            XattrName = reader.ReadText(),
            Value = reader.ReadBytes(ExtLimits.BytesMax),
            Cursor = reader.ReadRecord(WireVersion.First, ReadCursor),
            Limit = reader.ReadInt32(),
            OldestTid = reader.ReadUInt64(),
            Fragment = reader.ReadFrag(),
            SplitBits = reader.ReadInt32(),
            OnlySafe = reader.ReadBool(),
            Hops = reader.ReadByte(),
        };

    public static void Write(ref WireWriter writer, Credential caller)
    {
        writer.WriteUInt32(caller.Uid);
        writer.WriteUInt32(caller.Gid);
        int count = caller.Groups?.Count ?? 0;
        writer.WriteCount(count);
        for (int i = 0; i < count; i++)
            writer.WriteUInt32(caller.Groups![i]);
    }

    public static Credential ReadCredential(ref WireReader reader)
    {
        uint uid = reader.ReadUInt32();
        uint gid = reader.ReadUInt32();
        int count = reader.ReadCount(sizeof(uint));
        if (count == 0)
            return uid == 0 && gid == 0 ? Credential.Root : new Credential(uid, gid);
        var groups = new uint[count];
        for (int i = 0; i < count; i++)
            groups[i] = reader.ReadUInt32();
        return new Credential(uid, gid, groups);
    }

    private static void Write(ref WireWriter writer, AttributeChanges changes)
    {
        writer.WriteFlags(
            Bit(changes.Mode.HasValue, 0) | Bit(changes.Uid.HasValue, 1) | Bit(changes.Gid.HasValue, 2)
            | Bit(changes.Size.HasValue, 3) | Bit(changes.AccessedAt.HasValue, 4) | Bit(changes.ModifiedAt.HasValue, 5)
            | Bit(changes.AccessedNow, 6) | Bit(changes.ModifiedNow, 7),
            KnownChanges);
        Write(ref writer, changes.Mode);
        Write(ref writer, changes.Uid);
        Write(ref writer, changes.Gid);
        Write(ref writer, changes.Size);
        Write(ref writer, changes.AccessedAt);
        Write(ref writer, changes.ModifiedAt);
    }

    private static AttributeChanges ReadChanges(ref WireReader reader)
    {
        uint bits = reader.ReadFlags(KnownChanges);
        return new AttributeChanges
        {
            Mode = Has(bits, 0) ? reader.ReadUInt32() : null,
            Uid = Has(bits, 1) ? reader.ReadUInt32() : null,
            Gid = Has(bits, 2) ? reader.ReadUInt32() : null,
            Size = Has(bits, 3) ? reader.ReadInt64() : null,
            AccessedAt = Has(bits, 4) ? reader.ReadInt64() : null,
            ModifiedAt = Has(bits, 5) ? reader.ReadInt64() : null,
            AccessedNow = Has(bits, 6),
            ModifiedNow = Has(bits, 7),
        };
    }

    private static uint Bit(bool isSet, int index) => isSet ? 1u << index : 0;

    private static bool Has(uint bits, int index) => (bits & (1u << index)) != 0;

    private static void Write(ref WireWriter writer, uint? value)
    {
        if (value is { } there)
            writer.WriteUInt32(there);
    }

    private static void Write(ref WireWriter writer, long? value)
    {
        if (value is { } there)
            writer.WriteInt64(there);
    }

    private static void Write(ref WireWriter writer, DirectoryCursor cursor)
    {
        writer.WriteUInt32(cursor.Hash);
        writer.WriteNameOrEmpty(cursor.Name.Span);
    }

    private static DirectoryCursor ReadCursor(ref WireReader reader) =>
        new(reader.ReadUInt32(), reader.ReadNameOrEmpty());

    private static void Write(ref WireWriter writer, ClientReply message)
    {
        writer.WriteUInt64(message.Tid);
        writer.WriteError(message.Error);
        writer.WriteBool(message.IsSafe);
        writer.WriteRecord(WireVersion.First, message.Stat, Write);
        writer.WriteRecords(WireVersion.First, message.Items, Write);
        writer.WriteRecord(WireVersion.First, message.Cursor, Write);
        writer.WriteBool(message.IsEnd);
        writer.WriteBool(message.Caps is not null);
        if (message.Caps is { } caps)
            writer.WriteRecord(WireVersion.First, caps, CapFormats.Write);
        writer.WriteBytes(message.Value.Span, ExtLimits.BytesMax);
    }

    private static ClientReply ReadReply(ref WireReader reader) =>
        new(reader.ReadUInt64(), reader.ReadError())
        {
            IsSafe = reader.ReadBool(),
            Stat = reader.ReadRecord(WireVersion.First, ReadStat),
            Items = reader.ReadRecords(WireVersion.First, ReadItem),
            Cursor = reader.ReadRecord(WireVersion.First, ReadCursor),
            IsEnd = reader.ReadBool(),
            Caps = reader.ReadBool() ? reader.ReadRecord(WireVersion.First, CapFormats.ReadGrant) : null,
            Value = reader.ReadBytes(ExtLimits.BytesMax),
        };

    private static void Write(ref WireWriter writer, FileStat stat)
    {
        writer.WriteIno(stat.Ino);
        writer.WriteChoice((int)stat.Type, (int)InodeType.Special);
        writer.WriteUInt32(stat.Mode);
        writer.WriteUInt32(stat.Uid);
        writer.WriteUInt32(stat.Gid);
        writer.WriteUInt32(stat.Links);
        writer.WriteInt64(stat.Size);
        writer.WriteInt64(stat.AccessedAt);
        writer.WriteInt64(stat.ModifiedAt);
        writer.WriteInt64(stat.ChangedAt);
        writer.WriteUInt64(stat.ChangeCount);
        writer.WriteInt64(stat.RecursiveBytes);
        writer.WriteInt64(stat.RecursiveFiles);
        writer.WriteInt64(stat.RecursiveDirectories);
    }

    private static FileStat ReadStat(ref WireReader reader) =>
        new()
        {
            Ino = reader.ReadIno(),
            Type = (InodeType)reader.ReadChoice((int)InodeType.Special),
            Mode = reader.ReadUInt32(),
            Uid = reader.ReadUInt32(),
            Gid = reader.ReadUInt32(),
            Links = reader.ReadUInt32(),
            Size = reader.ReadInt64(),
            AccessedAt = reader.ReadInt64(),
            ModifiedAt = reader.ReadInt64(),
            ChangedAt = reader.ReadInt64(),
            ChangeCount = reader.ReadUInt64(),
            RecursiveBytes = reader.ReadInt64(),
            RecursiveFiles = reader.ReadInt64(),
            RecursiveDirectories = reader.ReadInt64(),
        };

    private static void Write(ref WireWriter writer, DirectoryItem item)
    {
        writer.WriteName(item.Name.Span);
        writer.WriteIno(item.Ino);
        writer.WriteChoice((int)item.Type, (int)InodeType.Special);
    }

    private static DirectoryItem ReadItem(ref WireReader reader) =>
        new(reader.ReadName(), reader.ReadIno(), (InodeType)reader.ReadChoice((int)InodeType.Special));
}
