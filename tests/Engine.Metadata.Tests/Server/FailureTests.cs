using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>What becomes of requests under way when a rank cannot go on.</summary>
public class FailureTests
{
    private const int StepsMax = 1000;

    [Fact]
    public void AFailedRank_RefusesWhatWaitedForTheStore_AndRests()
    {
        using RankHarness rank = new RankHarness(options => options with { SegmentEventsMax = 2, SegmentsMax = 1 }).Start();
        rank.Call(ClientOp.MakeDirectory, "/d");
        rank.Call(ClientOp.Create, "/d/f");
        rank.Call(ClientOp.MakeDirectory, "/e");
        for (int i = 0; i < 10; i++)
            rank.Call(ClientOp.Create, $"/e/{i}");
        rank.Rank.Stop();
        rank.Run();
        rank.Crash();
        rank.Start();
        rank.GatedStore.StallsReads = true;
        ulong waiting = rank.Submit(Ask(ClientOp.Lookup, "/d/f"), client: 1);
        rank.Run();
        Assert.Empty(rank.RepliesTo(waiting));
        rank.MemoryLog.Failure = IoError.Io;
        rank.Submit(Ask(ClientOp.Lookup, "/"), client: 2);
        rank.Run();
        Assert.Equal(RankState.Failed, rank.Rank.State);

        rank.GatedStore.StallsReads = false;
        Assert.InRange(rank.RunAtMost(StepsMax), 1, StepsMax - 1);
        Assert.Equal(IoError.Io, Assert.Single(rank.RepliesTo(waiting)).Error);
    }

    [Fact]
    public void AFailedRank_RefusesWhoWaitsForWhoIsRefused()
    {
        // The first waits for room with locks in hand that the second waits for.
        using RankHarness rank = new RankHarness(options => options with { SegmentEventsMax = 4, SegmentsMax = 2 }).Start();
        rank.Call(ClientOp.Create, "/f");
        rank.GatedStore.Stalls = true;
        List<ulong> asked = [];
        for (int i = 0; i < 60; i++)
        {
            OpenFlags flags = OpenFlags.Keep | OpenFlags.Read;
            asked.Add(rank.Submit(Ask(ClientOp.Open, "/f") with { Flags = flags }, client: 1 + (i % 3)));
            ClientRequest change = Ask(ClientOp.SetXattr, "/f") with { XattrName = "user.a", Value = new byte[1 + i] };
            asked.Add(rank.Submit(change, client: 1 + (i % 3)));
            rank.Run();
        }

        Assert.All(asked, tid => Assert.All(rank.RepliesTo(tid), reply => Assert.True(reply.Error.IsNone, reply.ToString())));
        Assert.Contains(asked, tid => rank.RepliesTo(tid).Count == 0);
        rank.GatedStore.Failure = IoError.Stale;
        rank.GatedStore.Stalls = false;
        Assert.InRange(rank.RunAtMost(StepsMax), 0, StepsMax - 1);
        Assert.Equal(RankState.Failed, rank.Rank.State);
        Assert.All(asked, tid => Assert.NotEmpty(rank.RepliesTo(tid)));
    }

    [Fact]
    public void ARankThatStops_DoesNotWaitForAClientThatIsGone()
    {
        using RankHarness rank = new RankHarness().Start();
        OpenFlags flags = OpenFlags.Keep | OpenFlags.Write | OpenFlags.Read;
        Assert.Equal(IoError.None, rank.Call(Ask(ClientOp.Create, "/f") with { Flags = flags }, client: 1).Error);
        rank.AnswerTo = _ => new SessionFlushAck(0);
        ulong waiting = rank.Submit(Ask(ClientOp.SetAttributes, "/f") with { Changes = new() { Size = 7 } }, client: 2);
        rank.Run();
        Assert.Empty(rank.RepliesTo(waiting));
        rank.Rank.Stop();
        rank.Run();
        Assert.Equal(RankState.Stopping, rank.Rank.State);
        rank.Advance(400_000_000);
        Assert.Equal(RankState.Stopped, rank.Rank.State);
        Assert.Equal(IoError.None, rank.RepliesTo(waiting)[^1].Error);
    }

    private static ClientRequest Ask(ClientOp op, string path) => new(0, op) { Path = Encoding.UTF8.GetBytes(path) };
}
