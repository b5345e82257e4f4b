// Start, stop, settings: cases 134-138 of the catalogue.

using System.Buffers;
using System.IO.Pipelines;
using Engine.Cache;
using Engine.Testing;

namespace Engine.Cache.Tests;

public sealed class LifecycleTests
{
    private static readonly TimeSpan s_ample = TimeSpan.FromSeconds(10);

    [Fact]
    public void OC134_StopWithFlushWritesEverything()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, 'd');

        PendingResult stop = f.Stop(StopMode.Flush, s_ample);

        Assert.Equal(["write A 0~4K"], f.TakeIssued());
        Assert.False(stop.IsCompleted);
        f.CompleteAll();
        Assert.True(stop.IsOk);
        Assert.Equal(Bytes(4 * K, 'd'), f.Backend.Durable.Read(A, 0, 4 * K));
        AssertRefused(f);
    }

    [Fact]
    public void OC134_StopMayWaitWithoutLimit()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, 'd');

        PendingResult stop = f.Stop(StopMode.Flush, TimeSpan.MaxValue);

        f.Advance(TimeSpan.FromDays(1000));
        Assert.False(stop.IsCompleted);
        f.CompleteAll();
        Assert.True(stop.IsOk);
        Assert.Equal(Bytes(4 * K, 'd'), f.Backend.Durable.Read(A, 0, 4 * K));
    }

    [Fact]
    public void OC134_ImpossibleTimeoutIsRefusedAndChangesNothing()
    {
        using CacheFixture f = new();

        Assert.Throws<ArgumentOutOfRangeException>(() => f.Stop(StopMode.Flush, TimeSpan.FromSeconds(-2)));

        Assert.True(f.W(A, 0, 4 * K, 'd').IsOk);
    }

    [Fact]
    public void StoreThatTakesTooFewOperationsIsRefused()
    {
        ManualBackend store = new(ManualBackend.Default with { OperationsMax = ObjectCacher.OperationsMin - 1 });

        ArgumentException refused = Assert.Throws<ArgumentException>(
            () => new ObjectCacher(store, F0, new ObjectCacherOptions()));

        Assert.Contains("takes 15 operations at once; a cache needs 16", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ContinuationThatThrowsKeepsNoOtherRequestWaiting()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, 'd');
#pragma warning disable CA2012 // A raw continuation is the point; the result is never taken.
        f.Cache.FlushSetAsync(f.S).GetAwaiter().UnsafeOnCompleted(() => throw new NotSupportedException("from a continuation"));
#pragma warning restore CA2012
        PendingResult second = f.Flush();
        PendingRead read = f.R(B, 0, 4 * K);

        Assert.Throws<NotSupportedException>(() => f.Complete("write A 0~4K"));

        Assert.True(second.IsOk);
        f.Complete("read B 0~4K");
        Assert.True(read.IsOk);
    }

    [Fact]
    public void OC134_StopWithFlushReportsItsError()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, 'd');
        PendingResult stop = f.Stop(StopMode.Flush, s_ample);

        f.CompletePending(IoError.NoSpace);

        Assert.Equal(IoError.NoSpace, stop.Error);
        AssertRefused(f);
    }

    [Fact]
    public void OC134_StopWithAbandonDropsEverything()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, 'd');
        f.ReadIn(B, 0, 4 * K);

        PendingResult stop = f.Stop(StopMode.Abandon, s_ample);

        Assert.True(stop.IsOk);
        Assert.Empty(f.TakeIssued());
        Assert.Equal(0, f.Statistics.ChargedBytes);
        AssertRefused(f);
    }

    [Fact]
    public void OC134_StopWaitsForReadsAndWritesInFlight()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, 'd');
        f.Flush();
        PendingRead read = f.R(B, 0, 4 * K);

        PendingResult stop = f.Stop(StopMode.Flush, s_ample);
        f.Complete("read B 0~4K");
        Assert.False(stop.IsCompleted);
        f.CompleteAll();

        Assert.True(stop.IsOk);
        Assert.True(read.IsCompleted);
    }

    [Fact]
    public void OC135_StopReturnsByItsTimeoutAndLateCompletionsAreIgnored()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, 'd');
        PendingResult flush = f.Flush();
        PendingRead read = f.R(B, 0, 4 * K);
        f.W(C, 0, 4 * K, 'd');

        PendingResult stop = f.Stop(StopMode.Flush, TimeSpan.FromMilliseconds(200));
        f.Advance(TimeSpan.FromMilliseconds(199));
        Assert.False(stop.IsCompleted);
        f.Advance(TimeSpan.FromMilliseconds(1));

        Assert.True(stop.IsCompleted);
        Assert.Equal(IoError.TimedOut, stop.Error);
        Assert.True(flush.IsCompleted && flush.Error.Failed);
        Assert.Equal(IoError.Shutdown, read.Error);
        Assert.True(read.IsUntouched);
        int pending = f.Backend.PendingCount;
        Assert.NotEqual(0, pending);
        foreach (PendingOperation late in f.Backend.Pending)
            f.Backend.Complete(late);
        Assert.Equal(0, f.Backend.PendingCount);
        Assert.True(read.IsUntouched);
    }

    [Fact]
    public void OC135_LateCompletionsAfterDispose()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, 'd');
        f.Flush();
        PendingRead read = f.R(B, 0, 4 * K);
        PendingResult stop = f.Stop(StopMode.Abandon, TimeSpan.FromMilliseconds(200));
        f.Advance(TimeSpan.FromMilliseconds(200));
        Assert.True(stop.IsCompleted);

        f.Cache.Dispose();
        foreach (PendingOperation late in f.Backend.Pending)
            f.Backend.Complete(late);

        Assert.True(read.IsCompleted && read.IsUntouched);
        Assert.Equal(0, f.Backend.PendingCount);
    }

    [Fact]
    public void OC136_StopTwice()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, 'd');
        PendingResult first = f.Stop(StopMode.Flush, s_ample);
        PendingResult second = f.Stop(StopMode.Flush, s_ample);
        f.CompleteAll();
        Assert.True(first.IsOk);
        Assert.True(SpinWait.SpinUntil(() => second.IsCompleted, TimeSpan.FromSeconds(30)), "it may end on another thread");
        Assert.True(second.IsOk);

        Assert.True(f.Stop(StopMode.Abandon, s_ample).IsOk);
        f.Cache.Dispose();
        f.Cache.Dispose();
        Assert.Equal(0, f.Backend.PendingCount);
    }

    [Fact]
    public void OC136_StopBeforeStart()
    {
        using CacheFixture f = new(started: false);
        f.W(A, 0, 4 * K, 'd');

        PendingResult stop = f.Stop(StopMode.Flush, s_ample);
        f.CompleteAll();

        Assert.True(stop.IsOk);
        Assert.Equal(Bytes(4 * K, 'd'), f.Backend.Durable.Read(A, 0, 4 * K));
    }

    [Fact]
    public void OC136_DisposeWithoutStop()
    {
        ManualBackend backend = new();
        ObjectCacherOptions options = new()
        {
            Clock = new ManualClock(),
            Scheduler = PipeScheduler.Inline,
            InlineContinuations = true,
        };
        ObjectCacher cache = new(backend, Limits(size: 1 * M, dirtyMax: 1 * M), options);
        ObjectSet set = cache.CreateSet(new ObjectSetOptions { Prefix = "s" });
        Assert.True(cache.TryWrite(set, A, 0, Bytes(4 * K, 'd')));

        cache.Dispose();

        Assert.Equal(0, backend.PendingCount);
        Assert.False(cache.TryWrite(set, A, 0, Bytes(4 * K, 'd')));
    }

    [Fact]
    public void OC137_InvalidSettingsAreRefusedAsAWhole()
    {
        using CacheFixture f = new();
        CacheSettings before = f.Cache.Settings;

        Assert.Equal(IoError.Invalid, f.Apply(F0 with { DirtyBytesTarget = 33 * M }));
        Assert.Equal(IoError.Invalid, f.Apply(F0 with { DirtyBytesMax = 65 * M }));
        Assert.Equal(IoError.Invalid, f.Apply(F0 with { DirtyBytesTarget = -1 }));
        Assert.Equal(IoError.Invalid, f.Apply(F0 with { WritebackWindow = 0, DirtyBytesTarget = 1 * M }));

        Assert.Equal(before, f.Cache.Settings);
        Assert.Equal(IoError.None, f.Apply(F0 with { DirtyBytesTarget = 1 * M }));
        Assert.Equal(1 * M, f.Cache.Settings.DirtyBytesTarget);
    }

    [Fact]
    public void OC138_DirtyMaxToZeroDrainsAndWritesThrough()
    {
        using CacheFixture f = new();
        for (int i = 0; i < 10; i++)
            f.W(A, i * 64 * K, 4 * K);

        Assert.Equal(IoError.None, f.Apply(F0 with { DirtyBytesMax = 0, DirtyBytesTarget = 0 }));

        Assert.Equal(10, f.Backend.PendingCount);
        PendingResult write = f.W(B, 0, 4 * K);
        Assert.False(write.IsCompleted);
        f.CompleteAll();
        Assert.True(write.IsOk);
        Assert.False(f.Cache.IsDirtyOrCommitting(f.S));
        Assert.Equal(1, f.CleanCalls);
    }

    private static void AssertRefused(CacheFixture f)
    {
        Assert.Equal(IoError.Shutdown, f.R(A, 0, 4 * K).Error);
        Assert.Equal(IoError.Shutdown, f.W(A, 0, 4 * K).Error);
        Assert.Equal(IoError.Shutdown, f.Prefetch(A, 0, 4 * K).Error);
        Assert.False(f.Cache.TryRead(f.S, A, 0, new byte[4 * K]));
        Assert.False(f.Cache.TryWrite(f.S, A, 0, new byte[4 * K]));
        Assert.Empty(f.Backend.Pending);
    }
}
