// Reads: cases 9, 10-15, 22-24, 32 and 33 of the catalogue: what is asked of the store, and what readers get.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class ReadTests
{
    public static TheoryData<string> InvalidExtents =>
    [
        "sum", "overlap in buffer", "zero length", "hole", "too long", "overlap in object", "negative offset", "past the end",
        "unordered",
    ];

    [Theory]
    [MemberData(nameof(InvalidExtents))]
    public void OC009_InvalidExtentsAreRefusedWithoutStateChange(string kind)
    {
        using CacheFixture f = new();
        ExtentList extents = Invalid(kind, out int length);

        Assert.Equal(IoError.Invalid, f.R(extents, length).Error);
        Assert.Equal(IoError.Invalid, f.W(extents, new byte[length]).Error);

        Assert.Empty(f.TakeIssued());
        CacheStatistics after = f.Statistics;
        Assert.Equal(0, after.Objects);
        Assert.Equal(0, after.Blocks);
        Assert.Equal(0, after.DataRead + after.DataWritten + after.OpsHit + after.OpsMiss);
    }

    [Fact]
    public void OC009_BufferOfAnotherLengthThanTheExtentsIsRefused()
    {
        using CacheFixture f = new();

        Assert.Equal(IoError.Invalid, f.R(Extent(A, 0, 4 * K), 8 * K).Error);
        Assert.Equal(IoError.Invalid, f.W(Extent(A, 0, 8 * K), new byte[4 * K]).Error);

        Assert.Empty(f.TakeIssued());
        Assert.Equal(0, f.Statistics.Objects);
    }

    [Fact]
    public void OC010_MissReadsTheRangeOnce()
    {
        using CacheFixture f = new();
        f.Backend.Store.Fill(A, 0, 4 * K, (byte)'s');

        PendingRead read = f.R(A, 0, 4 * K);

        Assert.False(read.IsCompleted);
        Assert.Equal(["read A 0~4K"], f.TakeIssued());
        Assert.Equal("0~4K RX", f.Nrl(A));
        f.Complete("read A 0~4K");
        Assert.True(read.IsOk);
        Assert.Equal(4 * K, read.Bytes);
        Assert.True(read.Holds('s'));
        Assert.Equal("0~4K CLEAN", f.Nrl(A));
        Assert.Equal(1, f.Statistics.OpsMiss);
        Assert.Equal(4096, f.Statistics.BytesMiss);
        Assert.Empty(f.TakeIssued());
    }

    [Fact]
    public void OC011_HitCompletesAtOnceWithoutIo()
    {
        using CacheFixture f = new();
        f.Backend.Store.Fill(A, 0, 4 * K, (byte)'s');
        f.ReadIn(A, 0, 4 * K);
        long hitBefore = f.Statistics.BytesHit;

        PendingRead read = f.R(A, 0, 4 * K);

        Assert.True(read.IsOk);
        Assert.True(read.Holds('s'));
        Assert.Empty(f.TakeIssued());
        Assert.Equal(4096, f.Statistics.BytesHit - hitBefore);
        Assert.Equal(1, f.Statistics.OpsHit);
    }

    [Fact]
    public void OC012_PartialHitReadsOnlyTheHoles()
    {
        using CacheFixture f = new();
        f.Backend.Store.Fill(A, 0, 4 * K, (byte)'a');
        f.Backend.Store.Fill(A, 4 * K, 4 * K, (byte)'b');
        f.Backend.Store.Fill(A, 8 * K, 4 * K, (byte)'c');
        f.ReadIn(A, 4 * K, 4 * K);
        CacheStatistics before = f.Statistics;

        PendingRead read = f.R(A, 0, 12 * K);

        Assert.Equal(["read A 0~4K", "read A 8K~4K"], f.TakeIssued());
        f.CompleteAll();
        Assert.True(read.IsOk);
        Assert.True(read.Holds(0, 4 * K, 'a') && read.Holds(4 * K, 4 * K, 'b') && read.Holds(8 * K, 4 * K, 'c'));
        CacheStatistics after = f.Statistics;
        Assert.Equal(8 * K, after.BytesMiss - before.BytesMiss);
        Assert.Equal(0, after.BytesHit - before.BytesHit);
        Assert.Equal(1, after.OpsMiss - before.OpsMiss);
        Assert.Equal(0, after.OpsHit - before.OpsHit);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OC013_ReadJoinsWhatIsBeingRead(bool secondReplyFirst)
    {
        using CacheFixture f = new();
        f.Backend.Store.Fill(A, 0, 12 * K, (byte)'s');

        PendingRead first = f.R(A, 0, 8 * K);
        Assert.Equal(["read A 0~8K"], f.TakeIssued());
        PendingRead second = f.R(A, 4 * K, 8 * K);
        Assert.Equal(["read A 8K~4K"], f.TakeIssued());

        f.Complete(secondReplyFirst ? "read A 8K~4K" : "read A 0~8K");
        Assert.Equal(!secondReplyFirst, first.IsCompleted);
        Assert.False(second.IsCompleted);
        f.CompleteAll();

        Assert.True(first.IsOk && second.IsOk);
        Assert.True(first.Order < second.Order);
        Assert.True(first.Holds('s') && second.Holds('s'));
    }

    [Fact]
    public void OC014_RepliesOutOfOrder()
    {
        using CacheFixture f = new();
        f.Backend.Store.Fill(A, 0, 12 * K, (byte)'s');
        f.ReadIn(A, 4 * K, 4 * K);
        PendingRead read = f.R(A, 0, 12 * K);

        f.CompleteWith("read A 8K~4K", 'c');
        Assert.False(read.IsCompleted);
        f.CompleteWith("read A 0~4K", 'a');

        Assert.True(read.IsOk);
        Assert.True(read.Holds(0, 4 * K, 'a') && read.Holds(4 * K, 4 * K, 's') && read.Holds(8 * K, 4 * K, 'c'));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(5000)]
    [InlineData(8 * K - 1)]
    public void OC015_ShortReplyReadsAsZerosBehind(int bytes)
    {
        using CacheFixture f = new();
        f.Backend.Store.Fill(A, 0, 8 * K, (byte)'s');
        PendingRead read = f.R(A, 0, 8 * K);

        f.Backend.CompleteShort(f.Backend.Only(), bytes);
        f.Audit();

        Assert.True(read.IsOk);
        Assert.Equal(8192, read.Bytes);
        Assert.True(read.Holds(0, bytes, 's'));
        Assert.True(read.Holds(bytes, 8 * K - bytes, '\0'));
        Assert.Equal("0~8K CLEAN", f.Nrl(A));
        Assert.Equal(read.Buffer, f.Cached(A, 0, 8 * K));
    }

    [Fact]
    public void OC015_NoSuchObjectReadsAsZeros()
    {
        using CacheFixture f = new();
        PendingRead read = f.R(A, 0, 8 * K);

        f.Complete("read A 0~8K", IoError.NoEntry);

        Assert.True(read.IsOk);
        Assert.True(read.Holds('\0'));
    }

    [Fact]
    public void OC022_MultiExtentReadFillsSwappedFragments()
    {
        using CacheFixture f = new();
        f.Backend.Store.Fill(A, 0, 4 * K, (byte)'a');
        f.Backend.Store.Fill(B, 0, 4 * K, (byte)'b');
        ExtentList extents = new();
        extents.Add(A, 0, 4 * K, 4 * K);
        extents.Add(B, 0, 4 * K, 0);

        PendingRead read = f.R(extents, 8 * K);
        f.CompleteAll();

        Assert.True(read.IsOk);
        Assert.Equal(8 * K, read.Bytes);
        Assert.True(read.Holds(0, 4 * K, 'b') && read.Holds(4 * K, 4 * K, 'a'));
    }

    [Fact]
    public void OC023_StripedReadWithPiecesThatEndInsideFragments()
    {
        using CacheFixture f = new();
        f.Backend.Store.Fill(A, 0, 12 * K, (byte)'a');
        f.Backend.Store.Fill(B, 0, 12 * K, (byte)'b');
        f.ReadIn(A, 0, 4 * K);
        f.W(A, 8 * K, 2 * K, 'w');
        ExtentList extents = new();
        extents.Add(A, 0, 6 * K, 0);
        extents.AddFragment(12 * K, 6 * K);
        extents.Add(B, 0, 6 * K, 6 * K);
        extents.AddFragment(18 * K, 6 * K);

        PendingRead read = f.R(extents, 24 * K);
        f.CompleteAll();

        Assert.True(read.IsOk);
        Assert.True(read.Holds(0, 6 * K, 'a') && read.Holds(6 * K, 6 * K, 'b') && read.Holds(12 * K, 2 * K, 'a'));
        Assert.True(read.Holds(14 * K, 2 * K, 'w') && read.Holds(16 * K, 2 * K, 'a') && read.Holds(18 * K, 6 * K, 'b'));
    }

    [Fact]
    public void OC024_PrefetchFillsTheCacheAndCounts()
    {
        using CacheFixture f = new();
        f.Backend.Store.Fill(A, 0, 8 * K, (byte)'s');

        PendingResult prefetch = f.Prefetch(A, 0, 8 * K);
        Assert.Equal(["read A 0~8K"], f.TakeIssued());
        f.CompleteAll();

        Assert.True(prefetch.IsOk);
        Assert.Equal(8 * K, prefetch.Bytes);
        Assert.Equal(Bytes(8 * K, 's'), f.Cached(A, 0, 8 * K));
        Assert.Empty(f.TakeIssued());
    }

    [Fact]
    public void OC024_OD036_QueuedPrefetchIsNotLost()
    {
        using CacheFixture f = new(Limits(size: 8 * K, dirtyMax: 8 * K));
        f.R(A, 0, 8 * K);
        PendingResult prefetch = f.Prefetch(B, 0, 4 * K);
        Assert.Equal(["read A 0~8K"], f.TakeIssued());

        f.Complete("read A 0~8K");

        Assert.Equal(["read B 0~4K"], f.TakeIssued());
        f.CompleteAll();
        Assert.True(prefetch.IsOk);
        Assert.Equal("0~4K CLEAN", f.Nrl(B));
    }

    [Fact]
    public void OC032_OD037_BackendThatCompletesInsideTheCall()
    {
        using CacheFixture f = new();
        f.Backend.CompletesInside = true;
        f.Backend.Store.Fill(A, 0, 64 * K, (byte)'s');

        PendingRead read = f.R(A, 0, 64 * K);
        Assert.True(read.IsOk && read.Holds('s'));
        Assert.True(f.W(A, 4 * K, 4 * K, 'w').IsOk);
        Assert.True(f.Flush().IsOk);

        byte[] blocking = new byte[8 * K];
        IoResult result = f.Cache.Read(f.S, Extent(B, 0, 8 * K), blocking);
        Assert.Equal(IoResult.Ok(8 * K), result);
        Assert.Equal(IoError.None, f.Cache.Write(f.S, Extent(B, 0, 8 * K), Bytes(8 * K, 'x'), new WriteOptions { Fua = true }));
        Assert.Equal(Bytes(8 * K, 'x'), f.Backend.Durable.Read(B, 0, 8 * K));
        f.Audit();
    }

    [Fact]
    public void OC032_ErrorInsideTheCall()
    {
        using CacheFixture f = new();
        f.Backend.CompletesInside = true;
        f.Backend.InsideError = _ => IoError.Io;

        Assert.Equal(IoError.Io, f.R(A, 0, 4 * K).Error);
        Assert.True(f.W(A, 0, 4 * K).IsOk);
        Assert.Equal(IoError.Io, f.Flush().Error);
        Assert.Equal("0~4K DIRTY", f.Nrl(A));
    }

    [Fact]
    public void OC033_OD038_ZeroLengthReadDoesNothing()
    {
        using CacheFixture f = new();

        PendingRead read = f.R(A, 0, 0);

        Assert.True(read.IsOk);
        Assert.Equal(0, read.Bytes);
        Assert.Equal(0, f.Statistics.Objects);
        Assert.Empty(f.TakeIssued());
    }

    private static ExtentList Invalid(string kind, out int length)
    {
        ExtentList extents = new();
        length = 8 * K;
        switch (kind)
        {
            case "sum":
                extents.AddRaw(A, 0, 8 * K, [new BufferExtent(0, 4 * K)]);
                break;
            case "overlap in buffer":
                extents.AddRaw(A, 0, 8 * K, [new BufferExtent(0, 4 * K), new BufferExtent(2 * K, 4 * K)]);
                break;
            case "zero length":
                extents.Add(A, 0, 8 * K, 0);
                extents.AddRaw(B, 0, 0, []);
                break;
            case "hole":
                extents.Add(A, 0, 4 * K, 0);
                extents.Add(B, 0, 4 * K, 6 * K);
                break;
            case "too long":
                extents.Add(A, 0, int.MaxValue, 0);
                extents.Add(B, 0, 8 * K, 0);
                break;
            case "overlap in object":
                extents.Add(A, 0, 4 * K, 0);
                extents.Add(A, 2 * K, 4 * K, 4 * K);
                break;
            case "negative offset":
                extents.Add(A, -4096, 8 * K, 0);
                break;
            case "past the end":
                extents.Add(A, long.MaxValue - 100, 8 * K, 0);
                break;
            default:
                extents.AddRaw(A, 0, 8 * K, [new BufferExtent(4 * K, 4 * K), new BufferExtent(0, 4 * K)]);
                break;
        }

        return extents;
    }
}
