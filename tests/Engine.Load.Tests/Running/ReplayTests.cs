using System.Diagnostics;
using System.Text;
using Engine.Load;

namespace Engine.Load.Tests.Running;

public sealed class ReplayTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void AMadeTraceReplaysWithoutFault(int threads)
    {
        using var fixture = new LoadFixture();
        Trace trace = Scale(new TraceMaker(new TraceMakerOptions { Requests = 1500, SpanBytes = 16 << 20 }));
        JobReport report = LoadRunner.Replay(fixture.Volume, trace, speed: 0, threads, fixture.Options);
        Assert.Null(report.FirstError);
        Assert.Equal([], report.Faults.Named);
        Assert.Equal(1500, report.Requests);
        Assert.True(report.Faults.BytesVerified > 0);
        Assert.Equal([], fixture.Verify().Named);
    }

    [Fact]
    public void FlushDiscardAndWriteSameAreReplayedAndReadsAfterThemPass()
    {
        using var fixture = new LoadFixture();
        Trace trace = Parse("""
            1,0,2a,8192,8
            1,0,35,0,0
            1,0,42,4096,8
            1,0,28,8192,8
            1,0,41,4096,16
            1,0,28,8192,8
            1,0,2a,512,9
            1,0,28,8192,8
            1,0,12,0,0
            """);
        JobReport report = LoadRunner.Replay(fixture.Volume, trace, 0, 1, fixture.Options);
        Assert.True(report.IsGood, report.FirstError);
        Assert.Equal([], report.Faults.Named);
        Assert.Equal(1, report.Flushes);
        Assert.Contains("1 of 12 skipped", report.Description, StringComparison.Ordinal);
        Assert.Equal([], fixture.Verify().Named);
    }

    [Fact]
    public void SpeedKeepsTheRecordedDistance()
    {
        using var fixture = new LoadFixture();
        long before = Stopwatch.GetTimestamp();
        LoadRunner.Replay(fixture.Volume, Parse("1,100,2a,512,0\n1,101,28,512,0\n"), speed: 10, threads: 1, fixture.Options);
        Assert.InRange(Stopwatch.GetElapsedTime(before).TotalMilliseconds, 100, 5000);
    }

    [Fact]
    public void RefusesATraceThatReachesBeyondTheVolume()
    {
        using var fixture = new LoadFixture();
        TraceException error = Assert.Throws<TraceException>(
            () => LoadRunner.Replay(fixture.Volume, Parse("1,0,28,512,99999999\n"), 0, 1, fixture.Options));
        Assert.Contains("the volume has 8 MiB", error.Message, StringComparison.Ordinal);
    }

    private static Trace Parse(string text) => Trace.Parse("t", new MemoryStream(Encoding.ASCII.GetBytes(text)));

    // The maker's least span is twice the fixture's volume: addresses are folded into it.
    private static Trace Scale(TraceMaker maker)
    {
        var text = new StringBuilder();
        foreach (TraceRecord record in maker.Make())
        {
            long sector = record.Sector % ((LoadFixture.VolumeBytes - record.Length) / 512);
            text.Append(System.Globalization.CultureInfo.InvariantCulture,
                $"1,0,{(record.Operation == TraceOperation.Write ? "2a" : "28")},{record.Length},{sector}\n");
        }

        return Parse(text.ToString());
    }
}
