using System.Text.Json.Nodes;
using Engine.Cli.Clusters;

namespace Engine.System.Tests;

/// <content>What operators tell a rank by its control socket.</content>
public sealed partial class ClusterProcessTests
{
    private const int AsksMax = 400;

    [Fact]
    public void LimitsAreShownAndChanged_AndWhatIsWrongIsSaidInOneLine()
    {
        StartMap();
        StartRank(0);
        JsonNode freeze = Setting("mig.deadline.freeze");
        Assert.Equal((5000, 5000, "ms"), ((long)freeze["value"]!, (long)freeze["default"]!, (string)freeze["unit"]!));
        Assert.Contains("was:            5000", Must("mig", "config", "set", ControlOf(0), "mig.deadline.freeze", "250"),
            StringComparison.Ordinal);
        Assert.Equal((250, 5000), ((long)Setting("mig.deadline.freeze")["value"]!, (long)freeze["default"]!));
        string all = Must("mig", "config", "get", ControlOf(0));
        Assert.Contains("mig.max_concurrent", all, StringComparison.Ordinal);
        Assert.Contains("mig.deadline.export", all, StringComparison.Ordinal);

        foreach (string value in (string[])["9", "3600001", "-1", "soon", "", "99999999999999999999"])
        {
            Refuses(
                $"config set: mig.deadline.freeze: {value}: allowed: a number from 10 to 3600000, in ms",
                "mig", "config", "set", ControlOf(0), "--", "mig.deadline.freeze", value);
        }

        Refuses("config get: mig.none: no such setting", "mig", "config", "get", ControlOf(0), "mig.none");
        Refuses("config set: mig.none: no such setting", "mig", "config", "set", ControlOf(0), "mig.none", "1");
        Assert.Equal(250, (long)Setting("mig.deadline.freeze")["value"]!);
    }

    [Fact]
    public void ADirectoryFollowsItsPin_SubtreesGoByChance_AndARankThatStopsLeavesNothingBehind()
    {
        StartMap();
        StartRank(0);
        ServiceProcess one = StartRank(1);
        Fill("/a");
        Must("fs", "mkdir", "--map", _map, "/b");
        Assert.Contains("pins:           none", Must("mig", "pins", ControlOf(0)), StringComparison.Ordinal);
        Must("mig", "pin", ControlOf(0), "/a", "1");
        Until(() => Rows("pins", ControlOf(1)).Any(
            static each => (string?)each["path"] == "/a" && (string?)each["state"] == "here"));
        Assert.Equal("(1,?)", AuthorityOf("/a", 1));
        Must("mig", "pin", ControlOf(0), "/a", "none");
        Until(() => Rows("pins", ControlOf(1)).Count == 0);

        Refuses("thrash: 101: allowed: 0 to 100 exports", "mig", "thrash", ControlOf(0), "101");
        Assert.Contains("exports a tick: 2", Must("mig", "thrash", ControlOf(0), "2"), StringComparison.Ordinal);
        // One has gone for its pin.
        Until(() => History(0).Count(static each => (string?)each["state"] == "done") > 1);
        Assert.Contains("exports a tick: 0", Must("mig", "thrash", ControlOf(0), "0"), StringComparison.Ordinal);

        Refuses("stop: rank 0 has the root", "mig", "stop", ControlOf(0));
        Assert.Contains("leaves:         True", Must("mig", "stop", ControlOf(1)), StringComparison.OrdinalIgnoreCase);
        one.AwaitEnd();
        Assert.Equal(0, one.ExitCode);
        Assert.Equal(Files, Names("/a"));
        Must("fs", "mkdir", "--map", _map, "/a/after");
        Must("mig", "check", ControlOf(0));
        Assert.Equal("(0,?)", AuthorityOf("/a", 0));
    }

    /// <summary>Asks until it is so. Each time a process is begun, and another one's answer is waited for.</summary>
    private static void Until(Func<bool> isSo)
    {
        int asks = 0;
        while (!isSo())
            Assert.InRange(++asks, 1, AsksMax);
    }

    private JsonNode Setting(string name) =>
        Assert.Single(JsonNode.Parse(Must("mig", "config", "get", ControlOf(0), name, "--json"))!["settings"]!.AsArray())!;

    private static List<JsonNode> Rows(string verb, string control) =>
        [.. JsonNode.Parse(Must("mig", verb, control, "--json"))![verb]!.AsArray().Select(static each => each!)];

    private List<JsonNode> History(int rank) =>
        [.. JsonNode.Parse(Must("mig", "export", "list", ControlOf(rank), "--history", "--json"))!["history"]!.AsArray()
            .Select(static each => each!)];

    private string AuthorityOf(string path, int rank)
    {
        // What has no entry of its own is as what lies above it.
        JsonNode? root = Rows("subtrees", ControlOf(rank)).SingleOrDefault(each => (string?)each["path"] == path)
            ?? Rows("subtrees", ControlOf(rank)).SingleOrDefault(static each => (string?)each["path"] == "/");
        return (string?)root?["authority"] ?? "";
    }
}
