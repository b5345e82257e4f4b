using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>A division that a crash left without its objects is taken back by the next life, and the journal can be replayed at
/// any time: with the event that prepared it, and without.</summary>
public sealed class UndoneDivisionTests : IDisposable
{
    private readonly RankHarness _rank =
        new RankHarness(options => options with { SegmentEventsMax = 32, SegmentsMax = 1, MergeEntries = 0 }).Start();

    public void Dispose() => _rank.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheJournalCanBeReplayed_WhenWhatPreparedItIsGone(bool isMerge)
    {
        foreach (string path in new[] { "/p", "/p/d" })
            _rank.Call(ClientOp.MakeDirectory, path);
        for (int i = 0; i < 8; i++)
            Make($"/p/d/f{i}");
        if (isMerge)
            _rank.Call(Divide(1));
        for (int i = 0; i < 60; i++)
            Make($"/f{i}");
        _rank.Call(ClientOp.MakeDirectory, "/p/d/sub");

        // The first event is durable, the objects are on their way; that they are written nobody hears of.
        _rank.GatedStore.Stalls = true;
        _rank.Submit(Divide(isMerge ? 0 : 1));
        _rank.Run();
        _rank.GatedStore.Stalls = false;
        _rank.Crash();

        // What leads to the directory has to be read before it is put back; what lies below it is changed meanwhile.
        _rank.GatedStore.StallsReads = true;
        _rank.Start();
        ulong asked = _rank.Submit(Make(ClientOp.Create, "/p/d/sub/f"));
        _rank.Run();
        Assert.NotEmpty(_rank.RepliesTo(asked));
        _rank.GatedStore.StallsReads = false;
        _rank.Run();
        Assert.Equal(1, _rank.Rank.Fragmentations.RollBacks);
        for (int i = 60; i < 120; i++)
        {
            Make($"/f{i}");
            Assert.Empty(Findings());
        }

        _rank.Crash();
        _rank.Start();
        Assert.Equal(9, _rank.List("/p/d").Count);
        Assert.Equal(["f"], _rank.List("/p/d/sub"));
    }

    private static ClientRequest Make(ClientOp op, string path) => new(0, op) { Path = Encoding.UTF8.GetBytes(path) };

    private static ClientRequest Divide(int bits) => Make(ClientOp.Fragment, "/p/d") with { SplitBits = bits };

    private void Make(string path) => Assert.Equal(IoError.None, _rank.Call(ClientOp.Create, path).Error);

    private IReadOnlyList<string> Findings()
    {
        using ShadowReplay shadow = new(new RankId(0), 64 << 20);
        for (int i = 0; i < _rank.MemoryLog.Count; i++)
        {
            if (!shadow.TryReplay(_rank.MemoryLog.Payload(i), i + 1))
                return shadow.Findings;
        }

        shadow.Compare(_rank.Rank);
        return shadow.Findings;
    }
}
