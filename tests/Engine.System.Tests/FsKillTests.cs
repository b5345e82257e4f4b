using System.Diagnostics;
using System.Globalization;
using Engine.Buffers;
using Engine.Testing.SystemSupport;
using Xunit.Abstractions;

namespace Engine.System.Tests;

// Purpose: a process that changes a namespace at random is killed; what it had been told is safe is there, and the check finds
// nothing wrong.
// How it is judged: the process logs each change before it asks for it and when it is safe. A lane (a directory) has one change
// under way at most, so that after a kill each lane is either as the safe changes left it, or one change further.

/// <summary>Kills of a process at work on a namespace (FileStore and FileLog).</summary>
public sealed class FsKillTests(ITestOutputHelper output)
{
    private const int Killed = 128 + 9;
    private const int PollMs = 10;
    private const int PollsMax = 6000;
    private const int LinesBeforeKill = 200;
    private const int WindowMs = 300;

    private static int Kills => Environment.GetEnvironmentVariable("ENGINE_NIGHTLY") == "1" ? 20 : 3;

    [Fact]
    public void WhatWasAcknowledgedAsSafeSurvivesKills()
    {
        string folder = Directory.CreateTempSubdirectory("engine-kill-").FullName;
        try
        {
            string store = Path.Combine(folder, "ns");
            Assert.True(EngineCommandLine.Run("fs", "init", store).Succeeded);
            var random = new SeededRandom(7);
            var lanes = new List<ChurnLane>();
            for (int kill = 0; kill < Kills; kill++)
            {
                string log = Path.Combine(folder, $"log{kill}");
                KillOne(store, log, kill, random.NextInt(WindowMs));
                lanes.AddRange(ChurnLane.Read(log));
                ToolRun check = EngineCommandLine.Run("fs", "check", store);
                Assert.True(check.Succeeded, $"after kill {kill}: {check.All}");
                Judge(store, lanes, kill);
            }

            output.WriteLine($"{Kills} kills, {lanes.Sum(lane => lane.SafeCount)} changes acknowledged as safe");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void KillOne(string store, string log, int kill, int afterMs)
    {
        using Process churn = EngineCommandLine.Start(
            "fs", "churn", store, "--seed", kill.ToString(CultureInfo.InvariantCulture), "--log", log);
        Task<string> outputs = churn.StandardOutput.ReadToEndAsync();
        Task<string> errors = churn.StandardError.ReadToEndAsync();
        bool ended = false;
        for (int polls = 0; !ended && LinesOf(log) < LinesBeforeKill && polls < PollsMax; polls++)
            ended = churn.WaitForExit(PollMs);
        if (!churn.WaitForExit(afterMs))
            churn.Kill();
        churn.WaitForExit();
        Assert.True(churn.ExitCode == Killed, $"the process ended by itself: {churn.ExitCode}: {outputs.Result}{errors.Result}");
    }

    private static int LinesOf(string log)
    {
        if (!File.Exists(log))
            return 0;
        using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Count(letter => letter == '\n');
    }

    /// <summary>Every lane is in a state that its log allows; from now on in just that state.</summary>
    private static void Judge(string store, List<ChurnLane> lanes, int kill)
    {
        ToolRun dump = EngineCommandLine.Run("fs", "dump", store);
        Assert.True(dump.Succeeded, dump.All);
        ILookup<string, string> found = dump.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(ChurnLane.ParseDump).Where(item => item.Lane.Length > 0).ToLookup(item => item.Lane, item => item.Text);
        foreach (ChurnLane lane in lanes)
        {
            string[] there = [.. found[lane.Path].Order(StringComparer.Ordinal)];
            Assert.True(lane.TrySettle(there), $"after kill {kill}: {lane.Path} holds {string.Join(", ", there)}; {lane}");
        }
    }
}
