using System.Text.Json.Nodes;
using Engine.Buffers;
using Engine.Cli.Namespaces;

namespace Engine.Cli.Tests.Clusters;

/// <summary>Verbs on a cluster's namespace, where two ranks have a part in it.</summary>
public sealed class ClusterVerbTests : ClusterFixture
{
    [Theory]
    [InlineData(18, "EXDEV")]
    [InlineData(66, "EREMOTE")]
    [InlineData(108, "engine mig status")]
    public void WhatOnlySeveralRanksRefuseIsSaidInWords(int errno, string says)
    {
        string text = FsErrors.Sentence(new IoError(errno));
        Assert.Contains(says, text, StringComparison.Ordinal);
        Assert.True(text.Length > 40, text);
    }

    [Fact]
    public void AnExchangeWithANameThatIsNotThere_SaysThat()
    {
        StartAll(2);
        Must("fs", "mkdir", "--map", Map, "/a", "/b");
        Must("fs", "create", "--map", Map, "/a/f", "/b/f");
        Must("mig", "export", "dir", ControlOf(0), "/b", "1", "--wait");
        ExpectRefusal(Run("fs", "mv", "--map", Map, "--exchange", "/a/none", "/b/f"), 1, "/a/none: does not exist");
        ExpectRefusal(Run("fs", "mv", "--map", Map, "--exchange", "/a/f", "/b/none"), 1, "/b/none: does not exist");
    }

    [Fact]
    public void ADividedDirectoryIsGivenAsAWhole()
    {
        const int Files = 160;
        StartAll(2);
        Must("fs", "mkdir", "--map", Map, "/big");
        Must(["fs", "create", "--map", Map, .. Enumerable.Range(0, Files).Select(static file => $"/big/f{Text(file)}")]);
        Must("fs", "frag", "split", "--map", Map, "/big", "--bits", "1");
        JsonNode moved = JsonNode.Parse(Must("mig", "export", "dir", ControlOf(0), "/big", "1", "--wait", "--json"))!;
        Assert.Equal("done, in parts", (string?)moved["state"]);
        string[] names = Must("fs", "ls", "--map", Map, "/big").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Files, names.Length);
        ExpectRefusal(Run("mig", "export", "dir", ControlOf(0), "/big", "1"), 1, "another rank has it");
    }

    [Fact]
    public void AnExportGoesWhereItsPinWasAndOpsAreAnswered()
    {
        StartAll(2);
        Must("fs", "mkdir", "--map", Map, "/a");
        Must("mig", "pin", ControlOf(0), "/a", "1");
        Until(() => Rows(Ask("pins", ControlOf(1)), "pins").Any(static each => (string?)each["state"] == "here"));
        Assert.Contains("operations:     none", Must("mig", "ops", ControlOf(0)), StringComparison.Ordinal);
        Assert.Contains("/a is rank 1's", Must("mig", "pin", ControlOf(0), "/a", "1"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--ranks", "1", "2 to 8")]
    [InlineData("--ranks", "x", "2 to 8")]
    [InlineData("--inodes", "0", "1 to 10000000")]
    [InlineData("--inodes", "x", "1 to 10000000")]
    public void TheDemonstrationNamesItsBounds(string option, string value, string allowed) =>
        ExpectRefusal(Run("demo", "migrate", option, value), 2, $"{option} '{value}': allowed: {allowed}");

    /// <summary>Its processes end at once, and nobody waits for what they would have said.</summary>
    [Fact]
    public void TheDemonstrationEndsWhereItsProcessesDo()
    {
        CliResult result = RunProcess("demo", "migrate", "--dir", "/proc/engine", "--inodes", "100");
        ExpectRefusal(result, 3, "a process that was started here ended: engine: --store /proc/engine/migrate: it cannot");
    }
}
