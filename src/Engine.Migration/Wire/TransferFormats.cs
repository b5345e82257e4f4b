// The region, what goes of it ahead, and the answers, field by field. Pages are not here: they follow a message as they are, and
// are validated by whoever takes them.

using Engine.Metadata;

namespace Engine.Migration;

/// <summary>The region itself, and the answer to it. Pages are not here: they follow a message as they are.</summary>
internal static class TransferFormats
{
    /// <summary>A page: number (8), checksum (4), whether it follows (1).</summary>
    private const int PageBytes = 13;

    private static readonly int s_lastState = (int)Enum.GetValues<LockState>().Max();

    public static IReadOnlyList<MessageFormat> Create() =>
    [
        new MessageFormat<ExportDir>(MigrationKind.ExportDir, WireVersion.First, Write, ReadDir),
        new MessageFormat<ExportAck>(MigrationKind.ExportAck, WireVersion.First, Write, ReadAck),
        new MessageFormat<ExportStage>(MigrationKind.ExportStage, WireVersion.First, Write, ReadStage),
        new MessageFormat<ExportStageAck>(MigrationKind.ExportStageAck, WireVersion.First, Write, ReadStageAck),
    ];

    private static void Write(ref WireWriter writer, ExportDir message)
    {
        writer.WriteHeader(message);
        writer.WriteUInt64(message.Attempt);
        writer.WriteUInt64(message.Epoch);
        writer.WriteDirFrags(message.Bounds);
        writer.WriteRecords(WireVersion.First, message.Dirs, Write);
        writer.WriteRecords(WireVersion.First, message.BoundSums, Write);
        writer.WriteRecords(WireVersion.First, message.Clients, WireFields.Write);
        writer.WriteRecords(WireVersion.First, message.Caps, Write);
        writer.WriteRecords(WireVersion.First, message.Locks, Write);
    }

    private static ExportDir ReadDir(ref WireReader reader) =>
        new(
            reader.ReadId(), reader.ReadDirFrag(), reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadDirFrags(),
            reader.ReadRecords(WireVersion.First, ReadExported), reader.ReadRecords(WireVersion.First, ReadSums),
            reader.ReadRecords(WireVersion.First, WireFields.ReadClient), reader.ReadRecords(WireVersion.First, ReadCaps),
            reader.ReadRecords(WireVersion.First, ReadLock));

    private static void Write(ref WireWriter writer, ExportedDir dir)
    {
        writer.WriteDirFrag(dir.Name);
        writer.WriteCount(dir.Pages.Count);
        if (dir.Pages.Count is 0 or > PageValidator.PagesMax)
            writer.Fail(WireProblemKind.Value);
        foreach (ExportedPage page in dir.Pages)
        {
            writer.WriteUInt64(page.Stamp.Number);
            writer.WriteUInt32(page.Stamp.Crc);
            writer.WriteBool(page.IsHere);
        }
    }

    private static ExportedDir ReadExported(ref WireReader reader)
    {
        DirFrag name = reader.ReadDirFrag();
        var pages = new ExportedPage[reader.ReadCount(PageBytes)];
        if (pages.Length is 0 or > PageValidator.PagesMax)
            reader.Fail(WireProblemKind.Value);
        for (int i = 0; i < pages.Length && !reader.Failed; i++)
            pages[i] = new ExportedPage(new PageStamp(reader.ReadUInt64(), reader.ReadUInt32()), reader.ReadBool());
        return new ExportedDir(name, pages);
    }

    private static void Write(ref WireWriter writer, ExportStage message)
    {
        writer.WriteHeader(message);
        writer.WriteUInt32(message.Number);
        writer.WriteRecords(WireVersion.First, message.Dirs, Write);
        writer.WriteDirFrags(message.Gone);
    }

    private static ExportStage ReadStage(ref WireReader reader) =>
        new(
            reader.ReadId(), reader.ReadDirFrag(), reader.ReadUInt32(), reader.ReadRecords(WireVersion.First, ReadExported),
            reader.ReadDirFrags());

    private static void Write(ref WireWriter writer, ExportStageAck message)
    {
        writer.WriteHeader(message);
        writer.WriteUInt32(message.Number);
        writer.WriteRefusal(message.Refusal);
    }

