using Engine.Cli.Sessions;
using Engine.Devices;

namespace Engine.Cli.Tests;

// Purpose: every kind of bad input gets one clear line, the documented exit code, and nothing written.
// Ownership: each test has its own directory. What needs a block device is in LoopDeviceTests.
public sealed class BadInputTests : CliFixture
{
    [Theory]
    [InlineData("volume info")]
    [InlineData("volume check")]
    [InlineData("device info")]
    [InlineData("verify")]
    [InlineData("volume format")]
    [InlineData("bench --filename")]
    public void AMissingPath(string command)
    {
        string path = PathOf("missing");
        ExpectRefusal(Run([.. command.Split(' '), path]), 3, "does not exist");
        Assert.False(File.Exists(path));
    }

    [Theory]
    [InlineData("volume info")]
    [InlineData("volume format")]
    [InlineData("bench --filename")]
    public void ADirectory(string command) => ExpectRefusal(Run([.. command.Split(' '), Root]), 3, "it is a directory");

    [Theory]
    [InlineData("volume info|")]
    [InlineData("volume check|")]
    [InlineData("volume format| --size 4m")]
    [InlineData("device info|")]
    [InlineData("verify|")]
    [InlineData("replay t.csv --filename|")]
    [InlineData("replay| --filename v")]
    [InlineData("bench|")]
    [InlineData("bench --filename|")]
    [InlineData("trace make|")]
    [InlineData("fs init|")]
    [InlineData("fs ls|")]
    [InlineData("fs check|")]
    [InlineData("fs init dir --journal|")]
    public void AnEmptyPath(string line)
    {
        string[] args = [.. line.Split(' ').SelectMany(word => word.EndsWith('|') ? new[] { word[..^1], "" } : [word])];
        ExpectRefusal(Run(args), 2, " is empty: name a path (see engine ");
    }

