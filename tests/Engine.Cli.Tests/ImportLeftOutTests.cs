using Engine.Testing.SystemSupport;

namespace Engine.Cli.Tests;

/// <summary>What an import cannot make is left out with a line, and nothing else is changed for it.</summary>
public sealed class ImportLeftOutTests : CliFixture
{
    private string Store => PathOf("ns");

    private string Source => PathOf("source");

    public ImportLeftOutTests()
    {
        Assert.Equal(0, Run("fs", "init", Store).Exit);
        Directory.CreateDirectory(Source);
    }

    [Theory]
    [InlineData("create")]
    [InlineData("ln")]
    public void ADirectoryWhereSomethingElseIs_IsLeftOut(string verb)
    {
        Assert.Equal(0, Run("fs", "mkdir", Store, "/t", "/elsewhere").Exit);
        string[] make = verb == "ln" ? ["fs", "ln", Store, "-s", "/elsewhere", "/t/d"] : ["fs", "create", Store, "/t/d"];
        Assert.Equal(0, Run(make).Exit);
        string before = Run("fs", "stat", Store, "/t/d").Output;
        string elsewhere = Run("fs", "stat", Store, "/elsewhere").Output;
        Directory.CreateDirectory(Path.Combine(Source, "d/below"));
        File.WriteAllBytes(Path.Combine(Source, "d/below/file"), []);
        ToolRun.Must("chmod", "0705", Path.Combine(Source, "d"));
        Directory.SetLastWriteTimeUtc(Path.Combine(Source, "d"), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        foreach (string[] options in (string[][])[[], ["--skip-existing"]])
        {
            CliResult import = Run(["fs", "import", Store, Source, "--to", "/t", .. options]);
            Assert.True(import.Exit == 1, import.ToString());
            Assert.Equal(
                "engine: import: /t/d: is there already, and no directory; nor is anything below it loaded\n", import.Error);
            Assert.EndsWith("; 1 names found: 1 left out\n", import.Output, StringComparison.Ordinal);
            Assert.Equal(before, Run("fs", "stat", Store, "/t/d").Output);
            Assert.Equal(elsewhere, Run("fs", "stat", Store, "/elsewhere").Output);
        }
    }

    [Fact]
    public void WhatIsPassedOverIsSo_ByAllOfItsNames()
    {
        ToolRun.Must("mkfifo", Path.Combine(Source, "pipe"));
        ToolRun.Must("ln", Path.Combine(Source, "pipe"), Path.Combine(Source, "pipe too"));
        File.WriteAllBytes(Path.Combine(Source, "file"), []);
        CliResult import = Run("fs", "import", Store, Source, "--to", "/t");
        Assert.True(import.Exit == 0, import.ToString());
        Assert.EndsWith(
            "; 3 names found: 1 of these inodes, 2 pipes, sockets and devices passed over\n", import.Output,
            StringComparison.Ordinal);
    }
}
