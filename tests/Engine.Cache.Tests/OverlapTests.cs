// Writes into ranges that are being read or written: cases 19-21, 39, 43, 44 of the catalogue.

namespace Engine.Cache.Tests;

public sealed class OverlapTests
{
    private static readonly BackendCapabilities s_sectors =
        ManualBackend.Default with { ReadAlignment = 512, WriteAlignment = 512 };

    [Fact]
    public void OC019_WriteIntoTheMiddleOfARead()
    {
        using CacheFixture f = new();
        PendingRead read = f.R(A, 0, 12 * K);

        f.W(A, 4 * K, 4 * K, 'N');
        Assert.Equal("0~4K RX,4K~4K DIRTY,8K~4K RX", f.Nrl(A));
        f.CompleteWith("read A 0~12K", 'o');

        Assert.True(read.IsOk);
        Assert.True(read.Holds(0, 4 * K, 'o') && read.Holds(4 * K, 4 * K, 'N') && read.Holds(8 * K, 4 * K, 'o'));
        Assert.Equal("0~4K CLEAN,4K~4K DIRTY,8K~4K CLEAN", f.Nrl(A));
    }

    [Fact]
    public void OC019_UnalignedWriteIntoARead()
    {
        using CacheFixture f = new();
        PendingRead read = f.R(A, 0, 12 * K);

        f.W(A, 5000, 100, 'N');
        Assert.Equal(Bytes(100, 'N'), f.Cached(A, 5000, 100));
        f.CompleteWith("read A 0~12K", 'o');

        Assert.True(read.IsOk);
        Assert.True(read.Holds(0, 5000, 'o') && read.Holds(5000, 100, 'N') && read.Holds(5100, 12 * K - 5100, 'o'));
    }

    [Fact]
    public void OC020_WriteCoveringTheWholeReadServesTheReader()
    {
        using CacheFixture f = new();
        PendingRead read = f.R(A, 0, 4 * K);

        f.W(A, 0, 4 * K, 'N');

        Assert.True(read.IsOk && read.Holds('N'));
        f.CompleteWith("read A 0~4K", 'o');
        Assert.Equal("0~4K DIRTY", f.Nrl(A));
        Assert.Equal(Bytes(4 * K, 'N'), f.Cached(A, 0, 4 * K));
    }

    [Fact]
    public void OC021_OD006_StaleReplyAfterWriteFlushAndRelease()
    {
        using CacheFixture f = new();
        PendingRead read = f.R(A, 0, 4 * K);
        f.W(A, 0, 4 * K, 'N');
        PendingResult flush = f.Flush();
        f.Complete("write A 0~4K");
        Assert.True(flush.IsOk);
        f.Release();

        f.CompleteWith("read A 0~4K", 'o');

        Assert.True(read.IsOk && read.Holds('N'));
        Assert.Equal(0, f.Statistics.ReadsOutstanding);
        Assert.Equal(0, f.Statistics.Blocks);
        Assert.Equal(0, f.Statistics.ChargedBytes);
        PendingRead again = f.R(A, 0, 4 * K);
        f.CompleteAll();
        Assert.True(again.Holds('N'));
    }

    [Fact]
    public void OC021_StaleReplyDoesNotFillANewRead()
    {
        using CacheFixture f = new();
        f.R(A, 0, 4 * K);
        PendingOperation stale = f.Backend.Only();
        f.W(A, 0, 4 * K, 'N');
        f.Flush();
        f.Complete("write A 0~4K");
        f.Release();

        PendingRead again = f.R(A, 0, 4 * K);
        f.Backend.CompleteWith(stale, (byte)'o');
        f.Audit();

        Assert.False(again.IsCompleted);
        f.CompleteAll();
        Assert.True(again.Holds('N'));
    }

    /// <summary>Two reads into the block's older memory, one of them forgotten, and a forgotten one into its present memory: the
    /// block must not go back to the older.</summary>
    [Fact]
    public void OC019_ReadsOfOlderMemoryDoNotMeetTheWrite()
    {
        using CacheFixture f = new(capabilities: s_sectors);
        f.R(A, 1536, 512);
        f.R(A, 1024, 512);
        f.W(A, 1536, 512, 'N');
        f.R(A, 2048, 512);
        f.Discard(A, 2048, 512, DiscardMode.Zeroed);

        f.CompleteWith("read A 1K~512", 'o');
        f.CompleteWith("read A 1536~512", 'o');

        Assert.Equal(Bytes(512, 'N'), f.Cached(A, 1536, 512));
        Assert.Equal(Bytes(512, 'o'), f.Cached(A, 1024, 512));
        f.Flush();
        f.CompleteAll();
        Assert.Equal(Bytes(512, 'N'), f.Backend.Store.Read(A, 1536, 512));
    }

