using System.Runtime.InteropServices;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <content>Pages of a region that arrives, and what cannot be of them.</content>
public sealed partial class BadEventTests
{
    private static readonly Migration s_migration =
        new(new MigrationId(new RankId(1), 1, 1), new DirFrag(new Ino(0x1_2345), Frag.Root), 0, new RankId(1), []);

    private static byte[] PageOf(ulong number) =>
        [.. BytesOf(new StagedPart(s_migration.Base, number)), 1, 2, 3];

    private static byte[] NumbersOf(params ulong[] numbers) =>
        [.. BytesOf(new DirPart(s_migration.Base)), .. MemoryMarshal.AsBytes<ulong>(numbers)];

    [Theory]
    [InlineData(EventTag.StagedPage, "is of no dirfrag that arrives")]
    [InlineData(EventTag.StagedDir, "is no dirfrag that arrives")]
    public void WhatArrivesBelongsToAMigration(object tag, string problem)
    {
        using RankHarness rank = new RankHarness().Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/f").Error);
        List<byte[]> events = EventsOf(rank);
        events[^1] = With(events[^1], (EventTag)tag, (EventTag)tag == EventTag.StagedPage ? PageOf(1) : NumbersOf(1));
        Assert.StartsWith(problem, Replayed(events), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(7)]
    public void NumbersOfPagesAreWhole(int more)
    {
        using RankHarness rank = new RankHarness().Start();
        List<byte[]> events = EventsOf(rank);
        byte[] pages = With(Migrating(events[^1], EventKind.ImportPages, 0), EventTag.StagedPage, PageOf(1));
        events.Add(With(pages, EventTag.StagedDir, [.. NumbersOf(1), .. new byte[more]]));
        Assert.StartsWith("is no dirfrag that arrives", Replayed(events), StringComparison.Ordinal);
        events[^1] = With(pages, EventTag.StagedDir, NumbersOf(1));
        Assert.Null(Replayed(events));
        using var text = new StringWriter();
        Assert.True(JournalText.Write(events[^1], 1, text));
        Assert.Contains("Page 1 of 0x12345.*, 3 bytes", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("1 pages of 0x12345.*", text.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A journal that has its beginning has all pages of what arrives in it.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(2, 1)]
    [InlineData(2, 3)]
    public void AllPagesOfARegionAreThereWhenItArrives(int there, int said)
    {
        using RankHarness rank = new RankHarness().Start();
        List<byte[]> events = EventsOf(rank);
        for (int i = 0; i < there; i++)
        {
            byte[] pages = With(Migrating(events[^1], EventKind.ImportPages, 0), EventTag.StagedPage, PageOf((ulong)i));
            events.Add(With(pages, EventTag.StagedDir, NumbersOf((ulong)i)));
        }

        Assert.Null(Replayed(events));
        events.Add(Migrating(events[^1], EventKind.ImportStart, said));
        Assert.StartsWith(
            $"says that migration {s_migration.Id} has arrived, of which there are not all pages", Replayed(events),
            StringComparison.Ordinal);
    }

    /// <summary>Journals of before told of a dirfrag's pages in their order, without numbers.</summary>
    [Fact]
    public void PagesWithoutNumbersAreInTheirOrder()
    {
        Arriving region = new(s_migration.Base, 0);
        region.Append(s_migration.Base, [1]);
        region.Append(s_migration.Base, [2, 2]);
        region.Append(s_migration.Base, [3]);
        Assert.Equal([1, 2, 2, 3], region.TryGet(s_migration.Base));
    }

    [Fact]
    public void ADirfragThatArrivesIsWhatItsNewestNumbersSay()
    {
        DirFrag name = s_migration.Base;
        Arriving region = new(name, 0);
        region.Add(name, 1, [1]);
        Assert.Null(region.TryGet(name));
        region.Say(name, [1]);
        region.Add(name, 2, [2, 2]);
        region.Say(name, [2, 1]);
        Assert.Equal([2, 2, 1], region.TryGet(name));
        region.Say(name, [1, 3]);
        Assert.Null(region.TryGet(name));
        region.Say(name, [2, 1]);
        Assert.Null(region.TryGet(name));
        region.Add(name, 3, [3]);
        region.Say(name, [1, 3]);
        Assert.Equal((1, 1, 3), (region.Count, region.TryGet(name)![0], region.TryGet(name)![1]));
        Stack<DirFrag> listed = new();
        region.ListOf(name.Ino, listed);
        Assert.Equal([name], listed);
        region.Say(name, []);
        region.ListOf(name.Ino, listed);
        Assert.Equal((0, 1), (region.Count, listed.Count));
        Assert.Null(region.TryGet(name));
    }

    private static byte[] BytesOf<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();

    /// <summary>An event behind another one that tells of the migration.</summary>
    private static byte[] Migrating(byte[] before, EventKind kind, int events)
    {
        EventHeader header = MemoryMarshal.Read<EventHeader>(before);
        header.Kind = kind;
        header.Seq++;
        return With(
            BytesOf(header), EventTag.Migration, BytesOf(new MigrationPart(s_migration, events)), (ushort)MigrationStage.Start);
    }
}
