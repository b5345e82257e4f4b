// What a store has done and not reported when its flush fails: the failure speaks of that, too.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class UnreportedTests
{
    private static readonly BackendCapabilities s_volatile = ManualBackend.Default with { CommitIsDurable = false };

    private static readonly CacheSettings s_aging = F0 with { DirtyAgeMax = TimeSpan.FromSeconds(1) };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void FailedFlushOfTheStoreCoversWhatItDidAndHadNotReported(bool isAwaited)
    {
        using CacheFixture f = new(capabilities: s_volatile);
        f.Backend.LosesVolatileOnFailedFlush = true;
        f.W(B, 0, 4 * K, '2');
        PendingResult ofAll = f.Flush();
        f.Perform("write B 0~4K");
        ObjectSet other = f.Cache.CreateSet(new ObjectSetOptions { Prefix = "t" });
        Assert.True(f.Cache.TryWrite(other, A, 0, Bytes(4 * K, '1')));
        PendingResult ofOther = f.Flush(other);
        f.Complete(f.Backend.PendingAt(1));
        f.Complete("flush", IoError.Io);
        Assert.Equal(IoError.Io, ofOther.Error);
        PendingResult? during = isAwaited ? f.Flush() : null;

        f.Complete("write B 0~4K");

        Assert.Equal(IoError.Io, ofAll.Error);
        Assert.Equal(0, f.Statistics.UnstableBytes);
        PendingResult flush = during ?? f.Flush();
        Assert.Equal("0~4K TX", f.Nrl(B));
        f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.Equal(Bytes(4 * K, '2'), f.Backend.Durable.Read(B, 0, 4 * K));
    }

    [Fact]
    public void FailedFlushOfTheStoreKeepsBytesNewerThanWhatItDidAndHadNotReported()
    {
        using CacheFixture f = new(s_aging, s_volatile);
        f.Backend.LosesVolatileOnFailedFlush = true;
        WriteBack(f, B, 0, 4 * K, '0');
        f.W(A, 0, 8 * K, '1');
        f.Advance(TimeSpan.FromSeconds(1.01));
        f.Perform("write A 0~8K");
        f.W(A, 0, 4 * K, '2');
        ObjectSet other = f.Cache.CreateSet(new ObjectSetOptions { Prefix = "t" });
        Assert.True(f.Cache.TryWrite(other, A, 0, Bytes(4 * K, 'x')));
        PendingResult failed = f.Flush(other);
        f.Complete(f.Backend.PendingAt(1));

        f.Complete("flush", IoError.Io);
        f.Complete("write A 0~8K");

        Assert.Equal(IoError.Io, failed.Error);
        Assert.Equal("0~8K DIRTY", f.Nrl(A));
        PendingResult flush = f.Flush();
        f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.Equal([.. Bytes(4 * K, '2'), .. Bytes(4 * K, '1')], f.Backend.Durable.Read(A, 0, 8 * K));
    }

    [Fact]
    public void FuaWriteInFlightSurvivesAFailedFlushOfTheStore()
    {
        using CacheFixture f = new(s_aging, s_volatile);
        f.Backend.LosesVolatileOnFailedFlush = true;
        WriteBack(f, B, 0, 4 * K, '0');
        PendingResult flush = f.Flush();
        PendingResult write = f.W(A, 0, 4 * K, '1', new WriteOptions { Fua = true });
        f.Perform("write A 0~4K fua");

        f.Complete("flush", IoError.Io);
        f.Complete("write A 0~4K fua");

        Assert.Equal(IoError.Io, flush.Error);
        Assert.True(write.IsOk);
        Assert.Equal("0~4K CLEAN", f.Nrl(A));
        Assert.Equal(Bytes(4 * K, '1'), f.Backend.Durable.Read(A, 0, 4 * K));
    }

    /// <summary>Writes, lets the flusher write it back by age, and commits it.</summary>
    private static void WriteBack(CacheFixture f, long objectNumber, long offset, int length, char value)
    {
        f.W(objectNumber, offset, length, value);
        f.Advance(TimeSpan.FromSeconds(1.01));
        foreach (PendingOperation operation in f.Backend.Pending)
        {
            if (operation.Kind == PendingKind.Write)
                f.Complete(operation);
        }
    }
}
