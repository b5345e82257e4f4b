// A cached volume that failed, and is told to write again.

using Engine.Buffers;
using Engine.Objects;
using Engine.Testing;
using Engine.Testing.Cache;

namespace Engine.Volumes.Tests;

/// <summary>A cached volume that failed, and is told to write again.</summary>
public sealed class ResumedVolumeTests
{
    [Theory]
    [InlineData(30)]
    [InlineData(108)]
    public async Task AVolumeThatFailedWritesAgainWhenItIsResumed(int errno)
    {
        IoError refused = new(errno);
        using DiagnosticPools pools = new();
        ManualBackend store = new(TestImages.Capabilities(512, 1 << 20));
        ManualClock clock = new();
        Volume volume = Open(store, pools, clock);
        volume.Write(0, TestImages.Filled(4096, 1));
        Assert.Equal(IoError.None, volume.Failure);
        clock.Advance(TimeSpan.FromSeconds(6));
        store.Complete(store.Only(), refused);
        Assert.Equal(refused, volume.Failure);

        Task resume = volume.ResumeAsync().AsTask();
        store.Complete(store.Only(), refused);
        VolumeException failure = await Assert.ThrowsAsync<VolumeException>(() => resume);
        Assert.Equal(refused, failure.Error);
        Assert.Equal(refused, volume.Failure);
        Assert.Equal(4096, volume.Statistics().Cache!.DirtyBytes);

        resume = volume.ResumeAsync().AsTask();
        Assert.Equal(IoError.None, volume.Failure);
        store.CompleteAll();
        await resume;
        Assert.Equal(TestImages.Filled(4096, 1), store.Durable.Read(0, 0, 4096));
        volume.Write(4096, TestImages.Filled(4096, 2));
        store.CompletesInside = true;
        await volume.CloseAsync();
        Assert.Equal(TestImages.Filled(4096, 2), store.Durable.Read(0, 4096, 4096));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await volume.ResumeAsync());
        store.AssertSound();
    }

    [Fact]
    public async Task AVolumeThatHasNotFailedIsFlushed()
    {
        using DiagnosticPools pools = new();
        ManualBackend store = new(TestImages.Capabilities(512, 1 << 20)) { CompletesInside = true };
        await using Volume volume = Open(store, pools, new ManualClock());
        volume.Write(0, TestImages.Filled(4096, 1));

        await volume.ResumeAsync();

        Assert.Equal(TestImages.Filled(4096, 1), store.Durable.Read(0, 0, 4096));
        using CancellationTokenSource cancellation = new();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await volume.ResumeAsync(cancellation.Token));
    }

    private static Volume Open(ManualBackend store, DiagnosticPools pools, ManualClock clock) => Volume.Open(
        store,
        TestImages.Make(16 << 20, FileLayout.Simple(1 << 20)),
        (TestImages.Cached with { CacheBytes = 1 << 20 }).Over(pools) with
        {
            Clock = clock,
            Scheduler = System.IO.Pipelines.PipeScheduler.Inline,
        });
}
