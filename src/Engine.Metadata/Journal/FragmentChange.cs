using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>A directory, or a part of it, that is divided anew: what its journal events say.</summary>
internal sealed class FragmentChange(Ino ino, Frag under, Frag[] before, Frag[] after, DirRecord[] records)
{
    /// <summary>The directory.</summary>
    public Ino Ino { get; } = ino;

    /// <summary>The part of it; covers the frags of before as well as those after.</summary>
    public Frag Under { get; } = under;

    public Frag[] Before { get; } = before;

    public Frag[] After { get; } = after;

    /// <summary>Records of the dirfrags of before, as they were.</summary>
    public DirRecord[] Records { get; } = records;

    public FragmentStage Stage { get; set; } = FragmentStage.Prepare;

    /// <summary>The segment with its first event, which is kept until the last is durable; null before the first.</summary>
    public JournalSegment? Segment { get; set; }

    /// <summary>The oldest segment when it was prepared: while it may be taken back, all that the dirfrags of before had changed
    /// is kept, though those after are in the store. Null when nothing is to be kept.</summary>
    public JournalSegment? Oldest { get; set; }

    /// <summary>Frags whose objects are not needed any more.</summary>
    public Frag[] Gone => Stage == FragmentStage.RollBack ? After : Before;

    /// <summary>Writes the event's part.</summary>
    public void AddTo(EventBuilder builder)
    {
        FragmentPart part = new()
        {
            Ino = Ino,
            Under = Under.Raw,
            Stage = Stage,
            BeforeCount = Before.Length,
            AfterCount = After.Length,
        };
        int frags = sizeof(uint) * (Before.Length + After.Length);
        bool hasRecords = Stage == FragmentStage.Prepare;
        byte[] tail = new byte[frags + (hasRecords ? Records.Length * DirRecord.Bytes : 0)];
        Span<uint> raws = MemoryMarshal.Cast<byte, uint>(tail.AsSpan(0, frags));
        for (int i = 0; i < Before.Length; i++)
            raws[i] = Before[i].Raw;
        for (int i = 0; i < After.Length; i++)
            raws[Before.Length + i] = After[i].Raw;
        if (hasRecords)
            MemoryMarshal.AsBytes(Records.AsSpan()).CopyTo(tail.AsSpan(frags));
        builder.Add(EventTag.Fragment, part, tail);
    }

    /// <summary>Gives the dirfrags of before the records that they had.</summary>
    public void RestoreRecords(MetadataCache cache, List<Dir> restored)
    {
        for (int i = 0; i < restored.Count; i++)
        {
            ref DirRecord record = ref cache.Write(restored[i]);
            DirRecord image = Records[i];
            image.Header = record.Header;
            image.ExtHead = record.ExtHead;
            image.Replicas = record.Replicas;
            image.Version = Math.Max(image.Version, record.Version);
            record = image;
        }
    }

    /// <summary>Reads an event's part; null for bytes that make none.</summary>
    public static FragmentChange? TryRead(in FragmentPart part, ReadOnlySpan<byte> tail)
    {
        bool hasRecords = part.Stage == FragmentStage.Prepare;
        if (part.Stage is < FragmentStage.Prepare or > FragmentStage.Finish || part.Ino.IsNone
            || !Frag.TryFromRaw(part.Under, out Frag under)
            || part.BeforeCount is < 1 or > FragTree.LeafCountMax || part.AfterCount is < 1 or > FragTree.LeafCountMax)
        {
            return null;
        }

        int frags = sizeof(uint) * (part.BeforeCount + part.AfterCount);
        int records = hasRecords ? part.BeforeCount : 0;
        if (tail.Length != frags + (records * DirRecord.Bytes))
            return null;
        Frag[]? before = TryReadFrags(under, tail[..(sizeof(uint) * part.BeforeCount)]);
        Frag[]? after = TryReadFrags(under, tail[(sizeof(uint) * part.BeforeCount)..frags]);
        if (before is null || after is null)
            return null;
        DirRecord[] images = new DirRecord[records];
        tail[frags..].CopyTo(MemoryMarshal.AsBytes(images.AsSpan()));
        return new FragmentChange(part.Ino, under, before, after, images) { Stage = part.Stage };
    }

    /// <summary>The same directory, divided from and into the same?</summary>
    public bool IsSameAs(FragmentChange other) =>
        Ino == other.Ino && Under == other.Under && Before.AsSpan().SequenceEqual(other.Before)
        && After.AsSpan().SequenceEqual(other.After);

    public override string ToString() =>
        $"{Stage} {new DirFrag(Ino, Under)}: {string.Join(' ', Before)} into {string.Join(' ', After)}";

    /// <summary>Frags in order that cover exactly what lies under one; else null.</summary>
    private static Frag[]? TryReadFrags(Frag under, ReadOnlySpan<byte> bytes)
    {
        Frag[] frags = new Frag[bytes.Length / sizeof(uint)];
        uint next = under.Value;
        for (int i = 0; i < frags.Length; i++)
        {
            uint raw = MemoryMarshal.Read<uint>(bytes[(i * sizeof(uint))..]);
            if (!Frag.TryFromRaw(raw, out frags[i]) || !under.Contains(frags[i]) || frags[i].Value != next)
                return null;
            next = frags[i].Last + 1;
        }

        return next == under.Last + 1 ? frags : null;
    }
}
