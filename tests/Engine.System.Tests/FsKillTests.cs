using System.Diagnostics;
using System.Globalization;
using Engine.Buffers;
using Engine.Testing;
using Engine.Testing.SystemSupport;
using Xunit.Abstractions;

namespace Engine.System.Tests;

// Purpose: a process that changes a namespace at random is killed; what it had been told is safe is there, and the check finds
// nothing wrong.
// How it is judged: the process logs each change before it asks for it and when it is safe. A lane (a directory) has one change
// under way at most, so that after a kill each lane is either as the safe changes left it, or one change further.

/// <summary>Kills of a process at work on a namespace.</summary>
public sealed class FsKillTests(ITestOutputHelper output) : LoopSuite(output)
{
    private const int Killed = 128 + 9;
    private const int PollMs = 10;
    private const int PollsMax = 6000;
    private const int LinesBeforeKill = 200;
    private const int WindowMs = 300;

    // A kill in so many comes as soon as the process has begun, in the middle of recovering what the kill before left.
    private const int EarlyEvery = 5;

    // The journal is short, so that segments are written back and used again between kills.
    private const int JournalMegabytes = 16;
    private const int StoreMegabytes = 128;

    [Fact]
    public void AJournalInTheStoreSurvivesKills()
    {
        string folder = Directory.CreateTempSubdirectory("engine-kill-").FullName;
        try
        {
            KillMany(folder, Path.Combine(folder, "ns"), [], Nightly.Count(usual: 3, nightly: 20));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void AJournalOnADeviceSurvivesKills()
    {
        if (Skips(nameof(AJournalOnADeviceSurvivesKills), nameof(FsKillTests), alsoWithout: "mkfs.ext4"))
            return;
        string folder = Directory.CreateTempSubdirectory("engine-kill-").FullName;
        try
        {
            using var journal = new LoopDevice(JournalMegabytes * Mega);
            using var mount = new Ext4Mount(StoreMegabytes * Mega);
            KillMany(
                folder, Path.Combine(mount.Folder, "ns"), ["--journal", journal.Name], Nightly.Count(usual: 20, nightly: 100));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void KillMany(string folder, string store, string[] options, int kills)
    {
        ToolRun init = EngineCommandLine.Run(["fs", "init", store, .. options]);
        Assert.True(init.Succeeded, init.All);
        var random = new SeededRandom(7);
        var lanes = new List<ChurnLane>();
        for (int kill = 0; kill < kills; kill++)
        {
            string log = Path.Combine(folder, $"log{kill}");
            bool isEarly = kill % EarlyEvery == EarlyEvery - 1;
            KillOne(store, log, kill, isEarly, random.NextInt(WindowMs));
            if (File.Exists(log))
                lanes.AddRange(ChurnLane.Read(log));
            ToolRun check = EngineCommandLine.Run("fs", "check", store);
            Assert.True(check.Succeeded, $"after kill {kill}: {check.All}");
            bool isNextEarly = kill % EarlyEvery == EarlyEvery - 2;
            if (!isNextEarly || kill == kills - 1)
                ChurnLane.JudgeAll(store, lanes, $"after kill {kill}");
        }

        Output.WriteLine($"{kills} kills, {lanes.Sum(lane => lane.SafeCount)} changes acknowledged as safe");
    }

    private static void KillOne(string store, string log, int kill, bool isEarly, int afterMs)
    {
        using Process churn = EngineCommandLine.Start(
            "fs", "churn", store, "--seed", kill.ToString(CultureInfo.InvariantCulture), "--log", log);
        Task<string> outputs = churn.StandardOutput.ReadToEndAsync();
        Task<string> errors = churn.StandardError.ReadToEndAsync();
        bool ended = false;
        for (int polls = 0; !isEarly && !ended && LinesOf(log) < LinesBeforeKill && polls < PollsMax; polls++)
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
}
