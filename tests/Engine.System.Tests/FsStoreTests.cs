using Engine.Testing.SystemSupport;
using Xunit.Abstractions;

namespace Engine.System.Tests;

/// <summary>A namespace on a file system that is full or read-only: one clear line, nothing acknowledged is lost.</summary>
public sealed class FsStoreTests(ITestOutputHelper output) : LoopSuite(output)
{
    private const int StoreMegabytes = 20;

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
        ToolRun refused = EngineCommandLine.Run("fs", "mkdir", store, "/more");
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("ENOSPC", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(1, refused.Errors.Count(letter => letter == '\n'));
        File.Delete(filler);
        Assert.StartsWith("kept\n", Must("ls", store), StringComparison.Ordinal);
        Assert.Contains(": clean (", Must("check", store), StringComparison.Ordinal);
    }

    [Fact]
    public void AReadOnlyStoreIsRefusedAndChecked()
    {
        if (Skips(nameof(AReadOnlyStoreIsRefusedAndChecked), nameof(FsStoreTests)))
            return;
        using var mount = new TmpfsMount(StoreMegabytes);
        string store = Path.Combine(mount.Folder, "ns");
        Must("init", store);
        Must("mkdir", store, "/kept");
        ToolRun.Must("mount", "-o", "remount,ro", mount.Folder);
        ToolRun refused = EngineCommandLine.Run("fs", "ls", store);
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("read-only", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(1, refused.Errors.Count(letter => letter == '\n'));
        Assert.Contains(": clean (", Must("check", store), StringComparison.Ordinal);
    }

    private static string Must(params string[] arguments)
    {
        ToolRun run = EngineCommandLine.Run(["fs", .. arguments]);
        Assert.True(run.Succeeded, $"fs {string.Join(' ', arguments)}: exit code {run.ExitCode}: {run.Errors}");
        return run.Output;
    }
}
