// Writes over empty and clean ranges: cases 36-38, 40-42, 52-55 of the catalogue.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class WriteTests
{
    [Fact]
    public void OC036_WriteOnEmptyIsDirtyAndReadsNothing()
    {
        using CacheFixture f = new();

        PendingResult write = f.W(A, 0, 4 * K);

        Assert.True(write.IsOk);
        Assert.Equal("0~4K DIRTY", f.Nrl(A));
        Assert.Equal(4096, f.Statistics.DirtyBytes);
        Assert.Equal(4096, f.DirtyOrTx());
        Assert.True(f.Cache.IsDirtyOrCommitting(f.S));
        Assert.Empty(f.TakeIssued());
    }

    [Fact]
    public void OC037_UnalignedWriteKeepsItsExactBytes()
    {
        using CacheFixture f = new();
        f.Backend.Store.Fill(A, 0, 8 * K, (byte)'s');

        Assert.True(f.W(A, 100, 10, 'w').IsOk);

        Assert.Equal("100~10 DIRTY", f.Nrl(A));
        Assert.Equal(10, f.Statistics.DirtyBytes);
        Assert.Equal(Bytes(10, 'w'), f.Cached(A, 100, 10));
        PendingRead read = f.R(A, 0, 4 * K);
        Assert.Equal(["read A 0~100", "read A 110~3986"], f.TakeIssued());
        f.CompleteAll();
        Assert.True(read.Holds(0, 100, 's') && read.Holds(100, 10, 'w') && read.Holds(110, 3986, 's'));
        Assert.Equal("0~100 CLEAN,100~10 DIRTY,110~3986 CLEAN", f.Nrl(A));
    }

    [Fact]
    public void OC037_UnalignedWriteIsWrittenBackExactly()
    {
        using CacheFixture f = new();
        f.Backend.Store.Fill(A, 0, 8 * K, (byte)'s');
        f.W(A, 100, 10, 'w');

        PendingResult flush = f.Flush();

        Assert.Equal(["write A 100~10"], f.TakeIssued());
        f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.Equal(Bytes(10, 'w'), f.Backend.Durable.Read(A, 100, 10));
        Assert.Equal(Bytes(90, 's'), f.Backend.Store.Read(A, 10, 90));
    }

    [Fact]
    public void OC038_OverwriteOfTheMiddleOfCleanData()
    {
        using CacheFixture f = new();
        f.Backend.Store.Fill(A, 0, 12 * K, (byte)'s');
        f.ReadIn(A, 0, 12 * K);

        f.W(A, 4 * K, 4 * K, 'w');

        Assert.Equal("0~4K CLEAN,4K~4K DIRTY,8K~4K CLEAN", f.Nrl(A));
        PendingRead read = f.R(A, 0, 12 * K);
        Assert.True(read.Holds(0, 4 * K, 's') && read.Holds(4 * K, 4 * K, 'w') && read.Holds(8 * K, 4 * K, 's'));
        Assert.Empty(f.TakeIssued());
    }

    [Fact]
    public void OC040_AdjacentWritesAreOneRunAndOneRequest()
    {
        using CacheFixture f = new();

        f.W(A, 0, 4 * K, '1');
        f.W(A, 4 * K, 4 * K, '2');

        Assert.Equal("0~8K DIRTY", f.Nrl(A));
        PendingResult flush = f.Flush();
        Assert.Equal(["write A 0~8K"], f.TakeIssued());
        f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.Equal([.. Bytes(4 * K, '1'), .. Bytes(4 * K, '2')], f.Backend.Store.Read(A, 0, 8 * K));
    }

    [Fact]
    public void OC041_OD001_FragmentsGoToTheirPlaces()
    {
        using CacheFixture f = new();
        byte[] source = [.. Bytes(4 * K, '1'), .. Bytes(4 * K, '2'), .. Bytes(4 * K, '3')];
        ExtentList extents = new();
        extents.Add(A, 0, 4 * K, 0);
        extents.AddFragment(8 * K, 4 * K);
        extents.Add(B, 0, 4 * K, 4 * K);

        Assert.True(f.W(extents, source).IsOk);

        Assert.Equal([.. Bytes(4 * K, '1'), .. Bytes(4 * K, '3')], f.Cached(A, 0, 8 * K));
        Assert.Equal(Bytes(4 * K, '2'), f.Cached(B, 0, 4 * K));
        PendingResult flush = f.Flush();
        f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.Equal([.. Bytes(4 * K, '1'), .. Bytes(4 * K, '3')], f.Backend.Store.Read(A, 0, 8 * K));
        Assert.Equal(Bytes(4 * K, '2'), f.Backend.Store.Read(B, 0, 4 * K));
    }

    [Fact]
    public void OC041_SourceOfSeveralSegments()
    {
        using CacheFixture f = new();
        byte[] one = Bytes(3000, '1');
        byte[] two = Bytes(5000, '2');
        SequenceSegment last = new(two, one.Length);
        SequenceSegment first = new(one, 0, last);
        System.Buffers.ReadOnlySequence<byte> source = new(first, 0, last, two.Length);

        Assert.True(f.W(Extent(A, 50, 8000), source).IsOk);

        Assert.Equal([.. one, .. two], f.Cached(A, 50, 8000));
    }

    [Fact]
    public void OC042_CallersBufferIsFreeAfterTheAck()
    {
        using CacheFixture f = new();
        byte[] source = Bytes(4 * K, '1');
        Assert.True(f.W(Extent(A, 0, 4 * K), source).IsOk);

        source.AsSpan().Fill((byte)'x');

        Assert.Equal(Bytes(4 * K, '1'), f.Cached(A, 0, 4 * K));
        f.Flush();
        f.CompleteAll();
        Assert.Equal(Bytes(4 * K, '1'), f.Backend.Store.Read(A, 0, 4 * K));
    }

    [Fact]
    public void OC052_OD008_OD028_ModificationTimeSurvivesASplit()
    {
        using CacheFixture f = new();
        DateTimeOffset modifiedAt = new(2020, 2, 2, 2, 2, 2, TimeSpan.Zero);
        f.W(A, 0, 12 * K, 'w', new WriteOptions { ModifiedAt = modifiedAt });
        f.Discard(A, 4 * K, 4 * K);

        f.Flush();

        Assert.Equal(["write A 0~4K", "write A 8K~4K"], f.TakeIssued());
        Assert.All(f.Backend.Pending, write => Assert.Equal(modifiedAt, write.ModifiedAt));
    }

    [Fact]
    public void OC053_OD038_ZeroLengthWriteDoesNothing()
    {
        using CacheFixture f = new();

        Assert.True(f.W(A, 0, 0).IsOk);

        Assert.Equal(0, f.Statistics.Objects);
        Assert.False(f.Cache.IsDirtyOrCommitting(f.S));
        Assert.True(f.Flush().AlreadyClean);
    }

    [Fact]
    public void OC054_ErrorPieceIsOverwritten()
    {
        using CacheFixture f = new();
        f.R(A, 0, 4 * K);
        f.CompletePending(IoError.Io);
        Assert.Equal("0~4K ERROR", f.Nrl(A));

        f.W(A, 0, 4 * K, 'w');

        Assert.Equal("0~4K DIRTY", f.Nrl(A));
        Assert.Equal(0, f.Statistics.ErrorBytes);
        Assert.Equal(Bytes(4 * K, 'w'), f.Cached(A, 0, 4 * K));
    }

    [Fact]
    public void OC054_OD009_SplitErrorPieceReadsAgain()
    {
        using CacheFixture f = new();
        f.R(A, 0, 12 * K);
        f.CompletePending(IoError.Io);

        f.W(A, 4 * K, 4 * K, 'w');

        Assert.Equal("0~4K ERROR,4K~4K DIRTY,8K~4K ERROR", f.Nrl(A));
        _ = f.TakeIssued();
        PendingRead read = f.R(A, 0, 12 * K);
        Assert.Equal(["read A 0~4K", "read A 8K~4K"], f.TakeIssued());
        f.Complete("read A 8K~4K");
        f.Complete("read A 0~4K", IoError.NoSpace);
        Assert.Equal(IoError.NoSpace, read.Error);
        Assert.Equal("0~4K ERROR,4K~4K DIRTY,8K~4K CLEAN", f.Nrl(A));
    }

    [Fact]
    public void OC054_WriteInsideAnErrorBlock()
    {
        using CacheFixture f = new();
        f.Backend.Store.Fill(A, 0, 4 * K, (byte)'s');
        f.R(A, 0, 4 * K);
        f.CompletePending(IoError.Io);

        f.W(A, 100, 10, 'w');
        PendingRead read = f.R(A, 0, 4 * K);
        f.CompleteAll();

        Assert.True(read.IsOk);
        Assert.True(read.Holds(0, 100, 's') && read.Holds(100, 10, 'w') && read.Holds(110, 3986, 's'));
    }

    [Fact]
    public void OC055_ObjectOfAnotherSetIsRefused()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, '1');
        ObjectSet other = f.Cache.CreateSet(new ObjectSetOptions { Prefix = "s" });

        IoError error = f.Cache.Write(other, Extent(A, 0, 4 * K), Bytes(4 * K, '2'));
        IoResult read = f.Cache.Read(other, Extent(A, 0, 4 * K), new byte[4 * K]);
        f.Audit();

        Assert.Equal(IoError.Invalid, error);
        Assert.Equal(IoError.Invalid, read.Error);
        Assert.Equal("0~4K DIRTY", f.Nrl(A));
        Assert.Equal(Bytes(4 * K, '1'), f.Cached(A, 0, 4 * K));
        Assert.Equal(1, f.Statistics.Objects);
        Assert.False(f.Cache.IsDirtyOrCommitting(other));
    }

    private sealed class SequenceSegment : System.Buffers.ReadOnlySequenceSegment<byte>
    {
        public SequenceSegment(byte[] bytes, long index, SequenceSegment? next = null)
        {
            Memory = bytes;
            RunningIndex = index;
            Next = next;
        }
    }
}
