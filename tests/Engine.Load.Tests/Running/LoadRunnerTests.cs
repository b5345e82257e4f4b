// Jobs of the load generator over a volume on a memory device that may fail, stall or be cancelled: what moved, what the report
// says, and what a verification of the whole volume finds afterwards.

using System.Diagnostics;
using Engine.Buffers;
using Engine.Devices;
using Engine.Load;
using Engine.Testing.Devices;

namespace Engine.Load.Tests.Running;

public sealed class LoadRunnerTests
{
    [Theory]
    [InlineData(1, 1, true, false)]
    [InlineData(1, 3, true, false)]
    [InlineData(8, 1, true, false)]
    [InlineData(8, 2, true, false)]
    [InlineData(8, 2, false, false)]
    [InlineData(1, 1, false, true)]
    [InlineData(1, 3, false, true)]
    [InlineData(8, 2, false, true)]
    public void VerifiedRandomWritesReadBackWithoutFault(int depth, int threads, bool inline, bool cached)
    {
        using var fixture = new LoadFixture(inline, cached: cached);
        JobReport write = fixture.Run(Job(AccessPattern.RandWrite) with { Depth = depth, Threads = threads, FlushEvery = 50 });
        Assert.Equal((2 << 20) * threads, write.BytesWritten);
        Assert.Equal(512L * threads, write.Requests);
        Assert.Equal(512 / 50 * threads, write.Flushes);
        Assert.True(write.Device.Writes > 0);

        JobReport mixed = fixture.Run(Job(AccessPattern.RandReadWrite) with
            { Depth = depth, Threads = threads, FlushAtEnd = true });
        Assert.True(mixed.Faults.BytesVerified > 0);
        Assert.Equal(cached, mixed.Device.HitRatio is not null);
        Assert.InRange(mixed.BytesRead, 1, (2 << 20) * threads);

        FaultReport report = fixture.Verify();
        Assert.Equal([], report.Named);
        Assert.True(report.BytesVerified > 1 << 20);
    }

    [Fact]
    public void SequentialThreadsShareOutTheRange()
    {
        using var fixture = new LoadFixture();
        JobReport write = fixture.Run(Job(AccessPattern.Write) with { BlockSize = 64 << 10, Threads = 4 });
        Assert.Equal(4 * (2 << 20), write.BytesWritten);
        JobReport read = fixture.Run(Job(AccessPattern.Read) with { BlockSize = 64 << 10 });
        Assert.Equal(2 << 20, read.Faults.BytesVerified);
    }

    [Fact]
    public void JobsOfAGroupRunTogether()
    {
        using var fixture = new LoadFixture();
        IReadOnlyList<JobReport> reports = LoadRunner.Run(
            fixture.Volume,
            [Job(AccessPattern.RandWrite) with { Name = "a" }, Job(AccessPattern.RandRead) with { Name = "b", Depth = 4 }],
            fixture.Options);
        Assert.Equal(["a", "b"], reports.Select(report => report.Name));
        Assert.All(reports, report => Assert.True(report.IsGood));
    }

