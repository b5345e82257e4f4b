using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Fields that several messages of migrations have.</summary>
internal static class WireFields
{
    /// <summary>A dirfrag: inode (8), frag (4).</summary>
    private const int DirFragBytes = 12;

    public static void WriteHeader(this ref WireWriter writer, IMigrationMessage message)
    {
        writer.WriteId(message.Id);
        writer.WriteDirFrag(message.Base);
    }

    public static void WriteId(this ref WireWriter writer, MigrationId id)
    {
        writer.WriteRank(id.Exporter);
        writer.WriteUInt64(id.Incarnation);
        writer.WriteUInt32(id.Number);
        if (id.Exporter.IsNone)
            writer.Fail(WireProblemKind.Value);
    }

    public static MigrationId ReadId(this ref WireReader reader)
    {
        MigrationId id = new(reader.ReadRank(), reader.ReadUInt64(), reader.ReadUInt32());
        if (id.Exporter.IsNone)
            reader.Fail(WireProblemKind.Value);
        return id;
    }

    public static void WriteAuthority(this ref WireWriter writer, Authority authority)
    {
        writer.WriteInt32(authority.First);
        writer.WriteInt32(authority.Second);
    }

    public static Authority ReadAuthority(this ref WireReader reader)
    {
        if (!Authority.TryFrom(reader.ReadInt32(), reader.ReadInt32(), out Authority authority))
            reader.Fail(WireProblemKind.Value);
        return authority;
    }

    public static void WriteRefusal(this ref WireWriter writer, MigrationRefusal refusal) =>
        writer.WriteChoice((int)refusal, (int)MigrationRefusal.InParts);

    public static MigrationRefusal ReadRefusal(this ref WireReader reader) =>
        (MigrationRefusal)reader.ReadChoice((int)MigrationRefusal.InParts);

    public static void WriteDirFrags(this ref WireWriter writer, IReadOnlyList<DirFrag> items)
    {
        writer.WriteCount(items.Count);
        for (int i = 0; i < items.Count; i++)
            writer.WriteDirFrag(items[i]);
    }

    public static DirFrag[] ReadDirFrags(this ref WireReader reader)
    {
        var items = new DirFrag[reader.ReadCount(DirFragBytes)];
        for (int i = 0; i < items.Length && !reader.Failed; i++)
            items[i] = reader.ReadDirFrag();
        return items;
    }

    public static void Write(ref WireWriter writer, ImportedClient client)
    {
        writer.WriteInt64(client.Client.Value);
        writer.WriteText(client.Address);
        writer.WriteRecords(WireVersion.First, client.Completed, Write);
    }

    public static ImportedClient ReadClient(ref WireReader reader) =>
        new(new ClientId(reader.ReadInt64()), reader.ReadText(), reader.ReadRecords(WireVersion.First, ReadCompleted));

    private static void Write(ref WireWriter writer, CompletedRequest request)
    {
        writer.WriteUInt64(request.Tid);
        writer.WriteIno(request.Made);
    }

    private static CompletedRequest ReadCompleted(ref WireReader reader) => new(reader.ReadUInt64(), reader.ReadIno());
}
