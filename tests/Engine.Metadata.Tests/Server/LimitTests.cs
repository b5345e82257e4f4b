// What has a limit: entries of a dirfrag, and the length of the journal's records. Where a change would go beyond, it is refused
// and nothing is changed; what no limit may stop (the way to a directory) is told in several events.

using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>Limits of a dirfrag's entries and of an event's length.</summary>
public sealed class LimitTests
{
    private const int ShortRecords = 16 << 10;

    [Fact]
    public void ADirfragThatIsFull_TakesNoMoreNames()
    {
        using RankHarness rank = new RankHarness(
            options => options with { SplitEntries = int.MaxValue, FragmentEntriesMax = 4, MergeEntries = 0 }).Start();
        Do(rank, ClientOp.MakeDirectory, "/d");
        Do(rank, ClientOp.MakeDirectory, "/e");
        Do(rank, ClientOp.Create, "/e/g");
        for (int i = 0; i < 4; i++)
            Do(rank, ClientOp.Create, $"/d/f{i}");
        long before = rank.Rank.LastSeq;
        foreach (ClientOp op in new[] { ClientOp.Create, ClientOp.MakeDirectory, ClientOp.SymbolicLink })
            Assert.Equal(IoError.NoSpace, Try(rank, op, "/d/x"));
        Assert.Equal(IoError.NoSpace, Try(rank, ClientOp.Link, "/e/g", "/d/x"));
        Assert.Equal(IoError.NoSpace, Try(rank, ClientOp.Rename, "/e/g", "/d/x"));
        Assert.Equal(before, rank.Rank.LastSeq);

        // What leaves it no fuller is as ever.
        Do(rank, ClientOp.Rename, "/d/f0", "/d/x");
        Do(rank, ClientOp.Rename, "/e/g", "/d/f1");
        Do(rank, ClientOp.Unlink, "/d/f2");
        Do(rank, ClientOp.Create, "/d/y");
        Assert.Equal(["f1", "f3", "x", "y"], rank.List("/d").Order());

        // Divided by hand, each part has room of its own.
        Assert.Equal(IoError.NoSpace, Try(rank, ClientOp.Create, "/d/z"));
        ClientReply divided = rank.Call(ClientOp.Fragment, "/d", request => request with { Fragment = Frag.Root, SplitBits = 3 });
        Assert.Equal(IoError.None, divided.Error);
        Do(rank, ClientOp.Create, "/d/z");
        Verify(rank);
    }

    [Fact]
    public void AFileIsNoLongerThanFilesAre_WhoeverMakesItSo()
    {
        const long Most = (16L << 40) - 4096;
        using RankHarness rank = new RankHarness().Start();
        foreach ((long size, IoError error) in new[] { (-1, IoError.Invalid), (Most, IoError.None), (Most + 1, new IoError(27)) })
        {
            AttributeChanges changes = new() { Size = size };
            Assert.Equal(error, rank.Call(ClientOp.Create, $"/f{size}", request => request with { Changes = changes }).Error);
            Do(rank, ClientOp.Create, $"/g{size}");
            Assert.Equal(
                error, rank.Call(ClientOp.SetAttributes, $"/g{size}", request => request with { Changes = changes }).Error);
        }

        Verify(rank);
    }

    [Fact]
    public void ADirectoryThatIsSplitAsItGrows_HasNoLimit()
    {
        using RankHarness rank = new RankHarness(
            options => options with { SplitEntries = 8, FragmentEntriesMax = 16, MergeEntries = 2, SplitBits = 1 }).Start();
        Do(rank, ClientOp.MakeDirectory, "/d");
        for (int i = 0; i < 200; i++)
            Do(rank, ClientOp.Create, $"/d/f{i}");
        Assert.Equal(200, rank.List("/d").Count);
    }

    [Fact]
    public void AStrayDirectoryThatIsFull_TakesNoMore()
    {
        const int Most = 16;
        using RankHarness rank = new RankHarness(
            options => options with { SplitEntries = 8, MergeEntries = 2, FragmentEntriesMax = Most }).Start();
        Do(rank, ClientOp.MakeDirectory, "/d");
        int linked = 0;
        for (int i = 0; i < 2 * Most * Ino.StrayCount; i++)
        {
            Do(rank, ClientOp.Create, $"/d/f{i}");
            IoError error = Try(rank, ClientOp.Link, $"/d/f{i}", $"/d/g{i}");
            Assert.True(error.IsNone || error == IoError.NoSpace, error.Name);
            linked += error.IsNone ? 1 : 0;
        }

        Assert.Equal(Most * Ino.StrayCount, linked);
        Verify(rank);
    }

    [Fact]
    public void AttributesThatNoEventCouldTell_AreRefused()
    {
        using RankHarness rank = new();
        rank.MemoryLog.RecordBytesMax = ShortRecords;
        rank.Start();
        Do(rank, ClientOp.Create, "/f");
        Do(rank, ClientOp.Create, "/g");
        long before = rank.Rank.LastSeq;
        foreach (int length in new[] { ShortRecords / 4, ShortRecords, 60_000 })
            Assert.Equal(IoError.NoSpace, SetXattr(rank, "/f", length));
        Assert.Equal(before, rank.Rank.LastSeq);

        // What is just not refused can be moved, replaced, linked and removed.
        const int Most = (ShortRecords / 4) - 16;
        Assert.Equal(IoError.None, SetXattr(rank, "/f", Most));
        Assert.Equal(IoError.None, SetXattr(rank, "/g", Most));
        Assert.Equal(IoError.None, SetXattr(rank, "/", Most));
        Do(rank, ClientOp.Link, "/f", "/h");
        Do(rank, ClientOp.Rename, "/g", "/h");
        Do(rank, ClientOp.Link, "/h", "/" + new string('i', 255));
        Do(rank, ClientOp.Rename, "/f", "/" + new string('i', 255));
        Do(rank, ClientOp.Unlink, "/h");
        Restart(rank);
        Assert.Equal([new string('i', 255)], rank.List("/"));
        Verify(rank);
    }

