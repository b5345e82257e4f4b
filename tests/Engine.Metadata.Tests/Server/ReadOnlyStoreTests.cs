using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>A store that becomes read-only while the rank serves: changes end with EROFS, reads go on, and so do changes once it
/// is writable again.</summary>
public sealed class ReadOnlyStoreTests
{
    private const int ChangesMax = 200;
    private const long RetryMicros = 2_000_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ChangesAreRefused_ReadsGoOn_AndBothOnceItIsWritable(bool isFoundBySplit)
    {
        // Found by the oldest segment's writing, or by that of a directory that is split within the first segment.
        using RankHarness rank = new RankHarness(options => isFoundBySplit
            ? options with { SplitEntries = 8, SplitBits = 1 }
            : options with { SegmentEventsMax = 4, SegmentsMax = 1 }).Start();
        Assert.Equal(IoError.None, Try(rank, ClientOp.MakeDirectory, "/d"));
        SetReadOnly(rank, true);
        int made = 0;
        IoError error = IoError.None;
        while (error.IsNone && made < ChangesMax)
            error = Try(rank, ClientOp.Create, $"/d/f{made++}");
        Assert.Equal(IoError.ReadOnly, error);
        Assert.Equal((RankState.Active, IoError.ReadOnly), (rank.Rank.State, rank.Rank.StoreError));
        Assert.Equal(new ClientId(1), Assert.Single(rank.Told, told => told.Message is SessionReadOnly).Client);

        ClientOp[] changes =
        [
            ClientOp.Create, ClientOp.MakeDirectory, ClientOp.Unlink, ClientOp.Rename, ClientOp.Link, ClientOp.SymbolicLink,
            ClientOp.SetAttributes, ClientOp.SetXattr, ClientOp.RemoveXattr, ClientOp.RemoveDirectory, ClientOp.Fragment,
        ];
        long before = rank.Rank.LastSeq;
        Assert.All(changes, op => Assert.Equal(IoError.ReadOnly, Try(rank, op, "/d/f0")));
        Assert.Equal(before, rank.Rank.LastSeq);
        Assert.Equal(IoError.None, Try(rank, ClientOp.Lookup, "/d/f0"));
        Assert.Equal(IoError.None, Try(rank, ClientOp.Open, "/d/f0"));
        Assert.Equal(made - 1, rank.List("/d").Count);

        // Who comes now is told too, and who comes back.
        Assert.Equal(IoError.None, rank.Call(new ClientRequest(0, ClientOp.Lookup), client: 2).Error);
        Assert.Single(rank.Told, told => told is { Client.Value: 2, Message: SessionReadOnly });
        rank.Rank.Step(new RankEvent(RankEventKind.PeerGone, From: Peer.Of(new ClientId(2))));
        rank.Tell(2, new Reconnect([]));
        Assert.Equal(2, rank.Told.Count(told => told is { Client.Value: 2, Message: SessionReadOnly }));
        rank.Advance(RetryMicros);
        Assert.Equal(IoError.ReadOnly, Try(rank, ClientOp.Create, "/d/g"));

        SetReadOnly(rank, false);
        rank.Advance(RetryMicros);
        Assert.Equal(IoError.None, rank.Rank.StoreError);
        Assert.Equal(IoError.None, Try(rank, ClientOp.Create, "/d/g"));
        rank.Crash();
        rank.Start();
        Assert.Equal(made, rank.List("/d").Count);
        Assert.Empty(rank.Rank.Audit(3));
        Assert.Empty(StoreVerdict.Of(rank.MemoryLog, rank.Store));
    }

    [Fact]
    public void ChangesThatWaitForTheStore_AreRefused()
    {
        using RankHarness rank = new RankHarness(options => options with { SegmentEventsMax = 4, SegmentsMax = 1 }).Start();
        Assert.Equal(IoError.None, Try(rank, ClientOp.MakeDirectory, "/d"));
        rank.GatedStore.Stalls = true;
        List<ulong> asked = [];
        for (int i = 0; i < 60; i++)
        {
            asked.Add(rank.Submit(Ask(ClientOp.Create, $"/d/f{i}")));
            rank.Run();
        }

        Assert.Contains(asked, tid => rank.RepliesTo(tid).Count == 0);
        SetReadOnly(rank, true);
        rank.GatedStore.Stalls = false;
        rank.Run();
        Assert.Equal(RankState.Active, rank.Rank.State);
        Assert.All(asked, tid => Assert.True(rank.RepliesTo(tid)[^1] is { IsSafe: true }));
        int made = asked.Count(tid => rank.RepliesTo(tid)[^1].Error.IsNone);
        int refused = asked.Count(tid => rank.RepliesTo(tid)[^1].Error == IoError.ReadOnly);
        Assert.Equal((asked.Count, true), (made + refused, refused > 0));
        Assert.Equal(made, rank.List("/d").Count);
    }

    /// <summary>The writes that were begun succeed, the flush behind them is what finds out, and there may be nothing left to
    /// write.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void AFlushThatWasAllThatFailed_DoesNotKeepItReadOnly(int changes)
    {
        using RankHarness rank = new RankHarness(options => options with { SegmentEventsMax = 4, SegmentsMax = 1 }).Start();
        rank.GatedStore.Stalls = true;
        for (int i = 0; i < changes; i++)
        {
            rank.Submit(Ask(ClientOp.Create, $"/f{i}"));
            rank.Run();
        }

        SetReadOnly(rank, true);
        rank.GatedStore.Stalls = false;
        rank.Run();
        SetReadOnly(rank, false);
        rank.Advance(2 * RetryMicros);
        Assert.Equal(IoError.None, rank.Rank.StoreError);
        Assert.Equal(IoError.None, Try(rank, ClientOp.Create, "/g"));
    }

    [Fact]
    public void AJournalThatBecomesReadOnly_EndsTheRank_WhichSaysSo()
    {
        using RankHarness rank = new RankHarness().Start();
        Assert.Equal(IoError.None, Try(rank, ClientOp.Create, "/f"));
        rank.MemoryLog.Failure = IoError.ReadOnly;

        // Nobody knows what became of the one that finds out.
        Assert.Equal(IoError.Io, Try(rank, ClientOp.Create, "/g"));
        Assert.Equal(RankState.Failed, rank.Rank.State);
        Assert.Contains("read-only", rank.Rank.Problem, StringComparison.Ordinal);
        Assert.Equal(IoError.ReadOnly, Try(rank, ClientOp.Create, "/h"));
        Assert.Equal(IoError.ReadOnly, Try(rank, ClientOp.Unlink, "/f"));

        // What is in memory may be ahead of what is durable: it is not shown.
        Assert.Equal(IoError.Io, Try(rank, ClientOp.Lookup, "/f"));
        rank.MemoryLog.Failure = IoError.None;
        rank.Crash();
        rank.Start();
        Assert.Equal(["f"], rank.List("/"));
    }

    private static void SetReadOnly(RankHarness rank, bool isReadOnly) =>
        rank.GatedStore.Failure = rank.GatedStore.RemoveFailure = isReadOnly ? IoError.ReadOnly : IoError.None;

    private static IoError Try(RankHarness rank, ClientOp op, string path) => rank.Call(Ask(op, path)).Error;

    private static ClientRequest Ask(ClientOp op, string path) => new(0, op)
    {
        Path = Encoding.UTF8.GetBytes(path), Path2 = "/d/x"u8.ToArray(), Value = "t"u8.ToArray(), XattrName = "user.a",
    };
}
