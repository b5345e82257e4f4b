using System.Diagnostics;
using System.Globalization;
using Engine.Buffers;
using Engine.Testing;
using Engine.Testing.SystemSupport;
using Xunit.Abstractions;

namespace Engine.System.Tests;

/// <summary>Writers that are killed at random moments: what a flush had acknowledged is there, and nothing is misplaced or
/// damaged.</summary>
public sealed class KillTests(ITestOutputHelper output) : LoopSuite(output)
{
    private const int Killed = 128 + 9;
    private const int WindowMs = 200;
    private const int PollMs = 10;
    private const int PollsMax = 3000;

    private static readonly int s_kills = Nightly.Count(usual: 20, nightly: 100);

    [Theory]
    [InlineData("uring")]
    [InlineData("aio")]
    [InlineData("sync")]
    public void WhatWasFlushedSurvivesKills(string engine)
    {
        if (Skips(nameof(WhatWasFlushedSurvivesKills), nameof(KillTests)))
            return;
        using var loop = new LoopDevice(12 * Mega);
        string log = loop.BackingFile + ".verify";
        try
        {
            ToolRun format = EngineCommandLine.Run("volume", "format", loop.Name);
            Assert.True(format.Succeeded, format.All);
            var random = new SeededRandom((ulong)engine.Length);
            int inAction = 0;
            for (int kill = 0; kill < s_kills; kill++)
            {
                long before = loop.SectorsWritten;
                KillWriter(loop, log, engine, kill, random.NextInt(WindowMs));
                inAction += loop.SectorsWritten > before ? 1 : 0;
                if (!File.Exists(log))
                    continue;
                ToolRun verify = EngineCommandLine.Run("verify", loop.Name, "--log", log, "--engine", engine);
                Assert.True(verify.Succeeded, $"kill {kill} of {engine}: {verify.All}");
            }

            Output.WriteLine($"{engine}: {s_kills} kills, {inAction} of them while writing");
            Assert.True(inAction >= s_kills * 3 / 4, $"only {inAction} of {s_kills} kills met a writer at work");
        }
        finally
        {
            File.Delete(log);
        }
    }

    /// <summary>Starts a writer and kills it a moment after it has begun to write, or (one in five) to start.</summary>
    private static void KillWriter(LoopDevice loop, string log, string engine, int kill, int afterMs)
    {
        long before = loop.SectorsWritten;
        using Process writer = EngineCommandLine.Start(
            "bench", "--filename", loop.Name, "--log", log, "--engine", engine, "--cache", "2MiB", "--name", "writer",
            "--rw", "randrw", "--rwmixread", "20", "--bs", "6144", "--iodepth", "4", "--fsync", "24", "--verify", "crc32c",
            "--time_based", "1", "--runtime", "60", "--randseed", kill.ToString(CultureInfo.InvariantCulture));
        Task<string> outputs = writer.StandardOutput.ReadToEndAsync();
        Task<string> errors = writer.StandardError.ReadToEndAsync();
        bool ended = false;
        for (int polls = 0; kill % 5 != 4 && loop.SectorsWritten == before && !ended && polls < PollsMax; polls++)
            ended = writer.WaitForExit(PollMs);
        if (!writer.WaitForExit(afterMs))
            writer.Kill();
        writer.WaitForExit();
        Assert.True(writer.ExitCode == Killed, $"the writer ended by itself: {writer.ExitCode}: {outputs.Result}{errors.Result}");
    }
}