    [Fact]
    public void OC019_AReadDoesNotChangeTheOlderMemoryThatAWriteIsSentFrom()
    {
        using CacheFixture f = new(capabilities: s_sectors);
        f.W(A, 0, 512, 'o');
        f.Flush();
        f.R(A, 1024, 512);
        f.W(A, 0, 512, 'N');
        f.R(A, 2048, 512);
        f.Discard(A, 2048, 512, DiscardMode.Zeroed);

        f.Complete("read A 1K~512");
        f.Complete("write A 0~512");

        Assert.Equal(Bytes(512, 'o'), f.Backend.Store.Read(A, 0, 512));
        Assert.Equal(Bytes(512, 'N'), f.Cached(A, 0, 512));
        f.CompleteAll();
    }

    [Fact]
    public void OC039_OverwriteSpanningEveryState()
    {
        using CacheFixture f = new();
        f.ReadIn(A, 0, 4 * K);
        f.W(A, 8 * K, 4 * K, 't');
        PendingResult first = f.Flush();
        f.W(A, 12 * K, 4 * K, 'd');
        Assert.Equal("0~4K CLEAN,8K~4K TX,12K~4K DIRTY", f.Nrl(A));

        f.W(A, 0, 16 * K, 'n');

        Assert.Equal("0~16K DIRTY", f.Nrl(A));
        Assert.Equal(16 * K, f.Statistics.DirtyBytes);
        Assert.Equal(0, f.Statistics.TxBytes);
        f.Complete("write A 8K~4K");
        Assert.True(first.IsOk);
        Assert.Equal("0~16K DIRTY", f.Nrl(A));
        PendingResult second = f.Flush();
        f.CompleteAll();
        Assert.True(second.IsOk);
        Assert.Equal(Bytes(16 * K, 'n'), f.Backend.Durable.Read(A, 0, 16 * K));
    }

    [Fact]
    public void OC043_OverwriteDuringWriteback()
    {
        using CacheFixture f = new();
        f.W(A, 0, 8 * K, '1');
        PendingResult first = f.Flush();
        Assert.Equal(["write A 0~8K"], f.TakeIssued());

        f.W(A, 0, 4 * K, '2');
        PendingResult second = f.Flush();

        Assert.Equal("0~4K DIRTY,4K~4K TX", f.Nrl(A));
        Assert.Empty(f.TakeIssued());
        Assert.Equal([.. Bytes(4 * K, '2'), .. Bytes(4 * K, '1')], f.Cached(A, 0, 8 * K));
        f.Complete("write A 0~8K");
        Assert.True(first.IsOk);
        Assert.False(second.IsCompleted);
        Assert.Equal(["write A 0~4K"], f.TakeIssued());
        f.Complete("write A 0~4K");
        Assert.True(second.IsOk);
        Assert.Equal([.. Bytes(4 * K, '2'), .. Bytes(4 * K, '1')], f.Backend.Durable.Read(A, 0, 8 * K));
    }

    [Fact]
    public void OC043_UnalignedOverwriteDuringWriteback()
    {
        using CacheFixture f = new();
        f.W(A, 0, 8 * K, '1');
        f.Flush();

        f.W(A, 4000, 200, '2');

        byte[] expected = Bytes(8 * K, '1');
        expected.AsSpan(4000, 200).Fill((byte)'2');
        Assert.Equal("0~4000 TX,4000~200 DIRTY,4200~3992 TX", f.Nrl(A));
        Assert.Equal(expected, f.Cached(A, 0, 8 * K));
        f.Complete("write A 0~8K");
        Assert.Equal(expected, f.Cached(A, 0, 8 * K));
        f.Flush();
        f.CompleteAll();
        Assert.Equal(expected, f.Backend.Durable.Read(A, 0, 8 * K));
    }

    [Fact]
    public void OC044_FailureOfAnOverwrittenWrite()
    {
        using CacheFixture f = new();
        f.W(A, 0, 8 * K, '1');
        PendingResult first = f.Flush();
        f.W(A, 0, 4 * K, '2');

        f.Complete("write A 0~8K", IoError.Io);

        Assert.Equal(IoError.Io, first.Error);
        Assert.Equal("0~8K DIRTY", f.Nrl(A));
        Assert.Equal([.. Bytes(4 * K, '2'), .. Bytes(4 * K, '1')], f.Cached(A, 0, 8 * K));
        PendingResult second = f.Flush();
        f.CompleteAll();
        Assert.True(second.IsOk);
        Assert.Equal([.. Bytes(4 * K, '2'), .. Bytes(4 * K, '1')], f.Backend.Durable.Read(A, 0, 8 * K));
    }

    [Fact]
    public void OC044_ReadOfARangeWhoseWriteFailedAndWasOverwrittenInPart()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, '1');
        f.Flush();
        f.W(A, 1000, 10, '2');

        f.Complete("write A 0~4K", IoError.Io);

        byte[] expected = Bytes(4 * K, '1');
        expected.AsSpan(1000, 10).Fill((byte)'2');
        Assert.Equal("0~4K DIRTY", f.Nrl(A));
        Assert.Equal(expected, f.Cached(A, 0, 4 * K));
    }
}
