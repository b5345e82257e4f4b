using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>A journal whose place is full, which no room that is reserved tells of: nothing waits for what cannot come.</summary>
public sealed class FullJournalTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ChangesAreRefusedAtOnce_AndGoOnWithRoom(bool isStoreFullToo)
    {
        using RankHarness rank = new RankHarness().Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/d/safe").Error);
        Fill(rank, isStoreFullToo);
        ulong held = rank.Submit(Make("/d/held"));
        rank.Run();
        ulong refused = rank.Submit(Make("/d/refused"));
        rank.Run();

        Assert.Equal(IoError.NoSpace, Assert.Single(rank.RepliesTo(refused)).Error);
        Assert.Equal([false], rank.RepliesTo(held).Select(reply => reply.IsSafe));
        Assert.Equal((RankState.Active, IoError.NoSpace), (rank.Rank.State, rank.Rank.JournalError));
        Assert.Equal(IoError.None, rank.Call(ClientOp.Lookup, "/").Error);
        Empty(rank);
        Assert.True(rank.RepliesTo(held)[^1] is { Error.IsNone: true, IsSafe: true });
        Assert.Equal(IoError.None, rank.Rank.JournalError);
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/d/more").Error);
        rank.Crash();
        rank.Start();
        Assert.Equal(["held", "more", "safe"], rank.List("/d").Order());
        Assert.Empty(StoreVerdict.Of(rank.MemoryLog, rank.Store));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhoWaitsForWhatIsOnItsWay_IsRefusedToo(bool isStoreFullToo)
    {
        using RankHarness rank = new RankHarness(options => options with { JournalPendingBytesMax = 1000 }).Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        List<ulong> asked = [];
        for (int i = 0; i < 600; i++)
            asked.Add(rank.Submit(Make($"/d/f{i}")));
        int begun = asked.Count(tid => rank.RepliesTo(tid).Count > 0);
        Assert.InRange(begun, 1, 100);
        Fill(rank, isStoreFullToo);
        rank.Run();

        int safe = asked.Count(tid => rank.RepliesTo(tid).Any(reply => reply.Error.IsNone && reply.IsSafe));
        int refusals = asked.Count(tid => rank.RepliesTo(tid).Any(reply => reply.Error == IoError.NoSpace));
        int open = asked.Count(tid => rank.RepliesTo(tid).All(reply => !reply.IsSafe));
        Assert.Equal(asked.Count, safe + refusals + open);
        Assert.InRange(open, 1, 100);
        Empty(rank);
        Assert.All(asked, tid => Assert.True(rank.RepliesTo(tid)[^1].IsSafe));
        int made = asked.Count(tid => rank.RepliesTo(tid)[^1].Error.IsNone);
        Assert.Equal(made, rank.List("/d").Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ARankThatCannotWriteAtItsStart_SaysSo_AndGoesOnWithRoom(bool isStoreFullToo)
    {
        using RankHarness rank = new RankHarness().Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/d/safe").Error);
        Fill(rank, isStoreFullToo);
        rank.Crash();
        rank.Start();
        Assert.Equal(IoError.NoSpace, rank.Rank.JournalError);
        Empty(rank);
        Assert.Equal((RankState.Active, IoError.None), (rank.Rank.State, rank.Rank.JournalError));
        Assert.Equal(["safe"], rank.List("/d"));
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/d/more").Error);
    }

    private static void Fill(RankHarness rank, bool isStoreFullToo)
    {
        rank.MemoryLog.Refusal = IoError.NoSpace;
        rank.GatedStore.Failure = isStoreFullToo ? IoError.NoSpace : IoError.None;
    }

    private static void Empty(RankHarness rank)
    {
        rank.MemoryLog.Refusal = IoError.None;
        rank.GatedStore.Failure = IoError.None;
        rank.Advance(3_000_000);
    }

    private static ClientRequest Make(string path) => new(0, ClientOp.Create) { Path = Encoding.UTF8.GetBytes(path) };
}
