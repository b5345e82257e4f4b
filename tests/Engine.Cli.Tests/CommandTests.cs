using System.Text.Json;

namespace Engine.Cli.Tests;

// Purpose: every command does its work and says so: in this process, over the synchronous engine and small volumes, so that it
// runs on any machine.
// Ownership: each test has its own directory.

public sealed class CommandTests : CliFixture
{
    [Fact]
    public void FormatInfoAndCheckAgree()
    {
        string path = PathOf("volume");
        CliResult format = Run("volume", "format", path, "--size", "16MiB", "--object-size", "1MiB", "--json");
        Assert.Equal(0, format.Exit);
        JsonElement made = JsonDocument.Parse(format.Output).RootElement;
        JsonElement seen = JsonDocument.Parse(Run("volume", "info", path, "--json").Output).RootElement;
        Assert.Equal(made.GetProperty("uuid").GetString(), seen.GetProperty("uuid").GetString());
        Assert.Equal(1 << 20, seen.GetProperty("objectSizeBytes").GetInt32());
        Assert.Equal(15 << 20, seen.GetProperty("lengthBytes").GetInt32());
        Assert.Equal(16 << 20, new FileInfo(path).Length);
        Assert.Contains("both superblocks are good", Run("volume", "check", path).Output, StringComparison.Ordinal);
        Assert.Contains("15 MiB (15728640 bytes)", Run("volume", "info", path).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void DeviceInfoShowsTheGeometry()
    {
        string path = MakeVolume();
        JsonElement info = JsonDocument.Parse(Run("device", "info", path, "--json").Output).RootElement;
        Assert.Equal(16 << 20, info.GetProperty("capacityBytes").GetInt32());
        Assert.False(info.GetProperty("blockDevice").GetBoolean());
        Assert.Contains("synchronous", Run("device", "info", path, "--engine", "sync").Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--cache 4m")]
    [InlineData("--no-cache")]
    [InlineData("--direct 1 --iodepth 8")]
    [InlineData("--cache 4m --iodepth 4 --numjobs 2")]
    public void VerifiedBenchesLeaveWhatVerifyAccepts(string options)
    {
        string path = MakeVolume();
        CliResult bench = Run(
            ["bench", "--filename", path, "--rw", "randrw", "--bs", "4k", "--size", "8m", "--fsync", "100", "--verify", "crc32c",
                "--json",
             "--engine", "sync", .. options.Split(' ')]);
        Assert.Equal("", bench.Error);
        JsonElement job = JsonDocument.Parse(bench.Output).RootElement.GetProperty("jobs")[0];
        Assert.Equal(0, bench.Exit);
        Assert.True(job.GetProperty("iops").GetDouble() > 0);
        Assert.Equal(options.Contains("--cache", StringComparison.Ordinal), job.GetProperty("cached").GetBoolean());
        Assert.True(job.GetProperty("verify").GetProperty("bytesVerified").GetInt64() > 0);
        Assert.True(job.GetProperty("flushes").GetInt64() > 5);
        Assert.True(job.GetProperty("write").GetProperty("clatP50Ns").GetInt64() > 0);

        CliResult verify = Run("verify", path, "--engine", "sync");
        Assert.Equal(0, verify.Exit);
        Assert.Matches(@"^verified \d+ bytes \(.*\): 0 sectors lost, 0 misplaced, 0 damaged\n$", verify.Output);
    }

    [Fact]
    public void AJobFileRunsItsGroupsAndOptionsOverrideIt()
    {
        string path = MakeVolume();
        string jobs = PathOf("jobs.fio");
        File.WriteAllText(jobs, $"""
            [global]
            filename={path}
            bs=64k
            size=1m
            [fill]
            rw=write
            end_fsync=1
            [direct read]
            rw=read
            direct=1
            stonewall
            """);
        CliResult result = Run("bench", jobs, "--bs", "16k", "--cache", "2m", "--engine", "sync");
        Assert.Equal(0, result.Exit);
        Assert.Contains("| job", result.Output, StringComparison.Ordinal);
        Assert.Contains("fill: write bs=16384", result.Output, StringComparison.Ordinal);
        Assert.Contains("direct read: read bs=16384", result.Output, StringComparison.Ordinal);
        foreach (string column in new[]
            { "IOPS", "MB/s", "clat p50", "p99.9", "hits", "dev reads", "dev writes", "CPU", "managed" })
            Assert.Contains(column, result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(result.Output, c => char.IsControl(c) && c != '\n');
    }

    [Fact]
    public void UnverifiedWritesRemoveASideLogThatWouldBeWrong()
    {
        string path = MakeVolume();
        Assert.Equal(0, Run("bench", "--filename", path, "--rw", "write", "--bs", "1m", "--verify", "crc32c", "--engine",
            "sync").Exit);
        Assert.True(File.Exists(path + ".verify"));
        CliResult bench = Run("bench", "--filename", path, "--rw", "write", "--bs", "1m", "--engine", "sync");
        Assert.Contains("would be wrong and was removed", bench.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(path + ".verify"));
    }

    [Fact]
    public void VerifyNamesWhatWasPlanted()
    {
        string path = MakeVolume();
        string[] bench =
            ["bench", "--filename", path, "--rw", "write", "--bs", "64k", "--verify", "crc32c", "--end_fsync", "1", "--no-cache",
                "--engine", "sync"];
        Assert.Equal(0, Run(bench).Exit);
        byte[] old = ReadSector(path, 100);
        Assert.Equal(0, Run(bench).Exit);
        WriteSector(path, 100, old);
        WriteSector(path, 201, ReadSector(path, 200));
        WriteSector(path, 300, new byte[512]);

        CliResult verify = Run("verify", path, "--engine", "sync");
        Assert.Equal(1, verify.Exit);
        Assert.Contains("sector 100 lost", verify.Output, StringComparison.Ordinal);
        Assert.Contains("sector 201 misplaced", verify.Output, StringComparison.Ordinal);
        Assert.Contains("sector 300 lost", verify.Output, StringComparison.Ordinal);
        Assert.Contains("2 sectors lost, 1 misplaced, 0 damaged", verify.Output, StringComparison.Ordinal);
        JsonElement json = JsonDocument.Parse(Run("verify", path, "--engine", "sync", "--json").Output).RootElement.GetProperty(
            "verify");
        Assert.Equal(2, json.GetProperty("sectorsLost").GetInt32());
        Assert.Equal(3, json.GetProperty("first").GetArrayLength());

        CliResult read = Run("bench", "--filename", path, "--rw", "read", "--bs", "64k", "--verify", "crc32c", "--no-cache",
            "--engine", "sync");
        Assert.Equal(1, read.Exit);
        Assert.Contains("sector 201 misplaced", read.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void VerifiedRunsAroundAnUnverifiedOneLeaveAHealthyVolume()
    {
        string path = MakeVolume();
        string[] bench = ["bench", "--filename", path, "--rw", "randwrite", "--engine", "sync", "--cache", "4m"];
        Assert.Equal(0, Run([.. bench, "--size", "8m", "--verify", "crc32c"]).Exit);
        Assert.Equal(0, Run([.. bench, "--size", "1m"]).Exit);
        Assert.Equal(0, Run([.. bench, "--size", "2m", "--verify", "crc32c"]).Exit);
        CliResult verify = Run("verify", path, "--engine", "sync");
        Assert.Contains(": 0 sectors lost, 0 misplaced, 0 damaged", verify.Output, StringComparison.Ordinal);
        Assert.Equal(0, verify.Exit);
    }

    [Fact]
    public void ABadSuperblockIsToldAndItsRepairToo()
    {
        string path = MakeVolume();
        using (FileStream file = File.OpenWrite(path))
        {
            file.Position = (1 << 20) - 4096 + 100;
            file.WriteByte(0x55);
        }

        CliResult info = Run("volume", "info", path);
        Assert.Equal(0, info.Exit);
        Assert.Contains("warning  ", info.Output, StringComparison.Ordinal);
        Assert.Contains("the superblock at byte 1044480 is bad", info.Output, StringComparison.Ordinal);
        string[] bench = ["bench", "--filename", path, "--rw", "write", "--size", "1m", "--engine", "sync"];
        Assert.Contains("it was rewritten from the other copy", Run(bench).Error, StringComparison.Ordinal);
        Assert.DoesNotContain("superblock", Run(bench).Error, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", Run("volume", "info", path).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void JobsThatRanTogetherAreSaidToShareTheirTotals()
    {
        string path = MakeVolume();
        string jobs = PathOf("jobs.fio");
        const string Note = "of jobs that ran together are totals";
        File.WriteAllText(jobs, $"[global]\nfilename={path}\nioengine=psync\nsize=1m\n[a]\n[b]\n");
        CliResult together = Run("bench", jobs);
        Assert.Contains(Note, together.Output, StringComparison.Ordinal);
        Assert.Contains("engine: synchronous", together.Output, StringComparison.Ordinal);
        File.AppendAllText(jobs, "stonewall\n");
        Assert.DoesNotContain(Note, Run("bench", jobs).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AMadeTraceReplaysAndVerifies()
    {
        string path = PathOf("volume");
        string trace = PathOf("t.csv.gz");
        Assert.Equal(0, Run("volume", "format", path, "--size", "32MiB").Exit);
        Assert.Equal(0, Run("trace", "make", trace, "--requests", "500", "--span", "16m", "--seed", "5").Exit);
        CliResult replay = Run("replay", trace, "--filename", path, "--cache", "4m", "--engine", "sync", "--json");
        JsonElement job = JsonDocument.Parse(replay.Output).RootElement.GetProperty("jobs")[0];
        Assert.Equal(0, replay.Exit);
        Assert.Equal(500, job.GetProperty("read").GetProperty("requests").GetInt32()
            + job.GetProperty("write").GetProperty("requests").GetInt32());
        Assert.InRange(job.GetProperty("hitRatio").GetDouble(), 0.01, 1);
        Assert.Equal(0, Run("verify", path, "--engine", "sync").Exit);
    }

    [Fact]
    public void TheDemonstrationEndsWithTheBytesVerified()
    {
        CliResult demo = Run("demo", "data", "--dir", Root, "--runtime", "0.1", "--engine", "sync");
        Assert.True(demo.Exit == 0, demo.Output + demo.Error);
        Assert.Contains("== through the cache ==", demo.Output, StringComparison.Ordinal);
        Assert.Contains("== without the cache ==", demo.Output, StringComparison.Ordinal);
        Assert.Contains("== with and without the cache ==", demo.Output, StringComparison.Ordinal);
        Assert.Matches(@"\nverified \d+ bytes \([^)]*\): 0 sectors lost, 0 misplaced, 0 damaged\n$", demo.Output);
    }

    [Fact]
    public void AnInterruptedRunReportsSoFarAndSaysSoByItsExitCode()
    {
        string path = MakeVolume();
        using var stop = new CancellationTokenSource();
        using var output = new StringWriter();
        using var error = new ProgressWatcher(stop);
        ExitCode exit = EngineCommand.Run(
            ["bench", "--filename", path, "--rw", "randread", "--runtime", "1h", "--time_based", "--engine", "sync"],
            new CliConsole(output, error, outIsTerminal: false, errorIsTerminal: true),
            stop.Token);
        Assert.Equal(ExitCode.Interrupted, exit);
        Assert.Contains("job: interrupted after", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("job: randread bs=4096", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void EveryCommandHasHelpWithExamples()
    {
        Queue<string> left = new([""]);
        int seen = 0;
        for (; left.TryDequeue(out string? command); seen++)
        {
            CliResult help = Run([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
            Assert.True(help.Exit == 0, $"{command}: {help.Error}");
            Assert.Contains($"Examples:\n  engine{command}", help.Output, StringComparison.Ordinal);
            Assert.Contains("Exit codes: 0 ok, 1 failure found, 2 usage, 3 environment", help.Output, StringComparison.Ordinal);
            bool isList = false;
            foreach (string line in help.Output.Split('\n'))
            {
                isList = line == "Commands:" || (isList && line.StartsWith("  ", StringComparison.Ordinal));
                if (isList && line is [' ', ' ', not ' ', ..])
                    left.Enqueue($"{command} {line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]}");
            }
        }

        Assert.InRange(seen, 40, 500);
    }

    [Fact]
    public void BenchTakesEveryKeyOfAJobFileAsAnOption()
    {
        string help = Run("bench", "--help").Output;
        foreach (string key in new[] { "rw", "rwmixread", "bs", "size", "runtime", "iodepth", "numjobs", "fsync", "direct",
            "verify", "randseed", "name", "filename" })
            Assert.Contains($"--{key} ", help, StringComparison.Ordinal);
    }

    private const int DataOffset = 1 << 20;

    private static byte[] ReadSector(string path, long sector)
    {
        using FileStream file = File.OpenRead(path);
        file.Position = DataOffset + (sector * 512);
        byte[] data = new byte[512];
        file.ReadExactly(data);
        return data;
    }

    private static void WriteSector(string path, long sector, byte[] data)
    {
        using FileStream file = File.OpenWrite(path);
        file.Position = DataOffset + (sector * 512);
        file.Write(data);
    }

    /// <summary>A terminal that interrupts the run at its first line of progress.</summary>
    private sealed class ProgressWatcher(CancellationTokenSource stop) : StringWriter
    {
        public override void Write(string? value)
        {
            base.Write(value);
            if (value is not null && value.Contains("IOPS", StringComparison.Ordinal))
                stop.Cancel();
        }
    }

    /// <summary>A verb that works on a cluster's namespace says how that is named.</summary>
    [Theory]
    [InlineData("ls", true)]
    [InlineData("mv", true)]
    [InlineData("xattr set", true)]
    [InlineData("frag split", true)]
    [InlineData("import", true)]
    [InlineData("init", false)]
    [InlineData("check", false)]
    public void HelpTellsOfTheMapWhereItMayBeGiven(string verb, bool may)
    {
        string help = Run(["fs", .. verb.Split(' '), "--help"]).Output;
        Assert.Equal(may, help.Contains("--map <HOST:PORT>", StringComparison.Ordinal));
    }
}