    [Fact]
    public void AWayThatIsLongerThanAnEvent_IsToldBefore()
    {
        const int Depth = 20;
        using RankHarness rank = new(options => options with { SegmentEventsMax = 12, SegmentsMax = 2 });
        rank.MemoryLog.RecordBytesMax = ShortRecords;
        rank.Start();
        string path = "";
        for (int level = 0; level < Depth; level++)
        {
            path += "/" + new string((char)('a' + level), 60);
            Do(rank, ClientOp.MakeDirectory, path);
            Assert.Equal(IoError.None, SetXattr(rank, path, 3000));
        }

        // Segments begin again and again, and each has to tell the way.
        for (int i = 0; i < 60; i++)
            Do(rank, ClientOp.Create, $"{path}/f{i}");
        Do(rank, ClientOp.Rename, $"{path}/f0", "/top");
        Do(rank, ClientOp.Link, "/top", $"{path}/again");
        Restart(rank);
        Assert.Equal(RankState.Active, rank.Rank.State);
        Assert.Equal(60, rank.List(path).Count);
        Assert.Equal(3000, rank.Call(ClientOp.GetXattr, path, request => request with { XattrName = "user.x" }).Value.Length);
        Verify(rank);
    }

    [Fact]
    public void APartOfADirectoryThatNoEventCouldTell_IsNotDivided()
    {
        using RankHarness rank = new(options => options with { MergeEntries = 0 });
        rank.MemoryLog.RecordBytesMax = ShortRecords;
        rank.Start();
        Do(rank, ClientOp.MakeDirectory, "/d");
        Do(rank, ClientOp.Create, "/d/f");
        Assert.Equal(IoError.NoSpace, Divide(rank, Frag.Root, 6));
        Assert.Equal(IoError.None, Divide(rank, Frag.Root, 4));
        foreach (string part in new[] { "0000*", "0001*", "0010*" })
        {
            Assert.True(Frag.TryParse(part, out Frag frag));
            Assert.Equal(IoError.None, Divide(rank, frag, 4));
        }

        // Its attributes are told once, not for each part.
        Do(rank, ClientOp.MakeDirectory, "/e");
        Assert.Equal(IoError.None, SetXattr(rank, "/e", 3000));
        ClientReply split = rank.Call(ClientOp.Fragment, "/e", request => request with { Fragment = Frag.Root, SplitBits = 3 });
        Assert.Equal(IoError.None, split.Error);

        // Its times are in each of its parts.
        long before = rank.Rank.LastSeq;
        ClientReply touched = rank.Call(
            ClientOp.SetAttributes, "/d", request => request with { Changes = new AttributeChanges { ModifiedAt = 1 } });
        Assert.Equal(IoError.NoSpace, touched.Error);
        Assert.Equal(before, rank.Rank.LastSeq);
        Do(rank, ClientOp.Create, "/d/g");
        Restart(rank);
        Assert.Equal(["f", "g"], rank.List("/d").Order());
        Verify(rank);
    }

    [Fact]
    public void WhatAHeadSays_FitsIntoTheShortestRecord()
    {
        using RankHarness rank = new(options => options with { SegmentEventsMax = 8 });
        rank.MemoryLog.RecordBytesMax = ShortRecords;
        rank.Start();
        Assert.Equal(IoError.None, SetXattr(rank, "/", (ShortRecords / 4) - 16));
        for (int i = 1; i <= 300; i++)
            rank.Tell(i, new SessionOpen(new string('a', 100)));
        for (int i = 0; i < 1500; i++)
        {
            ClientRequest create = new(0, ClientOp.Create) { Path = Encoding.UTF8.GetBytes($"/{i}"), OldestTid = 1 };
            IoError error = rank.Call(create, client: 1 + (i % 9)).Error;
            Assert.True(error.IsNone || error == IoError.Again, error.Name);
        }

        Restart(rank);
        Assert.Equal(RankState.Active, rank.Rank.State);
    }

    [Fact]
    public void AJournalOfRecordsThatAreTooShort_IsNotUsed()
    {
        using RankHarness rank = new();
        rank.MemoryLog.RecordBytesMax = ShortRecords - 1;
        rank.Start();
        Assert.Equal(RankState.Failed, rank.Rank.State);
        Assert.Contains("longer segments", rank.Rank.Problem, StringComparison.Ordinal);
    }

    private static IoError Divide(RankHarness rank, Frag frag, int bits) =>
        rank.Call(ClientOp.Fragment, "/d", request => request with { Fragment = frag, SplitBits = bits }).Error;

    private static void Restart(RankHarness rank)
    {
        rank.Crash();
        rank.Start();
    }

    private static void Verify(RankHarness rank)
    {
        Assert.Equal(RankState.Active, rank.Rank.State);
        Assert.Empty(rank.Rank.Cache.Audit(3));
        Assert.Empty(StoreVerdict.Of(rank.MemoryLog, rank.Store));
    }

    private static IoError SetXattr(RankHarness rank, string path, int length) =>
        rank.Call(ClientOp.SetXattr, path, request => request with { XattrName = "user.x", Value = new byte[length] }).Error;

    private static void Do(RankHarness rank, ClientOp op, string path, string to = "") =>
        Assert.Equal(IoError.None, Try(rank, op, path, to));

    private static IoError Try(RankHarness rank, ClientOp op, string path, string to = "") =>
        rank.Call(op, path, request => request with { Path2 = Encoding.UTF8.GetBytes(to), Value = "t"u8.ToArray() }).Error;
}