    private static ExportStageAck ReadStageAck(ref WireReader reader) =>
        new(reader.ReadId(), reader.ReadDirFrag(), reader.ReadUInt32(), reader.ReadRefusal());

    private static void Write(ref WireWriter writer, BoundSums sums)
    {
        writer.WriteDirFrag(sums.Bound);
        Write(ref writer, sums.Stat);
        Write(ref writer, sums.AccountedStat);
        Write(ref writer, sums.Recursive);
        Write(ref writer, sums.AccountedRecursive);
    }

    private static BoundSums ReadSums(ref WireReader reader) =>
        new(
            reader.ReadDirFrag(), ReadStat(ref reader), ReadStat(ref reader), ReadRecursive(ref reader),
            ReadRecursive(ref reader));

    private static void Write(ref WireWriter writer, in FragStat stat)
    {
        writer.WriteUInt64(stat.Version);
        writer.WriteInt64(stat.Mtime);
        writer.WriteUInt64(stat.ChangeAttr);
        writer.WriteUInt32(stat.Files);
        writer.WriteUInt32(stat.Subdirs);
    }

    private static FragStat ReadStat(ref WireReader reader) =>
        new()
        {
            Version = reader.ReadUInt64(),
            Mtime = reader.ReadInt64(),
            ChangeAttr = reader.ReadUInt64(),
            Files = reader.ReadUInt32(),
            Subdirs = reader.ReadUInt32(),
        };

    private static void Write(ref WireWriter writer, in RecursiveStat stat)
    {
        writer.WriteUInt64(stat.Version);
        writer.WriteInt64(stat.Ctime);
        writer.WriteUInt64(stat.Bytes);
        writer.WriteUInt64(stat.Files);
        writer.WriteUInt32(stat.Subdirs);
        writer.WriteUInt32(stat.SnapRealms);
    }

    private static RecursiveStat ReadRecursive(ref WireReader reader) =>
        new()
        {
            Version = reader.ReadUInt64(),
            Ctime = reader.ReadInt64(),
            Bytes = reader.ReadUInt64(),
            Files = reader.ReadUInt64(),
            Subdirs = reader.ReadUInt32(),
            SnapRealms = reader.ReadUInt32(),
        };

    private static void Write(ref WireWriter writer, ExportAck message)
    {
        writer.WriteHeader(message);
        writer.WriteUInt64(message.Attempt);
        writer.WriteRefusal(message.Refusal);
        writer.WriteRecords(WireVersion.First, message.Imported, Write);
    }

    private static ExportAck ReadAck(ref WireReader reader) =>
        new(
            reader.ReadId(), reader.ReadDirFrag(), reader.ReadUInt64(), reader.ReadRefusal(),
            reader.ReadRecords(WireVersion.First, ReadImported));

    private static void Write(ref WireWriter writer, ExportedCaps caps)
    {
        writer.WriteIno(caps.Ino);
        writer.WriteRecords(WireVersion.First, caps.Caps, CapHandoverFormats.Write);
    }

    private static ExportedCaps ReadCaps(ref WireReader reader) =>
        new(reader.ReadIno(), reader.ReadRecords(WireVersion.First, CapHandoverFormats.ReadExport));

    private static void Write(ref WireWriter writer, ImportedCaps caps)
    {
        writer.WriteIno(caps.Ino);
        writer.WriteRecords(WireVersion.First, caps.Caps, CapHandoverFormats.Write);
    }

    private static ImportedCaps ReadImported(ref WireReader reader) =>
        new(reader.ReadIno(), reader.ReadRecords(WireVersion.First, CapHandoverFormats.ReadImport));

    private static void Write(ref WireWriter writer, ExportedLock item)
    {
        writer.WriteIno(item.Ino);
        writer.WriteChoice((int)item.Kind, (int)LockKind.Dft);
        writer.WriteChoice((int)item.Record.State, s_lastState);
        writer.WriteUInt64(item.Record.Gather);
        writer.WriteUInt64(item.Record.Epoch);
        writer.WriteBool(item.Record.IsDirty);
    }

    private static ExportedLock ReadLock(ref WireReader reader) =>
        new(
            reader.ReadIno(), (LockKind)reader.ReadChoice((int)LockKind.Dft),
            new LockRecord(
                (LockState)reader.ReadChoice(s_lastState), reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadBool()));
}
