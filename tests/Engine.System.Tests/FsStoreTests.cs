// A namespace on media that are full or read-only.
//
// How it is judged: the command ends with one clear line; when there is room again, the check finds nothing wrong, and what was
// acknowledged as safe is there.

using System.Diagnostics;
using Engine.Testing.SystemSupport;
using Xunit.Abstractions;

namespace Engine.System.Tests;

/// <summary>A namespace on a file system that is full or read-only: one clear line, nothing acknowledged is lost.</summary>
public sealed class FsStoreTests(ITestOutputHelper output) : LoopSuite(output)
{
    private const int StoreMegabytes = 20;
    private const int JournalMegabytes = 33;

    // Two segments of a journal, and little beside.
    private const int FullMegabytes = 18;
    private const int KilledMegabytes = 200;
    private const int LogBytesBeforeKill = 20_000;
    private const int PollMs = 10;
    private const int PatienceMs = 120_000;
    private const int ShortJournalMegabytes = 8;
    private const int SegmentBytes = 2 * Mega;

    [Fact]
    public void AFullDiskIsNamedAndWhatWasSafeStays()
    {
        if (Skips(nameof(AFullDiskIsNamedAndWhatWasSafeStays), nameof(FsStoreTests)))
            return;
        using var mount = new TmpfsMount(StoreMegabytes);
        string store = Path.Combine(mount.Folder, "ns");
        Must("init", store);
        Must("mkdir", store, "/kept");
        string filler = Path.Combine(mount.Folder, "filler");
        ToolRun full = ToolRun.Of("dd", ["if=/dev/zero", $"of={filler}", "bs=4k"]);
        Assert.Contains("No space left", full.Errors, StringComparison.Ordinal);
        // The change is made, and the exit code says so; that the store cannot take it yet is told beside.
        ToolRun made = EngineCommandLine.Run("fs", "mkdir", store, "/more");
        Assert.Equal(0, made.ExitCode);
        Assert.Contains("every change is made and safe in the journal", made.Errors, StringComparison.Ordinal);
        Assert.Contains("no space is left (ENOSPC); free some", made.Errors, StringComparison.Ordinal);
        Assert.Equal(1, made.Errors.Count(letter => letter == '\n'));
        ToolRun list = EngineCommandLine.Run("fs", "ls", store);
        Assert.Equal((0, "kept\nmore\n", string.Empty), (list.ExitCode, list.Output, list.Errors));

        string second = Path.Combine(mount.Folder, "second");
        ToolRun init = EngineCommandLine.Run("fs", "init", second);
        Assert.Equal(3, init.ExitCode);
        Assert.DoesNotContain("safe in the journal", init.Errors, StringComparison.Ordinal);
        Assert.False(Path.Exists(second));
        File.Delete(filler);
        Assert.StartsWith("kept\nmore\n", Must("ls", store), StringComparison.Ordinal);
        Assert.Contains(": clean (", Must("check", store), StringComparison.Ordinal);
    }

