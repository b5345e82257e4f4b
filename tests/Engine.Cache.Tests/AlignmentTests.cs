// Stores that take whole sectors only: reads are widened, odd dirty ranges are completed by a fill before they are written.
// The manual backend checks the alignment of every request itself.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class AlignmentTests
{
    private static BackendCapabilities Sectors(int bytes) =>
        ManualBackend.Default with { ReadAlignment = bytes, WriteAlignment = bytes };

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void OddDirtyRangeIsFilledBeforeWriteback(int alignment)
    {
        using CacheFixture f = new(capabilities: Sectors(alignment));
        f.Backend.Store.Fill(A, 0, 8 * K, (byte)'s');
        f.W(A, 100, 10, 'w');

        PendingResult flush = f.Flush();

        Assert.All(f.Backend.Pending, operation => Assert.Equal(PendingKind.Read, operation.Kind));
        Assert.Equal(1, f.Backend.PendingCount);
        f.CompleteAll();
        Assert.True(flush.IsOk);
        AssertStore(f, 100, 10);
    }

    [Fact]
    public void TwoFillsOfOneBlockLeaveTheWindowOpen()
    {
        using CacheFixture f = new(new CacheSettings { WritebackWindow = 1 }, Sectors(512));
        for (int round = 0; round < 3; round++)
        {
            f.W(A, (round * 4 * K) + 100, 10, 'w');
            f.W(A, (round * 4 * K) + 2100, 10, 'w');
            PendingResult flush = f.Flush();
            f.CompleteAll();
            Assert.True(flush.IsOk);
        }
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void AlignedSectorsNeedNoFill(int alignment)
    {
        using CacheFixture f = new(capabilities: Sectors(alignment));
        f.W(A, alignment, alignment, 'w');

        PendingResult flush = f.Flush();

        Assert.Equal(PendingKind.Write, f.Backend.Only().Kind);
        f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.Equal(Bytes(alignment, 'w'), f.Backend.Durable.Read(A, alignment, alignment));
    }

    [Theory]
    [InlineData(512, 4000, 200)]
    [InlineData(4096, 4000, 200)]
    [InlineData(512, 1, 8190)]
    [InlineData(4096, 1, 8190)]
    [InlineData(512, 511, 2)]
    public void RangeOverBlockAndSectorBoundaries(int alignment, int offset, int length)
    {
        using CacheFixture f = new(capabilities: Sectors(alignment));
        f.Backend.Store.Fill(A, 0, 8 * K, (byte)'s');
        f.W(A, offset, length, 'w');

        PendingResult flush = f.Flush();
        f.CompleteAll();

        Assert.True(flush.IsOk);
        AssertStore(f, offset, length);
        PendingRead read = f.R(A, 0, 8 * K);
        f.CompleteAll();
        Assert.True(read.Holds(offset, length, 'w') && read.Holds(0, offset, 's'));
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void FailedFillFailsTheFlushAndKeepsTheData(int alignment)
    {
        using CacheFixture f = new(capabilities: Sectors(alignment));
        f.Backend.Store.Fill(A, 0, 8 * K, (byte)'s');
        f.W(A, 100, 10, 'w');
        PendingResult flush = f.Flush();

        f.CompletePending(IoError.Io);

        Assert.Equal(IoError.Io, flush.Error);
        Assert.Equal(10, f.Statistics.DirtyBytes);
        Assert.Equal(Bytes(10, 'w'), f.Cached(A, 100, 10));
        PendingResult again = f.Flush();
        f.CompleteAll();
        Assert.True(again.IsOk);
        AssertStore(f, 100, 10);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void WriteDuringTheFillIsKept(int alignment)
    {
        using CacheFixture f = new(capabilities: Sectors(alignment));
        f.Backend.Store.Fill(A, 0, 8 * K, (byte)'s');
        f.W(A, 100, 10, 'w');
        PendingResult flush = f.Flush();

        f.W(A, 105, 20, 'w');
        f.CompleteAll();
        PendingResult again = f.Flush();
        f.CompleteAll();

        Assert.True(flush.IsOk && again.IsOk);
        AssertStore(f, 100, 25);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void DiscardDuringTheFill(int alignment)
    {
        using CacheFixture f = new(capabilities: Sectors(alignment));
        f.Backend.Store.Fill(A, 0, 8 * K, (byte)'s');
        f.W(A, 100, 10, 'w');
        PendingResult flush = f.Flush();

        PendingResult discard = f.Discard(A, 0, 4 * K);
        f.CompleteAll();

        Assert.True(discard.IsOk && flush.IsOk);
        Assert.Equal(Bytes(8 * K, 's'), f.Backend.Store.Read(A, 0, 8 * K));
        Assert.False(f.Cache.IsDirtyOrCommitting(f.S));
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void FillOverZeroedPartsKeepsTheZeros(int alignment)
    {
        using CacheFixture f = new(capabilities: Sectors(alignment));
        f.Backend.Store.Fill(A, 0, 8 * K, (byte)'s');
        f.Discard(A, 200, 100, DiscardMode.Zeroed);
        f.W(A, 100, 10, 'w');
        PendingRead before = f.R(A, 0, 4 * K);
        f.CompleteAll();
        Assert.True(before.Holds(0, 100, 's') && before.Holds(100, 10, 'w') && before.Holds(110, 90, 's'));
        Assert.True(before.Holds(200, 100, '\0') && before.Holds(300, 4 * K - 300, 's'));
        PendingResult flush = f.Flush();
        f.CompleteAll();

        Assert.True(flush.IsOk);
        PendingRead after = f.R(A, 0, 4 * K);
        f.CompleteAll();
        Assert.Equal(before.Buffer, after.Buffer);
    }

    [Theory]
    [InlineData(512, "read A 0~512")]
    [InlineData(4096, "read A 0~4K")]
    public void ReadsAreWidenedToTheAlignment(int alignment, string issued)
    {
        using CacheFixture f = new(capabilities: Sectors(alignment));
        f.Backend.Store.Fill(A, 0, 8 * K, (byte)'s');

        PendingRead read = f.R(A, 100, 10);

        Assert.Equal([issued], f.TakeIssued());
        f.CompleteAll();
        Assert.True(read.IsOk && read.Holds('s'));
        Assert.True(f.Cache.IsCached(f.S, Extent(A, 0, alignment)));
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void WidenedReadDoesNotDisturbDirtyBytes(int alignment)
    {
        using CacheFixture f = new(capabilities: Sectors(alignment));
        f.Backend.Store.Fill(A, 0, 8 * K, (byte)'s');
        f.W(A, 100, 10, 'w');

        PendingRead read = f.R(A, 0, 4 * K);
        f.W(A, 300, 10, 'x');
        f.CompleteAll();

        Assert.True(read.IsOk);
        Assert.True(read.Holds(0, 100, 's') && read.Holds(100, 10, 'w') && read.Holds(110, 190, 's'));
        Assert.Equal(Bytes(10, 'x'), f.Cached(A, 300, 10));
        Assert.Equal(20, f.DirtyOrTx());
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void FuaOfAnOddRange(int alignment)
    {
        using CacheFixture f = new(capabilities: Sectors(alignment) with { CommitIsDurable = false });
        f.Backend.Store.Fill(A, 0, 8 * K, (byte)'s');
        f.Backend.Durable.Fill(A, 0, 8 * K, (byte)'s');

        PendingResult write = f.W(A, 100, 10, 'w', new WriteOptions { Fua = true });
        Assert.False(write.IsCompleted);
        f.CompleteAll();

        Assert.True(write.IsOk);
        AssertStore(f, 100, 10);
    }

    private static void AssertStore(CacheFixture f, int offset, int length)
    {
        byte[] expected = Bytes(8 * K, 's');
        expected.AsSpan(offset, length).Fill((byte)'w');
        Assert.Equal(expected, f.Backend.Store.Read(A, 0, 8 * K));
        Assert.Equal(Bytes(length, 'w'), f.Backend.Durable.Read(A, offset, length));
    }
}