    [Fact]
    public void WhatNobodyThoughtOfIsOneLineToo()
    {
        using var error = new StringWriter();
        ExitCode exit = EngineCommand.Run(["trace", "make", PathOf("t.csv"), "--requests", "1"],
            new CliConsole(new ClosedWriter(), error, false, false), CancellationToken.None);
        ExpectRefusal(new CliResult((int)exit, "", error.ToString()), 1, "internal error: ObjectDisposedException: ");
        Assert.Contains("please report it", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void NeitherDeviceNorFile() =>
        ExpectRefusal(Run("volume", "info", "/dev/null"), 3, "neither a block device nor a regular file");

    [Fact]
    public void ABusyFile()
    {
        string path = MakeVolume();
        using VolumeSession holder = VolumeSession.Open(new SessionOptions(path, DeviceEngine.Sync, 0) { Cached = false });
        ExpectRefusal(RunProcess("bench", "--filename", path, "--rw", "randwrite"), 3, path);
    }

    [Fact]
    public void AForeignFile()
    {
        byte[] content = new byte[4 << 20];
        content.AsSpan().Fill(7);
        string path = PathOf("foreign");
        File.WriteAllBytes(path, content);
        ExpectRefusal(Run("bench", "--filename", path), 3, "is not an Engine volume");
        Assert.Equal(content, File.ReadAllBytes(path));
    }

    [Fact]
    public void AVolumeIsNotFormattedAgainUnlessForced()
    {
        string path = MakeVolume();
        byte[] before = File.ReadAllBytes(path);
        ExpectRefusal(Run("volume", "format", path), 3, "give --force");
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal(0, Run("volume", "format", path, "--force").Exit);
        Assert.NotEqual(before, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5000)]
    [InlineData((4 << 20) - 1)]
    [InlineData((3 << 20) + 1)]
    public void AFileWithDataIsFormattedOnlyWhenForced(int at)
    {
        string path = PathOf("notes");
        byte[] before = new byte[4 << 20];
        before[at] = (byte)'x';
        File.WriteAllBytes(path, before);
        ExpectRefusal(Run("volume", "format", path), 3, $"holds data of an unknown form (at byte {at}); give --force");
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal(0, Run("volume", "format", path, "--force").Exit);
        File.WriteAllBytes(path, new byte[4 << 20]);
        Assert.Equal(0, Run("volume", "format", path).Exit);
    }

    [Fact]
    public void AnExistingVolumeIsNamedBeforeASizeThatDoesNotFit()
    {
        string path = MakeVolume();
        ExpectRefusal(Run("volume", "format", path, "--size", "16MiB"), 3, "holds an Engine volume");
        ExpectRefusal(Run("volume", "format", path, "--size", "16MiB", "--force"), 3,
            "has room for 15728640 bytes, not for the 16777216");
    }

    [Theory]
    [InlineData("1000", 2, "multiple of 4096")]
    [InlineData("8k", 3, "a volume needs at least")]
    [InlineData("much", 2, "--size 'much': allowed: a number of bytes")]
    [InlineData("-1", 2, "--size")]
    [InlineData("9999999t", 2, "(powers of 1024), less than 8 EiB")]
    [InlineData("0", 2, "--size 0: allowed: more than 0")]
    public void AnImpossibleSize(string size, int exit, string says)
    {
        string path = PathOf("new");
        ExpectRefusal(Run("volume", "format", path, "--size", size), exit, says);
        Assert.False(File.Exists(path));
    }

    [Theory]
    [InlineData("1000")]
    [InlineData("0")]
    [InlineData("2g")]
    public void AnImpossibleObjectSize(string size)
    {
        string path = PathOf("new");
        ExpectRefusal(Run("volume", "format", path, "--size", "16MiB", "--object-size", size), 2, "--object-size");
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void AFileThatIsTooSmallOrOdd()
    {
        string path = PathOf("small");
        File.WriteAllBytes(path, new byte[1 << 19]);
        ExpectRefusal(Run("volume", "format", path), 3, "a volume needs at least");
        File.WriteAllBytes(path, new byte[100_001]);
        ExpectRefusal(Run("volume", "format", path), 3, "a volume needs at least");
        Assert.Equal(100_001, new FileInfo(path).Length);
    }

    [Theory]
    [InlineData("100", "--cache 100 bytes: allowed are")]
    [InlineData("100t", "half of this machine's memory")]
    [InlineData("lots", "--cache 'lots': allowed: a number of bytes")]
    public void AnImpossibleCache(string size, string says) =>
        ExpectRefusal(Run("bench", "--filename", MakeVolume(), "--cache", size), 2, says);

    [Theory]
    [InlineData("--rw sideways", "key 'rw': 'sideways' is not allowed; allowed: read, write, randread")]
    [InlineData("--bs 0", "key 'bs'")]
    [InlineData("--iodepth none", "key 'iodepth'")]
    [InlineData("--rwmixread 200", "key 'rwmixread'")]
    [InlineData("--verify md5", "key 'verify'")]
    [InlineData("--time_based", "key 'time_based': needs runtime")]
    [InlineData("--size 1g", "must lie within the volume's 15 MiB")]
    [InlineData("--engine warp", "--engine 'warp': allowed: uring, aio, sync or auto")]
    [InlineData("--bogus 1", "unknown option '--bogus'")]
    public void ABadBenchOption(string options, string says) =>
        ExpectRefusal(Run(["bench", "--filename", MakeVolume(), .. options.Split(' ')]), 2, says);

    [Theory]
    [InlineData("rm ns -rf /a", "-f")]
    [InlineData("mkdir ns -m 700 /a", "-m")]
    [InlineData("ls ns -la /", "-a")]
    [InlineData("ln ns -sf /a /b", "-f")]
    [InlineData("du ns -sq", "-q")]
    public void AShortOptionThatThereIsNot_IsNoPath(string words, string option) =>
        ExpectRefusal(
            Run(["fs", .. words.Split(' ')]), 2, $"unknown option '{option}'; what begins with - but is none comes behind --");

    [Theory]
    [InlineData("[global]\nfilename=VOLUME\n[a]\nspeed=1\n", 2, ":4: key 'speed': unknown; allowed are name, filename, rw")]
    [InlineData("[global]\nfilename=VOLUME\n[a]\nrw=up\n", 2, ":4: key 'rw': 'up' is not allowed; allowed: read, write")]
    [InlineData("[a]\nrw=read\n", 2, "key 'filename': missing")]
    [InlineData("[a]\nfilename=VOLUME\n[b]\nfilename=VOLUME\ndirect=1\n", 2, "agree on direct")]
    [InlineData("", 2, "no job")]
    public void ABadJobFile(string text, int exit, string says)
    {
        string path = PathOf("jobs.fio");
        File.WriteAllText(path, text.Replace("VOLUME", MakeVolume(), StringComparison.Ordinal));
        ExpectRefusal(Run("bench", path), exit, says);
    }

    [Fact]
    public void AJobThatDoesNotFitIsNamedByItsLine()
    {
        string path = PathOf("jobs.fio");
        File.WriteAllText(path, $"[global]\nfilename={MakeVolume()}\n[a]\noffset=1g\n");
        ExpectRefusal(Run("bench", path), 2, $"{path}:3: job 'a': key 'offset': offset and bs must lie within");
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    public void AnImpossibleSpeed(string speed) =>
        ExpectRefusal(Run("replay", "t.csv", "--filename", "v", "--speed", speed), 2,
            $"--speed '{speed}': allowed: a positive number, for example 10");

    [Fact]
    public void ADirectoryThatIsMissingIsSaidInOurOwnWords() =>
        ExpectRefusal(Run("bench", PathOf("none/jobs.fio")), 3,
            $"cannot use {PathOf("none/jobs.fio")}: its directory does not exist; make it first");

    [Fact]
    public void AMissingJobFileOrTrace()
    {
        ExpectRefusal(Run("bench", PathOf("none.fio")), 3, "none.fio: it does not exist");
        ExpectRefusal(Run("replay", PathOf("none.csv"), "--filename", MakeVolume()), 3, "none.csv: it does not exist");
    }

    [Theory]
    [InlineData("hello\n", "1 field in place of 5: version,time,op,size,lbn")]
    [InlineData("1,0,28,511,0\n", "size '511': allowed: bytes, a multiple of 512")]
    [InlineData("1,0,28,512,999999999\n", "reaches to byte 512000000000, the volume ")]
    public void ABadTrace(string text, string says)
    {
        string path = PathOf("t.csv");
        File.WriteAllText(path, text);
        ExpectRefusal(Run("replay", path, "--filename", MakeVolume()), 2, says);
    }

    [Theory]
    [InlineData("--requests 0", "--requests 0")]
    [InlineData("--span 1m", "--span")]
    [InlineData("--writes 101", "--writes 101: allowed: 0 to 100")]
    [InlineData("--seed -1", "--seed '-1': allowed: a whole number from 0")]
    [InlineData("--requests many", "--requests 'many': allowed: a whole number up to 2147483647 (see")]
    public void ABadTraceToMake(string options, string says)
    {
        ExpectRefusal(Run(["trace", "make", PathOf("t.csv"), .. options.Split(' ')]), 2, says);
        Assert.False(File.Exists(PathOf("t.csv")));
    }

    [Fact]
    public void AFullFileSystem() => ExpectRefusal(
        Run("trace", "make", "/dev/full", "--requests", "5", "--force"), 3,
        "cannot write /dev/full: no space is left (ENOSPC); free some there, or name a place on another file system");

    [Fact]
    public void NoSideLogOrAnothersOrNone()
    {
        string path = MakeVolume();
        ExpectRefusal(Run("verify", path), 3, "no side log");
        File.WriteAllText(PathOf("log"), "hello");
        ExpectRefusal(Run("verify", path, "--log", PathOf("log")), 3, "is no side log");
        string other = MakeVolume("other");
        Assert.Equal(0, Run("bench", "--filename", other, "--rw", "write", "--bs", "1m", "--verify", "crc32c").Exit);
        ExpectRefusal(Run("verify", path, "--log", other + ".verify"), 3, "belongs to volume");
    }

    [Fact]
    public void ABadSideLogIsNotBlamedOnTheVolume()
    {
        string path = MakeVolume();
        string log = path + ".verify";
        string[] bench = ["bench", "--filename", path, "--rw", "write", "--size", "4m", "--engine", "sync", "--verify", "crc32c"];
        Assert.Equal(0, Run(bench).Exit);
        byte[] whole = File.ReadAllBytes(log);
        File.WriteAllBytes(log, whole[..(whole.Length / 2)]);
        ExpectRefusal(Run("verify", path), 3, "is cut off: it has ");
        whole[whole.Length / 2] ^= 4;
        File.WriteAllBytes(log, whole);
        ExpectRefusal(Run("verify", path), 3, "is damaged: its record at byte ");
        ExpectRefusal(Run(bench), 3, "the volume cannot be judged by it");
    }

    [Fact]
    public void AFileThatIsNoSideLogIsNeverRemovedOrReplaced()
    {
        string path = MakeVolume();
        File.WriteAllText(PathOf("log"), "precious");
        foreach (string verify in new[] { "none", "crc32c" })
        {
            string[] bench = ["bench", "--filename", path, "--rw", "randwrite", "--size", "1m", "--verify", verify, "--log"];
            ExpectRefusal(Run([.. bench, PathOf("log")]), 3, "is no side log");
            ExpectRefusal(Run([.. bench, path]), 2, "it is the volume itself");
            ExpectRefusal(Run([.. bench, Root]), 2, "it is a directory");
            ExpectRefusal(Run([.. bench, PathOf("nowhere/log")]), 3, "does not exist; make it first");
        }

        Assert.Equal("precious", File.ReadAllText(PathOf("log")));
        Assert.Equal(0, Run("volume", "check", path).Exit);
        Assert.Equal(2, Directory.GetFileSystemEntries(Root).Length);
    }

    [Fact]
    public void TheSideLogOfAnotherVolumeIsLeftAlone()
    {
        string path = MakeVolume();
        string other = MakeVolume("other");
        Assert.Equal(0, Run("bench", "--filename", other, "--rw", "write", "--bs", "1m", "--verify", "crc32c").Exit);
        string log = other + ".verify";
        Assert.Equal(0, Run("bench", "--filename", path, "--rw", "write", "--bs", "1m", "--log", log).Exit);
        Assert.True(File.Exists(log));
        Assert.Equal(0, Run("bench", "--filename", other, "--rw", "write", "--bs", "1m", "--log", log).Exit);
        Assert.False(File.Exists(log));
    }

    [Fact]
    public void ATraceOverwritesOnlyWhenForced()
    {
        string path = MakeVolume();
        byte[] before = File.ReadAllBytes(path);
        ExpectRefusal(Run("trace", "make", path), 3, "exists already; choose another name, or give --force");
        ExpectRefusal(Run("trace", "make", Root, "--force"), 3, "it is a directory");
        Assert.Equal(before, File.ReadAllBytes(path));
        string trace = PathOf("t.csv");
        File.WriteAllText(trace, "old");
        Assert.Equal(0, Run("trace", "make", trace, "--requests", "5", "--force").Exit);
        Assert.StartsWith("version,", File.ReadAllText(trace), StringComparison.Ordinal);
    }

    [Fact]
    public void AnInterruptedTraceLeavesNoFile()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        ExpectRefusal(Run(cancelled.Token, "trace", "make", PathOf("t.csv")), 130, "interrupted");
        Assert.False(File.Exists(PathOf("t.csv")));
    }

    [Fact]
    public void HelpSaysEachDefaultOnce()
    {
        string help = Run("bench", "--help").Output;
        Assert.Contains("Memory of the cache (default 64 MiB)\n", help, StringComparison.Ordinal);
        Assert.DoesNotContain("[default:", help, StringComparison.Ordinal);
    }

    [Fact]
    public void AVolumeOrDirectoryInPlaceOfAJobFileOrTrace()
    {
        string path = MakeVolume();
        ExpectRefusal(Run("bench", path), 2, ":1: is not text");
        ExpectRefusal(Run("bench", Root), 3, "it is a directory");
        ExpectRefusal(Run("replay", Root, "--filename", path), 3, "it is a directory");
    }

    [Fact]
    public void ADeviceIsNotDestroyedWithoutBeingToldTo() =>
        ExpectRefusal(Run("demo", "data", "--device", "/dev/loop0"), 2, "add --destroy");

    [Fact]
    public void ADemonstrationThatCannotBe()
    {
        ExpectRefusal(Run("demo", "data", "--destroy"), 2, "add --device");
        ExpectRefusal(Run("demo", "data", "--runtime", "soon"), 2, "--runtime 'soon': allowed: a number");
        File.WriteAllText(PathOf("file"), "hello");
        ExpectRefusal(Run("demo", "data", "--dir", PathOf("file")), 3, "it is a file; name a directory");
    }

    [Theory]
    [InlineData("", "a command is missing: ")]
    [InlineData("volume", "a command is missing: ")]
    [InlineData("frobnicate", "frobnicate")]
    [InlineData("replay", "TRACE")]
    public void AnIncompleteCommand(string args, string says)
    {
        CliResult result = Run(args.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(2, result.Exit);
        Assert.Contains("--help", result.Error, StringComparison.Ordinal);
        Assert.True(result.Error.Contains(says, StringComparison.Ordinal) || args == "replay", result.Error);
    }

    [Fact]
    public void TheProcessReturnsTheExitCodes()
    {
        string path = MakeVolume();
        Assert.Equal(0, RunProcess("volume", "check", path).Exit);
        ExpectRefusal(RunProcess("bench", "--filename", path, "--rw", "sideways"), 2, "key 'rw'");
        ExpectRefusal(RunProcess("volume", "info", PathOf("missing")), 3, "does not exist");
        using (FileStream file = File.OpenWrite(path))
            file.Write(new byte[4096]);
        CliResult damaged = RunProcess("volume", "check", path);
        Assert.Equal(1, damaged.Exit);
        Assert.Contains(path, damaged.Output, StringComparison.Ordinal);
    }

    private sealed class ClosedWriter : StringWriter
    {
        public override void WriteLine(string? value) => ObjectDisposedException.ThrowIf(true, this);
    }
}
