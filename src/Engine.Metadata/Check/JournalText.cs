using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Engine.Metadata;

/// <summary>Events of the journal as text, for people.</summary>
public static class JournalText
{
    /// <summary>Writes an event: a line with its position, number, kind and life, and an indented line for each part.</summary>
    /// <returns>False when the event is damaged; the last line says so.</returns>
    public static bool Write(ReadOnlySpan<byte> bytes, long position, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        EventReader reader = new(bytes);
        EventHeader header = reader.Header;
        if (reader.Problem is null)
        {
            DateTimeOffset time = DateTimeOffset.UnixEpoch.AddTicks(header.TimeMicros * TimeSpan.TicksPerMicrosecond);
            output.WriteLine(Text($"{position}: event {header.Seq} {header.Kind} of life {header.Incarnation} at {time:u}"));
        }

        while (reader.Read())
            output.WriteLine("  " + Describe(ref reader));
        if (reader.Problem is null)
            return true;
        output.WriteLine(Text($"{position}: damaged: {reader.Problem}"));
        return false;
    }

    private static string Describe(ref EventReader reader)
    {
        string flags = reader.Part.Flags == 0 ? string.Empty : Text($" ({reader.Part.Flags})");
        switch (reader.Part.Tag)
        {
            case EventTag.Dir:
            case EventTag.DirRemoved:
            case EventTag.Subtree:
                if (!reader.TryTake(out DirPart part, out ReadOnlySpan<byte> record))
                    return "damaged";
                string name = part.TryGet(out DirFrag dir) ? dir.ToString() : "no dirfrag";
                return $"{reader.Part.Tag} {name}{FlagsOf(reader.Part.Flags)}{Sums(record)}";
            case EventTag.Bound:
                return reader.TryTake(out BoundPart bound, out ReadOnlySpan<byte> known)
                    && bound.TryGet(out DirFrag at, out Authority whose) ? $"Bound {at} {whose}{Sums(known)}" : "damaged";
            case EventTag.Migration:
                return reader.TryTake(out MigrationPart moved, out ReadOnlySpan<byte> bounds)
                    && moved.TryGet(bounds) is { } migration ? $"{(MigrationStage)reader.Part.Flags} {migration}" : "damaged";
            case EventTag.Page:
                return reader.TryTake(out DirPart of, out ReadOnlySpan<byte> page) && of.TryGet(out DirFrag whole)
                    ? Text($"Page of {whole}, {page.Length} bytes") : "damaged";
            case EventTag.StagedPage:
                return reader.TryTake(out StagedPart staged, out ReadOnlySpan<byte> bytes) && staged.Of.TryGet(out DirFrag its)
                    ? Text($"Page {staged.Number} of {its}, {bytes.Length} bytes") : "damaged";
            case EventTag.StagedDir:
                return reader.TryTake(out DirPart arriving, out ReadOnlySpan<byte> numbers) && arriving.TryGet(out DirFrag those)
                    ? Text($"{numbers.Length / sizeof(ulong)} pages of {those}") : "damaged";
            case EventTag.Entry:
            case EventTag.Base:
                return $"{reader.Part.Tag} {Entry(reader.Body)}{flags}";
            case EventTag.NewDir:
                return "NewDir";
            case EventTag.Removed:
                return $"Removed {NameText.Show(reader.Body)}";
            case EventTag.Exchange:
                return Exchange(ref reader);
            case EventTag.Ext:
                return Text($"Ext {(ExtKind)reader.Part.Flags} {reader.Body.Length} bytes");
            case EventTag.Fragment:
                return reader.TryTake(out FragmentPart fragment, out ReadOnlySpan<byte> frags)
                    && FragmentChange.TryRead(fragment, frags) is { } change ? $"Fragment {change}" : "damaged";
            case EventTag.RankUpdate:
                return reader.TryTake(out UpdatePart update, out ReadOnlySpan<byte> promised)
                    && update.TryGet(out UpdateId id, out RankId peer)
                    ? $"{(UpdateStage)reader.Part.Flags} {id} with {peer} {NameText.Show(promised)}".TrimEnd() : "damaged";
            case EventTag.Moved:
                return reader.TryTake(out MovedPart gone, out ReadOnlySpan<byte> newName) && gone.To.TryGet(out DirFrag place)
                    ? $"Moved {gone.Ino} to {place} {NameText.Show(newName)}" : "damaged";
            case EventTag.NextIno:
            case EventTag.Opened:
                return reader.TryTake(out Ino ino, out _) ? $"{reader.Part.Tag} {ino}" : "damaged";
            case EventTag.Completed or EventTag.Sessions or EventTag.Flushed:
                return Text($"{reader.Part.Tag} {reader.Body.Length} bytes{flags}");
            default:
                return Text($"unknown part {(int)reader.Part.Tag}, {reader.Body.Length} bytes{flags}");
        }
    }

    private static string Exchange(ref EventReader reader)
    {
        if (!reader.TryTake(out ExchangePart part, out ReadOnlySpan<byte> names) || !part.One.TryGet(out DirFrag one)
            || !part.Other.TryGet(out DirFrag other) || (uint)part.OneNameBytes > (uint)names.Length)
            return "damaged";
        string name = NameText.Show(names[..part.OneNameBytes]);
        return $"Exchange {one} {name} and {other} {NameText.Show(names[part.OneNameBytes..])}";
    }

    private static string FlagsOf(ushort flags) => flags switch
    {
        0 => string.Empty,
        DirPart.IsNew => " new",
        DirPart.IsContext => " context",
        _ => Text($" ({flags})"),
    };

    private static string Sums(ReadOnlySpan<byte> packed)
    {
        DirRecord dir = default;
        return PackedRecord.TryUnpack(packed, Bytes(ref dir), out _)
            ? Text($" version {dir.Version}, {dir.Stat.Files} files, {dir.Stat.Subdirs} directories")
            : string.Empty;
    }

    private static string Entry(ReadOnlySpan<byte> packed)
    {
        if (!PackedRecord.TryReadHeader(packed, out RecordHeader header))
            return "damaged";
        EntryRecord entry = default;
        if (header.Kind == RecordKind.Entry && PackedRecord.TryUnpack(packed, Bytes(ref entry), out ReadOnlySpan<byte> name))
        {
            ref readonly InodeFields inode = ref entry.Inode;
            string mode = Convert.ToString(inode.Mode, 8);
            return Text($"{NameText.Show(name)} inode {inode.Ino} mode {mode} owner {inode.Uid}:{inode.Gid} ")
                + Text($"links {inode.LinkCount} size {inode.Size} version {entry.Dentry.Version}");
        }

        LinkRecord link = default;
        if (header.Kind == RecordKind.Link && PackedRecord.TryUnpack(packed, Bytes(ref link), out name))
            return $"{NameText.Show(name)} {link.Linkage} inode {link.RemoteIno}";
        return "damaged";
    }

    private static Span<byte> Bytes<T>(ref T value)
        where T : unmanaged =>
        MemoryMarshal.AsBytes(new Span<T>(ref value));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
