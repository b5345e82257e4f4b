using Engine.Testing.SystemSupport;

namespace Engine.System.Tests;

/// <summary>What build.sh says before it builds anything.</summary>
public class BuildScriptTests
{
    private static readonly string s_script = FindScript();

    [Fact]
    public void ABenchmarkThatIsNoneIsRefusedAtOnce()
    {
        ToolRun run = ToolRun.Of("bash", [s_script, "bench", "bogus"]);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(
            "build.sh: bench bogus: there is data, cache, metadata, migrate and micro; bench --help tells them apart\n", run.All);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public void TheHelpOfBenchmarksNamesAll(string help)
    {
        ToolRun run = ToolRun.Of("bash", [s_script, "bench", help]);
        Assert.Equal(0, run.ExitCode);
        foreach (string name in (string[])["data", "metadata", "migrate", "micro"])
            Assert.Contains($"\n  {name} ", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("built", run.All, StringComparison.Ordinal);
    }

    private static string FindScript()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "build.sh")))
            folder = folder.Parent;
        return Path.Combine(folder!.FullName, "build.sh");
    }
}
