using Engine.Testing;
using Engine.Testing.SystemSupport;
using Xunit.Abstractions;

namespace Engine.System.Tests;

/// <summary>A kernel that refuses io_uring, as containers' seccomp filters do: one clear line, or the next engine, said.
/// </summary>
public sealed class RefusedRingTests(ITestOutputHelper output) : LoopSuite(output)
{
    private const int NoFilter = 125;

    [Fact]
    public void ADemandFailsAndAutoGoesOn()
    {
        if (Skips(nameof(ADemandFailsAndAutoGoesOn), nameof(RefusedRingTests), "cc"))
            return;
        string launcher = Path.Combine(Path.GetTempPath(), $"engine-refuse-uring-{Environment.ProcessId}");
        try
        {
            ToolRun.Must("cc", "-O1", "-Wall", "-o", launcher, Source());
            if (ToolRun.Of(launcher, ["true"]) is { ExitCode: NoFilter } refused)
                TestSkip.Because("seccomp filters are refused: " + refused.Errors.Trim(), Output.WriteLine);
            else
                Check(launcher);
        }
        finally
        {
            File.Delete(launcher);
        }
    }

    private static void Check(string launcher)
    {
        using var loop = new LoopDevice(8 * Mega);
        ToolRun demanded = EngineCommandLine.RunUnder(launcher, "volume", "format", loop.Name, "--engine", "uring");
        Assert.Equal(3, demanded.ExitCode);
        Assert.Single(demanded.All.TrimEnd('\n').Split('\n'));
        Assert.Contains("io_uring refused with EPERM", demanded.All, StringComparison.Ordinal);
        Assert.Equal(-1, loop.Read(0, 8 * Mega).AsSpan().IndexOfAnyExcept((byte)0));

        ToolRun chosen = EngineCommandLine.RunUnder(launcher, "device", "info", loop.Name);
        Assert.Equal(0, chosen.ExitCode);
        Assert.Contains("libaio", chosen.Output, StringComparison.Ordinal);
        Assert.Contains("io_uring refused with EPERM", chosen.Output, StringComparison.Ordinal);
    }

    private static string Source()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string candidate = Path.Combine(at.FullName, "tests", "tools", "refuse-uring.c");
            if (File.Exists(candidate))
                return candidate;
        }

        throw new FileNotFoundException("tests/tools/refuse-uring.c is missing");
    }
}
