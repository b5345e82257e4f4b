// Reads that the store fails: cases 16-18 and 35 of the catalogue.

namespace Engine.Cache.Tests;

public sealed class ReadErrorTests
{
    [Fact]
    public void OC016_ErrorFailsTheReaderAndTheNextReadAsksAgain()
    {
        using CacheFixture f = new();
        PendingRead read = f.R(A, 0, 8 * K);

        f.Complete("read A 0~8K", IoError.Io);

        Assert.Equal(IoError.Io, read.Error);
        Assert.Equal("0~8K ERROR", f.Nrl(A));
        _ = f.TakeIssued();
        PendingRead again = f.R(A, 0, 8 * K);
        Assert.Equal(["read A 0~8K"], f.TakeIssued());
        f.CompleteAll();
        Assert.True(again.IsOk);
        Assert.Equal("0~8K CLEAN", f.Nrl(A));
    }

    [Fact]
    public void OC017_OneOfTwoPiecesFails()
    {
        using CacheFixture f = new();
        f.W(A, 4 * K, 4 * K, 'd');
        PendingRead read = f.R(A, 0, 12 * K);
        Assert.Equal(["read A 0~4K", "read A 8K~4K"], f.TakeIssued());

        f.Complete("read A 0~4K", IoError.Io);
        f.Complete("read A 8K~4K");

        Assert.Equal(IoError.Io, read.Error);
        Assert.Equal("0~4K ERROR,4K~4K DIRTY,8K~4K CLEAN", f.Nrl(A));
        PendingRead again = f.R(A, 0, 12 * K);
        Assert.Equal(["read A 0~4K"], f.TakeIssued());
        f.CompleteAll();
        Assert.True(again.IsOk);
        Assert.True(again.Holds(4 * K, 4 * K, 'd'));
    }

    [Fact]
    public void OC017_TheErrorAtTheLowestOffsetIsReported()
    {
        using CacheFixture f = new();
        f.W(A, 4 * K, 4 * K, 'd');
        PendingRead read = f.R(A, 0, 12 * K);

        f.Complete("read A 8K~4K", IoError.NoSpace);
        f.Complete("read A 0~4K", IoError.Io);

        Assert.Equal(IoError.Io, read.Error);
    }

    [Fact]
    public void OC018_LaterReaderIsNotFailedByAnOldError()
    {
        using CacheFixture f = new();
        PendingRead first = f.R(A, 0, 4 * K);
        f.Complete("read A 0~4K", IoError.Io);
        Assert.Equal(IoError.Io, first.Error);
        _ = f.TakeIssued();

        PendingRead second = f.R(A, 0, 4 * K);

        Assert.False(second.IsCompleted);
        Assert.Equal(["read A 0~4K"], f.TakeIssued());
        f.CompleteWith("read A 0~4K", 'n');
        Assert.True(second.Holds('n'));
    }

    [Fact]
    public void OC018_EveryReaderOfTheFailedReadFails()
    {
        using CacheFixture f = new();
        PendingRead first = f.R(A, 0, 4 * K);
        PendingRead joined = f.R(A, 0, 4 * K);

        f.Complete("read A 0~4K", IoError.Io);

        Assert.Equal(IoError.Io, first.Error);
        Assert.Equal(IoError.Io, joined.Error);
        Assert.True(first.Order < joined.Order);
    }

    [Fact]
    public void OC035_BufferIsUntouchedOnError()
    {
        using CacheFixture f = new();
        f.ReadIn(A, 0, 4 * K);
        PendingRead read = f.R(A, 0, 12 * K);

        f.Complete("read A 4K~8K", IoError.Io);

        Assert.Equal(IoError.Io, read.Error);
        Assert.True(read.IsUntouched);
    }

    [Fact]
    public void OC035_BufferIsUntouchedWhenTheLaterOfTwoPiecesFails()
    {
        using CacheFixture f = new();
        f.W(A, 4 * K, 4 * K);
        PendingRead read = f.R(A, 0, 12 * K);

        f.Complete("read A 0~4K");
        f.Complete("read A 8K~4K", IoError.Io);

        Assert.Equal(IoError.Io, read.Error);
        Assert.True(read.IsUntouched);
    }
}
