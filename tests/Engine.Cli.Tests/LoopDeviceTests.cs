// Purpose: what needs a block device: one that is mounted, held, locked or read-only is refused in one line and left alone, and
// the demonstration runs on one that may be destroyed. Each test makes its own loop device, or says why it cannot.
using System.Diagnostics;
using Engine.Buffers;
using Engine.Testing;
using Xunit.Abstractions;

namespace Engine.Cli.Tests;

/// <summary>Bad input that needs a block device: mounted, held, read-only; and the demonstration on one. Skipped without root or
/// loop devices.</summary>
public sealed class LoopDeviceTests(ITestOutputHelper output) : CliFixture
{
    private readonly List<string> _loops = [];

    public override void Dispose()
    {
        foreach (string loop in _loops)
            Execute("losetup", "-d", loop);
        base.Dispose();
    }

    [Fact]
    public void AMountedDevice()
    {
        string mount = PathOf("mnt");
        Directory.CreateDirectory(mount);
        if (TryLoop() is not string loop || Execute("mkfs.ext4", "-q", loop) is null || Execute("mount", loop, mount) is null)
        {
            TestSkip.Because("needs root, a loop device, mkfs.ext4 and mount", output.WriteLine);
            return;
        }

        try
        {
            ExpectRefusal(Run("volume", "format", loop, "--force"), 3, $"it is mounted on {mount}");
        }
        finally
        {
            Execute("umount", mount);
        }

        ExpectRefusal(Run("volume", "format", loop), 3, "holds an ext4 file system");
    }

    [Fact]
    public void AHeldDevice()
    {
        if (TryLoop() is not string loop)
        {
            TestSkip.Because("needs root and a loop device", output.WriteLine);
            return;
        }

        Assert.Equal(0, Run("volume", "format", loop).Exit);
        using (Sessions.VolumeSession.Open(new Sessions.SessionOptions(loop, Devices.DeviceEngine.Sync, 0) { Cached = false }))
            ExpectRefusal(Run("bench", "--filename", loop, "--rw", "randwrite"), 3, "in use");
    }

    [Fact]
    public void AJournalsDeviceIsLockedItself_SinceACopyOfTheStoreNamesItToo()
    {
        if (TryLoop() is not string loop)
        {
            TestSkip.Because("needs root and a loop device", output.WriteLine);
            return;
        }

        (string store, string copy) = (PathOf("ns"), PathOf("copy"));
        Assert.Equal(0, Run("fs", "init", store, "--journal", loop).Exit);
        Assert.Equal(0, Run("fs", "mkdir", store, "/kept").Exit);
        CopyTree(store, copy);
        using (Sessions.FsSession reader = Sessions.FsSession.OpenToRead(store))
        {
            reader.Client.WaitUntilActive();
            Assert.Equal("kept\n", Run("fs", "ls", copy).Output);
            ExpectRefusal(Run("fs", "mkdir", copy, "/more"), 3, "in use");
        }

        using (Sessions.FsSession writer = Sessions.FsSession.Open(store))
        {
            writer.Client.WaitUntilActive();
            ExpectRefusal(Run("fs", "ls", copy), 3, "in use");
            ExpectRefusal(Run("fs", "mkdir", copy, "/more"), 3, "in use");
        }

        Assert.Equal("kept\n", Run("fs", "ls", store).Output);
    }

    [Fact]
    public void AReadOnlyDevice()
    {
        if (TryLoop("-r") is not string loop)
        {
            TestSkip.Because("needs root and a loop device", output.WriteLine);
            return;
        }

        ExpectRefusal(Run("volume", "format", loop, "--force"), 3, "read-only");
    }

    [Fact]
    public void TheDemonstrationRunsOnADeviceThatMayBeDestroyed()
    {
        if (TryLoop() is not string loop)
        {
            TestSkip.Because("needs root and a loop device", output.WriteLine);
            return;
        }

        CliResult demo = Run("demo", "data", "--device", loop, "--destroy", "--dir", Root, "--runtime", "0.1", "--cache", "8m");
        Assert.True(demo.Exit == 0, demo.Output + demo.Error);
        Assert.Contains("0 sectors lost, 0 misplaced, 0 damaged", demo.Output, StringComparison.Ordinal);
        Assert.Equal(0, Run("verify", loop, "--log", PathOf("demo.verify")).Exit);
    }

    [Fact]
    public void ADeviceThatIsTooSmallForTheDemonstrationKeepsItsContent()
    {
        byte[] content = new byte[40 << 20];
        new SeededRandom(5).NextBytes(content);
        if (TryLoop(content) is not string loop)
        {
            TestSkip.Because("needs root and a loop device", output.WriteLine);
            return;
        }

        CliResult demo = Run("demo", "data", "--device", loop, "--destroy", "--dir", Root, "--runtime", "0.1", "--cache", "8m");
        ExpectRefusal(demo, 3, "at least 67108864 are needed");
        Execute("losetup", "-d", loop);
        _loops.Clear();
        Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(PathOf("backing0"))), "something was written");
    }

    private string? TryLoop(params string[] options) => TryLoop(new byte[96 << 20], options);

    private string? TryLoop(byte[] content, params string[] options)
    {
        string file = PathOf($"backing{_loops.Count}");
        File.WriteAllBytes(file, content);
        string? loop = Execute("losetup", [.. options, "-f", "--show", file])?.Trim();
        if (loop is not null)
            _loops.Add(loop);
        return loop;
    }

    // Null when the program is missing or fails.
    private static string? Execute(string program, params string[] args)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string arg in args)
            start.ArgumentList.Add(arg);
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            errors.GetAwaiter().GetResult();
            return process.ExitCode == 0 ? text : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