    [Fact]
    public void AReadOnlyStoreIsReadAndChecked()
    {
        if (Skips(nameof(AReadOnlyStoreIsReadAndChecked), nameof(FsStoreTests)))
            return;
        using var mount = new TmpfsMount(StoreMegabytes);
        string store = Path.Combine(mount.Folder, "ns");
        Must("init", store);
        Must("mkdir", store, "/kept");
        ToolRun.Must("mount", "-o", "remount,ro", mount.Folder);
        ToolRun refused = EngineCommandLine.Run("fs", "mkdir", store, "/more");
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("it lies on a read-only file system; make that writable", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(1, refused.Errors.Count(letter => letter == '\n'));
        Assert.Equal("kept\n", Must("ls", store));
        Assert.Contains("type      directory\n", Must("stat", store, "/kept"), StringComparison.Ordinal);
        Assert.Equal("0\t/kept\n0\t/\n", Must("du", store));
        Assert.Contains(" /kept\n", Must("dump", store), StringComparison.Ordinal);
        Assert.Contains(": clean (", Must("check", store), StringComparison.Ordinal);
    }

    /// <summary>What a killed process left in its journal is served from there, and stays there.</summary>
    [Fact]
    public void AfterAKill_WhoOnlyLooksWritesNothing()
    {
        if (Skips(nameof(AfterAKill_WhoOnlyLooksWritesNothing), nameof(FsStoreTests)))
            return;
        using var mount = new TmpfsMount(KilledMegabytes);
        string store = Path.Combine(mount.Folder, "ns");
        string log = Path.Combine(mount.Folder, "log");
        Must("init", store);
        using (Process churn = EngineCommandLine.Start(["fs", "churn", store, "--seed", "1", "--log", log]))
        {
            bool hasEnded = false;
            while (!hasEnded && (!File.Exists(log) || new FileInfo(log).Length < LogBytesBeforeKill))
                hasEnded = churn.WaitForExit(PollMs);
            churn.Kill();
            churn.WaitForExit();
            Assert.False(hasEnded, $"the process ended by itself: {churn.StandardError.ReadToEnd()}");
        }

        string sums = $"cd '{store}' && find . -printf '%P %T@ %s\\n' -type f -exec sha256sum '{{}}' ';' | sort";
        string before = ToolRun.Must("bash", "-c", sums);
        string found = Must("dump", store);
        Assert.Equal(before, ToolRun.Must("bash", "-c", sums));
        ToolRun.Must("mount", "-o", "remount,ro", mount.Folder);
        string[][] verbs = [["ls", store, "/", "-R"], ["stat", store], ["du", store], ["dump", store], ["check", store]];
        foreach (string[] verb in verbs)
            Assert.NotEmpty(Must(verb));
        Assert.Equal(found, Must("dump", store));
        Assert.Equal(before, ToolRun.Must("bash", "-c", sums));
        ToolRun.Must("mount", "-o", "remount,rw", mount.Folder);
        Must("mkdir", store, "/more");
        Assert.NotEqual(before, ToolRun.Must("bash", "-c", sums));
        ChurnLane.JudgeAll(store, ChurnLane.Read(log), "after the kill");
    }

    [Fact]
    public void AJournalDeviceWithoutRoomEndsTheRankAndLosesNothing()
    {
        if (Skips(
            nameof(AJournalDeviceWithoutRoomEndsTheRankAndLosesNothing), nameof(FsStoreTests), alsoWithout: "fallocate"))
            return;
        using var mount = new TmpfsMount(StoreMegabytes);
        // The room is to end with a segment, before a write: the loop driver takes one that has room in part for a success.
        using var journal = new LoopDevice(JournalMegabytes * Mega, folder: mount.Folder, prepare: file =>
            ToolRun.Must("fallocate", "--keep-size", "--length", $"{(64 << 10) + (2 * SegmentBytes)}", file));
        string folder = Directory.CreateTempSubdirectory("engine-store-").FullName;
        try
        {
            string store = Path.Combine(folder, "ns");
            string log = Path.Combine(folder, "log");
            Must("init", store, "--journal", journal.Name);
            string filler = Path.Combine(mount.Folder, "filler");
            ToolRun.Of("dd", ["if=/dev/zero", $"of={filler}", "bs=4k"]);
            ToolRun failed = EngineCommandLine.Run("fs", "churn", store, "--seed", "1", "--log", log);
            Assert.Equal(3, failed.ExitCode);
            Assert.Contains("the journal failed with ", failed.Errors, StringComparison.Ordinal);
            Assert.Contains("nothing is served", failed.Errors, StringComparison.Ordinal);
            Assert.Equal(1, failed.Errors.Count(letter => letter == '\n'));
            File.Delete(filler);
            Assert.Contains(": clean (", Must("check", store), StringComparison.Ordinal);
            IReadOnlyCollection<ChurnLane> lanes = ChurnLane.Read(log);
            ChurnLane.JudgeAll(store, lanes, "after the journal's device had no room");
            Output.WriteLine($"{failed.Errors.Trim()}; {lanes.Sum(lane => lane.SafeCount)} changes were safe");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void AStoreWithoutRoomRefusesChangesOnceTheJournalIsFull()
    {
        if (Skips(nameof(AStoreWithoutRoomRefusesChangesOnceTheJournalIsFull), nameof(FsStoreTests)))
            return;
        using var mount = new TmpfsMount(StoreMegabytes);
        using var journal = new LoopDevice(ShortJournalMegabytes * Mega);
        string store = Path.Combine(mount.Folder, "ns");
        string log = journal.BackingFile + ".log";
        try
        {
            Must("init", store, "--journal", journal.Name);
            string filler = Path.Combine(mount.Folder, "filler");
            ToolRun.Of("dd", ["if=/dev/zero", $"of={filler}", "bs=4k"]);
            ToolRun refused = EngineCommandLine.Run("fs", "churn", store, "--seed", "1", "--log", log);
            ExpectNoRoom(refused.ExitCode, refused.Errors);
            string[][] changes = [["mkdir", store, "/more", "/yet"], ["create", store, "/f"]];
            foreach (string[] change in changes)
            {
                (int exit, string errors) = RunInTime(change);
                ExpectNoRoom(exit, errors);
            }

            Assert.Equal(0, RunInTime("ls", store).Exit);
            File.Delete(filler);
            Assert.Contains(": clean (", Must("check", store), StringComparison.Ordinal);
            IReadOnlyCollection<ChurnLane> lanes = ChurnLane.Read(log);
            ChurnLane.JudgeAll(store, lanes, "after the store had no room");
            Output.WriteLine($"{refused.Errors.Trim()}; {lanes.Sum(lane => lane.SafeCount)} changes were safe");
        }
        finally
        {
            File.Delete(log);
        }
    }

    [Fact]
    public void AJournalOnTheSameFullDiskRefusesChanges_AndIsRead()
    {
        if (Skips(nameof(AJournalOnTheSameFullDiskRefusesChanges_AndIsRead), nameof(FsStoreTests)))
            return;
        using var mount = new TmpfsMount(FullMegabytes);
        string store = Path.Combine(mount.Folder, "ns");
        string filler = Path.Combine(mount.Folder, "filler");
        string log = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            Must("init", store);
            Must("mkdir", store, "/kept");
            ToolRun.Of("dd", ["if=/dev/zero", $"of={filler}", "bs=4k"]);
            (int exit, string errors) = RunInTime("churn", store, "--seed", "1", "--log", log);
            Output.WriteLine(errors.Trim());
            ExpectNoRoom(exit, errors);
            string[][] changes = [["mkdir", store, "/more", "/yet"], ["rm", store, "/kept"], ["create", store, "/f"]];
            foreach (string[] change in changes)
            {
                (exit, errors) = RunInTime(change);
                Assert.Equal(3, exit);
                Assert.Contains("no space is left for its journal", errors, StringComparison.Ordinal);
                Assert.Equal(1, errors.Count(letter => letter == '\n'));
            }

            Assert.Equal(0, RunInTime("stat", store, "/kept").Exit);
            Assert.Equal(0, RunInTime("ls", store).Exit);
            Assert.Contains("kept\n", Must("ls", store), StringComparison.Ordinal);
            Assert.Contains(": clean (", Must("check", store), StringComparison.Ordinal);
            File.Delete(filler);
            ToolRun.Must("mount", "-o", $"remount,size={2 * FullMegabytes}m", mount.Folder);
            Must("mkdir", store, "/more");
            Assert.Contains(": clean (", Must("check", store), StringComparison.Ordinal);
            ChurnLane.JudgeAll(store, ChurnLane.Read(log), "after journal and store had no room");
        }
        finally
        {
            File.Delete(log);
        }
    }

    [Fact]
    public void AReadOnlyJournalDeviceIsRefusedAndChecked()
    {
        if (Skips(nameof(AReadOnlyJournalDeviceIsRefusedAndChecked), nameof(FsStoreTests), alsoWithout: "blockdev"))
            return;
        using var journal = new LoopDevice(StoreMegabytes * Mega);
        string folder = Directory.CreateTempSubdirectory("engine-store-").FullName;
        try
        {
            string store = Path.Combine(folder, "ns");
            ToolRun.Must("blockdev", "--setro", journal.Name);
            ToolRun refused = EngineCommandLine.Run("fs", "init", store, "--journal", journal.Name);
            Assert.Contains("the device is read-only", refused.Errors, StringComparison.Ordinal);
            Assert.False(Path.Exists(store));
            ToolRun.Must("blockdev", "--setrw", journal.Name);
            Must("init", store, "--journal", journal.Name);
            ToolRun.Must("blockdev", "--setro", journal.Name);
            refused = EngineCommandLine.Run("fs", "mkdir", store, "/more");
            Assert.Equal(3, refused.ExitCode);
            Assert.Contains("the device is read-only; allow writes", refused.Errors, StringComparison.Ordinal);
            Assert.Empty(Must("ls", store));
            Assert.Contains(": clean (", Must("check", store), StringComparison.Ordinal);
        }
        finally
        {
            // The device keeps this when its next file is attached.
            ToolRun.Must("blockdev", "--setrw", journal.Name);
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The same exit code and one line, wherever the journal lies.</summary>
    private static void ExpectNoRoom(int exit, string errors)
    {
        Assert.True(exit == 3, $"exit code {exit}: {errors}");
        Assert.Matches("no space is left for (its journal|directories).*\\(ENOSPC\\): nothing can be changed; free some", errors);
        Assert.Equal(1, errors.Count(letter => letter == '\n'));
    }

    /// <summary>Runs a command that might wait for ever.</summary>
    private static (int Exit, string Errors) RunInTime(params string[] arguments)
    {
        using Process process = EngineCommandLine.Start(["fs", .. arguments]);
        bool hasEnded = process.WaitForExit(PatienceMs);
        if (!hasEnded)
            process.Kill();
        string errors = process.StandardError.ReadToEnd();
        Assert.True(hasEnded, $"fs {string.Join(' ', arguments)} does not end; it said: {errors}");
        return (process.ExitCode, errors);
    }

    private static string Must(params string[] arguments)
    {
        ToolRun run = EngineCommandLine.Run(["fs", .. arguments]);
        Assert.True(run.Succeeded, $"fs {string.Join(' ', arguments)}: exit code {run.ExitCode}: {run.Errors}");
        return run.Output;
    }
}
