using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>What a rank warns of: its journal and its sessions. Time stands until a test moves it.</summary>
public sealed class RankWarningTests : IDisposable
{
    private const long Second = 1_000_000;

    private readonly RankHarness _rank = new RankHarness(options => options with { SegmentEventsMax = 4, SegmentsMax = 1 });

    public RankWarningTests() => _rank.Start();

    public void Dispose() => _rank.Dispose();

    [Fact]
    public void AJournalWhoseSegmentsStay_IsBehind_UntilTheyGo()
    {
        Make("/d");
        _rank.GatedStore.Stalls = true;
        for (int i = 0; i < 60; i++)
        {
            _rank.Submit(Ask($"/d{i}"));
            _rank.Run();
        }

        string warning = Assert.Single(_rank.Rank.Warnings());
        Assert.StartsWith("the journal is behind: 5 segments are kept", warning, StringComparison.Ordinal);
        _rank.GatedStore.Stalls = false;
        _rank.Run();
        Assert.Empty(_rank.Rank.Warnings());
    }

    [Fact]
    public void ALogThatDoesNotAnswer_IsTold_WithTheEventBehindWhichNothingIsSafe()
    {
        Make("/d");
        long durable = _rank.Rank.DurableSeq;
        _rank.MemoryLog.StallsFlushes = true;
        _rank.Submit(Ask("/e"));
        _rank.Advance(9 * Second);
        Assert.Empty(_rank.Rank.Warnings());
        _rank.Advance(2 * Second);
        Assert.Equal(
            $"the journal is not durable behind event {durable}: its log has not answered for 11 s",
            Assert.Single(_rank.Rank.Warnings()));
        _rank.MemoryLog.StallsFlushes = false;
        _rank.Run();
        Assert.Empty(_rank.Rank.Warnings());
    }

    [Fact]
    public void AClientThatIsSilent_IsTold_WithWhatComesOfIt()
    {
        _rank.Tell(2, new SessionOpen("two"));
        _rank.Advance(59 * Second);
        Assert.Empty(_rank.Rank.Warnings());
        _rank.Advance(3 * Second);
        string warning = Assert.Single(_rank.Rank.Warnings());
        Assert.StartsWith("client 2 (two) was not heard of for 62 s", warning, StringComparison.Ordinal);
        Assert.EndsWith("its session ends after 300 s", warning, StringComparison.Ordinal);
        _rank.Tell(2, new SessionRenew(1));
        Assert.Empty(_rank.Rank.Warnings());
    }

    [Fact]
    public void AClientWhoseChannelEnded_IsTold_UntilItComesBack()
    {
        _rank.Tell(2, new SessionOpen("two"));
        _rank.Rank.Step(new RankEvent(RankEventKind.PeerGone, From: Peer.Of(new ClientId(2))));
        _rank.Advance(9 * Second);
        Assert.Empty(_rank.Rank.Warnings());
        _rank.Advance(2 * Second);
        Assert.Equal(
            "client 2 (two) has not come back for 11 s: who wants what it holds waits", Assert.Single(_rank.Rank.Warnings()));
        _rank.Tell(2, new Reconnect([]));
        Assert.Empty(_rank.Rank.Warnings());
    }

    private void Make(string path) => Assert.Equal(IoError.None, _rank.Call(Ask(path)).Error);

    private static ClientRequest Ask(string path) =>
        new(0, ClientOp.MakeDirectory) { Path = Encoding.UTF8.GetBytes(path) };
}