    [Fact]
    public void ATimedJobStartsOverUntilItsTimeIsUp()
    {
        using var fixture = new LoadFixture();
        JobReport report = fixture.Run(Job(AccessPattern.Write) with
            { Size = 8192, Runtime = TimeSpan.FromMilliseconds(500), TimeBased = true });
        Assert.True(report.Elapsed >= TimeSpan.FromMilliseconds(500));
        Assert.True(report.BytesWritten > 8192);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void ADeviceErrorEndsTheJobAndIsReported(int depth)
    {
        using var fixture = new LoadFixture();
        fixture.Faults.Add(new FaultRule { Operation = DeviceOperation.Write, Nth = 10, Error = IoError.Io });
        JobReport report = LoadRunner.Run(fixture.Volume, [Job(AccessPattern.RandWrite) with { Depth = depth }],
            fixture.Options)[0];
        Assert.Equal(1, report.Errors);
        Assert.False(report.IsGood);
        Assert.StartsWith("write of 4096 bytes at ", report.FirstError, StringComparison.Ordinal);
        Assert.Contains("EIO", report.FirstError, StringComparison.Ordinal);
        Assert.Equal([], fixture.Verify().Named);
    }

    [Theory]
    [InlineData(false, 1, DeviceOperation.Write)]
    [InlineData(false, 4, DeviceOperation.Write)]
    [InlineData(true, 1, DeviceOperation.Write)]
    [InlineData(true, 4, DeviceOperation.Write)]
    [InlineData(false, 1, DeviceOperation.Flush)]
    [InlineData(false, 4, DeviceOperation.Flush)]
    [InlineData(true, 1, DeviceOperation.Flush)]
    [InlineData(true, 4, DeviceOperation.Flush)]
    public void ADeviceThatStallsForSecondsIsWaitedForAndReported(bool cached, int depth, DeviceOperation operation)
    {
        bool stallsWrites = operation == DeviceOperation.Write;
        using var fixture = new LoadFixture(cached: cached);
        fixture.Faults.Add(new FaultRule
        {
            Operation = operation, Nth = stallsWrites ? 10 : 2, Times = 200, Effect = FaultEffect.Stall,
        });
        TimeSpan stall = TimeSpan.FromSeconds(1.5);
        long stalledSince = 0;
        long before = -1;
        int standing = 0;
        JobReport report = LoadRunner.Run(
            fixture.Volume,
            [Job(AccessPattern.RandWrite) with { Depth = depth, FlushAtEnd = true, FlushEvery = stallsWrites ? 0 : 16 }],
            fixture.Options with
            {
                ProgressInterval = TimeSpan.FromMilliseconds(50),
                Progress = progress =>
                {
                    if (fixture.Faults.StalledCount == 0)
                        return;
                    standing += before == progress.Requests ? 1 : 0;
                    before = progress.Requests;
                    if (stalledSince == 0)
                        stalledSince = Stopwatch.GetTimestamp();
                    if (Stopwatch.GetElapsedTime(stalledSince) < stall)
                        return;
                    fixture.Faults.Clear();
                    fixture.Faults.Release();
                },
            })[0];

        Assert.True(standing > 3, "the job stood still with the device");
        Assert.True(report.IsGood, report.FirstError);
        Assert.Equal(512, report.Requests);
        Assert.True(report.Elapsed >= stall);
        if (stallsWrites)
            Assert.InRange(report.WriteLatency.Max / 1e9, stall.TotalSeconds / 2, report.Elapsed.TotalSeconds);
        FaultReport verified = fixture.Verify();
        Assert.Equal([], verified.Named);
        Assert.True(verified.BytesVerified >= 1 << 20);
    }

    [Fact]
    public void ReadsOfAlteredDataAreFound()
    {
        using var fixture = new LoadFixture();
        fixture.Run(Job(AccessPattern.Write));
        fixture.Volume.Write(1 << 20, new byte[512]);
        JobReport report = LoadRunner.Run(fixture.Volume, [Job(AccessPattern.Read)], fixture.Options)[0];
        Assert.Equal(1, report.Faults.Lost);
        Assert.Contains("sector 2048 lost", report.Faults.Named[0].ToString(), StringComparison.Ordinal);
        Assert.Contains("found zeros", report.Faults.Named[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void CancellationEndsTheRunWithAReport()
    {
        using var fixture = new LoadFixture();
        using var stop = new CancellationTokenSource();
        int calls = 0;
        JobReport report = LoadRunner.Run(
            fixture.Volume,
            [Job(AccessPattern.RandRead) with { TimeBased = true, Runtime = TimeSpan.FromHours(1) }],
            fixture.Options with
            {
                Cancellation = stop.Token,
                ProgressInterval = TimeSpan.FromMilliseconds(10),
                Progress = _ =>
                {
                    if (++calls == 3)
                        stop.Cancel();
                },
            })[0];
        Assert.True(report.WasStopped);
        Assert.True(report.Requests > 0);
    }

    [Fact]
    public void RefusesJobsThatDoNotFit()
    {
        using var fixture = new LoadFixture();
        Assert.Contains("'size'", Refusal(fixture, Job(AccessPattern.Read) with { Size = 1 << 30 }), StringComparison.Ordinal);
        Assert.Contains("'time_based'", Refusal(fixture, Job(AccessPattern.Read) with { TimeBased = true }),
            StringComparison.Ordinal);
        Assert.Contains("at least 64 blocks", Refusal(
            fixture, Job(AccessPattern.Write) with { Depth = 32, Size = 63 * 4096 }), StringComparison.Ordinal);
    }

    private static string Refusal(LoadFixture fixture, JobDescription job) =>
        Assert.Throws<JobFileException>(() => LoadRunner.Run(fixture.Volume, [job], fixture.Options)).Message;

    private static JobDescription Job(AccessPattern pattern) => new()
    {
        Pattern = pattern, Size = 2 << 20, Verify = true, Seed = 11,
    };
}
