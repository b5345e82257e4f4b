using Engine.Testing;
using Engine.Testing.SystemSupport;
using Xunit.Abstractions;

namespace Engine.System.Tests;

/// <summary>Traces replayed on a loop device, every read checked.</summary>
public sealed class ReplayTests(ITestOutputHelper output) : LoopSuite(output)
{
    private const long Giga = 1L << 30;

    [Theory]
    [InlineData("uring")]
    [InlineData("aio")]
    [InlineData("sync")]
    public void AMadeTraceReadsBackRight(string engine)
    {
        if (Skips(nameof(AMadeTraceReadsBackRight), nameof(ReplayTests)))
            return;
        string trace = Path.GetTempFileName();
        try
        {
            ToolRun made = EngineCommandLine.Run(
                "trace", "make", trace, "--requests", "12000", "--span", "192MiB", "--seed", "5", "--force");
            Assert.True(made.Succeeded, made.All);
            Replay(trace, 200L * Mega, engine, "16MiB");
        }
        finally
        {
            File.Delete(trace);
        }
    }

    [Fact]
    public void TheRecordedTraceReadsBackRight()
    {
        if (Skips(nameof(TheRecordedTraceReadsBackRight), nameof(ReplayTests)))
            return;
        if (RecordedTrace.Find() is { } trace)
            Replay(trace, 33 * Giga, "auto", "64MiB");
        else
            TestSkip.Because("the recorded trace is not at hand; name it in ENGINE_TRACE", Output.WriteLine);
    }

    private void Replay(string trace, long deviceBytes, string engine, string cache)
    {
        using var loop = new LoopDevice(deviceBytes);
        string log = loop.BackingFile + ".verify";
        try
        {
            ToolRun format = EngineCommandLine.Run("volume", "format", loop.Name);
            Assert.True(format.Succeeded, format.All);
            ToolRun replay = EngineCommandLine.Run(
                "replay", trace, "--filename", loop.Name, "--engine", engine, "--cache", cache, "--log", log, "--numjobs", "2");
            Output.WriteLine(replay.All);
            Assert.True(replay.Succeeded, replay.All);
            Assert.Matches("verified [1-9][0-9]* bytes", replay.Output);
            ToolRun verify = EngineCommandLine.Run("verify", loop.Name, "--log", log, "--touched");
            Assert.True(verify.Succeeded, verify.All);
        }
        finally
        {
            File.Delete(log);
        }
    }
}
