using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>Records in events whose values cannot be are found before any of them is applied.</summary>
public sealed partial class BadEventTests
{
    private const int NotANumber = 0x7FC00000;

    private delegate void Spoil(ref DirRecord dir, ref EntryRecord entry);

    private static Dictionary<string, (EventTag Tag, Spoil Spoil)> Ways { get; } = new(StringComparer.Ordinal)
    {
        ["a dirfrag's state"] = (EventTag.Dir, (ref DirRecord dir, ref EntryRecord _) => dir.State = (DirWireState)0x7FFF),
        ["a dirfrag's version"] =
            (EventTag.Dir, (ref DirRecord dir, ref EntryRecord _) => dir.CommittedVersion = dir.Version + 1),
        ["a dirfrag's load"] = (EventTag.Dir, (ref DirRecord dir, ref EntryRecord _) => SetFirst(ref dir.Load, NotANumber)),
        ["an entry's state"] =
            (EventTag.Entry, (ref DirRecord _, ref EntryRecord entry) => entry.Dentry.State = (DentryWireState)0x80),
        ["an entry's lock"] = (EventTag.Entry, (ref DirRecord _, ref EntryRecord entry) => entry.Dentry.LockState = 255),
        ["an entry's snapshots"] =
            (EventTag.Entry, (ref DirRecord _, ref EntryRecord entry) => entry.Dentry.First = entry.Dentry.Last + 1),
        ["an inode's mode"] = (EventTag.Entry, (ref DirRecord _, ref EntryRecord entry) => entry.Inode.Mode = 7),
        ["an inode's pin"] = (EventTag.Entry, (ref DirRecord _, ref EntryRecord entry) => entry.Inode.ExportPin = -2),
        ["an inode's loner"] = (EventTag.Entry, (ref DirRecord _, ref EntryRecord entry) => entry.Inode.Loner = -2),
        ["a base inode's mode"] = (EventTag.Base, (ref DirRecord _, ref EntryRecord entry) => entry.Inode.Mode = 7),
        ["a base inode's hash"] =
            (EventTag.Base, (ref DirRecord _, ref EntryRecord entry) => entry.Inode.HashKind = (NameHashKind)9),
    };

    public static TheoryData<string> Names { get; } = [.. Ways.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void WhatCannotBe_IsNotApplied(string way)
    {
        (EventTag tag, Spoil spoil) = Ways[way];
        using RankHarness rank = new RankHarness().Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/d/f").Error);
        List<byte[]> events = EventsOf(rank);
        Assert.Null(Replayed(events));
        int spoilt = 0;
        for (int i = 0; i < events.Count; i++)
        {
            List<byte[]> copy = [.. events];
            copy[i] = Rewrite(events[i], tag, spoil, ref spoilt);
            if (copy[i].AsSpan().SequenceEqual(events[i]))
                continue;
            Assert.Contains("says what cannot be", Replayed(copy), StringComparison.Ordinal);
        }

        Assert.True(spoilt > 0);
    }

    private static List<byte[]> EventsOf(RankHarness rank) =>
        [.. Enumerable.Range(0, rank.MemoryLog.Count).Select(i => rank.MemoryLog.Payload(i).ToArray())];

    private static void SetFirst<T>(ref T load, int bits)
        where T : unmanaged =>
        MemoryMarshal.Write(MemoryMarshal.AsBytes(new Span<T>(ref load)), bits);

    /// <summary>What replay says of the events.</summary>
    private static string? Replayed(List<byte[]> events)
    {
        using MetadataPagePool pages = new(64 << 20);
        using MetadataCache cache = new(new RankId(0), pages, 1, checks: false);
        Replay replay = new(cache, new RankId(0));
        string? problem = null;
        for (int i = 0; problem is null && i < events.Count; i++)
            problem = replay.Apply(events[i], i + 1);
        return problem;
    }

    /// <summary>The event with the first record of a kind spoilt that is no link.</summary>
    private static byte[] Rewrite(byte[] bytes, EventTag tag, Spoil spoil, ref int spoilt)
    {
        using BufferPool pool = new(new BufferPoolOptions { BlockCount = 64 });
        EventBuilder builder = new(pool);
        EventReader reader = new(bytes);
        builder.Begin(reader.Header.Kind, reader.Header.Seq, reader.Header.TimeMicros, reader.Header.Incarnation);
        bool isDone = false;
        while (reader.Read())
        {
            int head = tag == EventTag.Dir ? DirPart.Bytes : 0;
            bool isWanted = !isDone && reader.Part.Tag == tag && (reader.Part.Flags & DirPart.IsContext) == 0;
            if (!isWanted || !TrySpoil(reader.Body[head..], tag, spoil, out byte[] record, out ReadOnlySpan<byte> tail))
            {
                builder.Add(reader.Part.Tag, reader.Body, reader.Part.Flags);
                continue;
            }

            isDone = true;
            spoilt++;
            builder.AddPacked(tag, reader.Body[..head], record, tail, reader.Part.Flags);
        }

        using BufferList made = builder.Take();
        byte[] copy = new byte[made.Length];
        made.CopyTo(0, copy);
        return copy;
    }

    private static bool TrySpoil(
        ReadOnlySpan<byte> packed, EventTag tag, Spoil spoil, out byte[] record, out ReadOnlySpan<byte> tail)
    {
        DirRecord dir = default;
        EntryRecord entry = default;
        record = new byte[tag == EventTag.Dir ? Unsafe.SizeOf<DirRecord>() : Unsafe.SizeOf<EntryRecord>()];
        if (!PackedRecord.TryUnpack(packed, record, out tail))
            return false;
        if (tag == EventTag.Dir)
            dir = MemoryMarshal.Read<DirRecord>(record);
        else
            entry = MemoryMarshal.Read<EntryRecord>(record);
        spoil(ref dir, ref entry);
        if (tag == EventTag.Dir)
            MemoryMarshal.Write(record, dir);
        else
            MemoryMarshal.Write(record, entry);
        return true;
    }
}
