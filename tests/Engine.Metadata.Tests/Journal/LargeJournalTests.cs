using System.Globalization;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>A journal may tell of more than the cache ever held at once: what was written back stays in it until its segment
/// goes.</summary>
public sealed class LargeJournalTests : IDisposable
{
    private const long CacheBytes = 1 << 20;
    private const int Directories = 40;
    private const int FilesEach = 100;

    private readonly RankHarness _rank;
    private bool _isSmall;
    private int _segmentsMax = 4;
    private long _journalBytes = 1 << 30;

    public LargeJournalTests()
    {
        _rank = new RankHarness(options => _isSmall
            ? options with
            {
                CacheBytesMax = CacheBytes, JournalBytesMax = _journalBytes, SegmentEventsMax = 64, SegmentsMax = _segmentsMax,
            }
            : options with { SegmentEventsMax = 1024, SegmentsMax = 1000 });
        _rank.Start();
        for (int directory = 0; directory < Directories; directory++)
        {
            Do(ClientOp.MakeDirectory, $"/d{directory:D2}");
            for (int file = 0; file < FilesEach; file++)
                Do(ClientOp.Create, string.Create(CultureInfo.InvariantCulture, $"/d{directory:D2}/f{file:D3}"));
        }
    }

    public void Dispose() => _rank.Dispose();

    [Theory]
    [InlineData(4)]
    [InlineData(1000)]
    public void AJournalOfMoreThanTheCache_IsTakenIn_AndItsRoomGivenBack(int segmentsMax)
    {
        _isSmall = true;
        _segmentsMax = segmentsMax;
        _rank.Crash();
        _rank.Start();
        Assert.Equal(RankState.Active, _rank.Rank.State);
        Assert.Equal(segmentsMax > 4, _rank.Rank.Cache.Pool.BytesUsed > 2 * CacheBytes);

        for (int file = 0; file < 1000; file++)
            Do(ClientOp.Create, string.Create(CultureInfo.InvariantCulture, $"/d{file % Directories:D2}/g{file:D3}"));
        Assert.Equal(CacheBytes, _rank.Rank.Cache.Pool.BytesMax);
        Assert.InRange(_rank.Rank.Cache.Pool.BytesUsed, 0, CacheBytes);
        for (int directory = 0; directory < Directories; directory++)
            Assert.Equal(FilesEach + (1000 / Directories), _rank.List($"/d{directory:D2}").Count);
        Assert.Empty(_rank.Rank.Cache.Audit(3));
    }

    [Fact]
    public void AJournalForWhichThereIsNoRoomAtAll_IsNotCalledDamaged()
    {
        _isSmall = true;
        _journalBytes = 0;
        _rank.Crash();
        _rank.Start();
        Assert.Equal(RankState.Failed, _rank.Rank.State);
        Assert.Contains("cannot be taken in: no memory; give the rank", _rank.Rank.Problem, StringComparison.Ordinal);
    }

    private void Do(ClientOp op, string path)
    {
        ClientReply reply = _rank.Call(op, path);
        Assert.True(reply.Error.IsNone, $"{op} {path}: {reply.Error.Name}");
    }
}
