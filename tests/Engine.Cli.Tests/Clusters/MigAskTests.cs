// What is asked of a rank by its socket: values that no rank takes are refused before anybody is asked, who does not answer is
// waited for until a deadline, and what a rank says of itself and others tells a user what is wrong and where to look.

using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Engine.Cli.Tests.Clusters;

/// <summary>What is asked of a rank is checked before it is asked, and is answered or ends.</summary>
public sealed class MigAskTests : ClusterFixture
{
    private string None => PathOf("none.control");

    [Theory]
    [InlineData("RANK: abc: a rank is a number from 0 to 63", "export", "dir", "", "/", "abc")]
    [InlineData("RANK: 64: a rank is a number from 0 to 63", "export", "dir", "", "/", "64")]
    [InlineData("RANK: x: a rank is a number from 0 to 63, or none", "pin", "", "/", "x")]
    [InlineData("abc: a migration is named RANK.LIFE.NUMBER", "export", "show", "", "abc")]
    [InlineData("1.2: a migration is named RANK.LIFE.NUMBER", "export", "cancel", "", "1.2")]
    [InlineData("no such setting", "config", "get", "", "bogus")]
    [InlineData("no such setting", "config", "set", "", "bogus", "1")]
    [InlineData("allowed: a number from 10 to 3600000, in ms", "config", "set", "", "mig.deadline.freeze", "abc")]
    [InlineData("allowed: a number from 10 to 3600000, in ms", "config", "set", "", "mig.deadline.freeze", "1.5")]
    [InlineData("allowed: a number from 10 to 3600000, in ms", "config", "set", "", "mig.deadline.freeze", "0")]
    [InlineData("thrash: x: allowed: 0 to 100", "thrash", "", "x")]
    [InlineData("thrash: 101: allowed: 0 to 100", "thrash", "", "101")]
    [InlineData("inject kill: Bogus: allowed: Export1", "inject", "kill", "", "Bogus")]
    [InlineData("inject kill: +1: allowed: Export1", "inject", "kill", "", "+1")]
    [InlineData("inject kill: Export1,Import1: allowed: Export1", "inject", "kill", "", "Export1,Import1")]
    [InlineData("--slow -1: allowed: 0 or more", "ops", "", "--slow=-1")]
    public void BadValuesAreUsage_BeforeAnybodyIsAsked(string says, params string[] words) =>
        ExpectRefusal(Run(["mig", .. words.Select(word => word.Length == 0 ? None : word)]), 2, says);

    [Fact]
    public void WhereNoRankAnswers_ItIsSaidWhy()
    {
        ExpectRefusal(Run("mig", "status", None), 3, $"{None}: does not exist");
        ExpectRefusal(Run("mig", "status", Root), 3, $"{Root}: is a directory");
        string file = PathOf("file");
        File.WriteAllText(file, "text");
        ExpectRefusal(Run("mig", "status", file), 3, $"{file}: nobody listens there");
        string @long = PathOf(new string('x', 200));
        File.WriteAllText(@long, "");
        ExpectRefusal(Run("mig", "status", @long), 3, "too long");
    }

    [Fact]
    public void ARankThatIsHalted_IsWaitedForUntilADeadline()
    {
        using Socket halted = ListenAndSayNothing();
        ExpectRefusal(Run("mig", "status", None), 3, $"{None}: the rank does not answer within 10 s");
    }

    [Fact]
    public void AnInterruptEndsTheWait()
    {
        using Socket halted = ListenAndSayNothing();
        var asked = Start("mig", "export", "list", None);
        Assert.Equal(130, asked.End());
        Assert.Equal("engine: interrupted\n", asked.Error);
    }

    [Fact]
    public void APinToARankThatTheMapHasNot_IsRefused_AndAnotherSaysWhereToLook()
    {
        StartAll(2);
        Must("fs", "mkdir", "--map", Map, "/a");
        ExpectRefusal(Run("mig", "pin", ControlOf(0), "/a", "9"), 2, "pin: 9: the cluster has ranks 0 to 1");
        Assert.Contains("pins:           none", Must("mig", "pins", ControlOf(0)), StringComparison.Ordinal);
        string said = Must("mig", "pin", ControlOf(0), "/a", "1");
        Assert.Contains("/a is rank 0's", said, StringComparison.Ordinal);
        Assert.Contains("engine mig pins", said, StringComparison.Ordinal);
    }

    [Fact]
    public void AnExportThatCannotBegin_SaysWhichOfItsReasonsItIs()
    {
        RunningCommand[] ranks = StartAll(2);
        Must("fs", "mkdir", "--map", Map, "/a");
        Must("fs", "create", "--map", Map, "/a/f");
        ExpectRefusal(Run("mig", "export", "dir", ControlOf(0), "/a", "0"), 1, "NoSuchRank: rank 0 is this rank itself");
        ExpectRefusal(Run("mig", "export", "dir", ControlOf(0), "/a", "9"), 1, "NoSuchRank: the cluster has ranks 0 to 1");
        ExpectRefusal(Run("mig", "export", "dir", ControlOf(0), "/nope", "1"), 1, "/nope: does not exist");
        ExpectRefusal(Run("mig", "export", "dir", ControlOf(0), "/a/f", "1"), 1, "/a/f: it, or something on the way");
        string done = Must("mig", "export", "dir", ControlOf(0), "/a", "1", "--wait");
        Assert.Contains("state:          done", done, StringComparison.Ordinal);
        Assert.DoesNotContain("None", done, StringComparison.Ordinal);
        Assert.Contains("| /a ", Must("mig", "export", "list", ControlOf(1), "--history"), StringComparison.Ordinal);
        ranks[1].End();
        Until(() => RankOf(1) == "Failed");
        ExpectRefusal(Run("mig", "export", "dir", ControlOf(0), "/a", "1"), 1, "/a: ");
    }

    [Fact]
    public void StatusWarnsOfRanksThatFailed_AndOfRequestsThatStand()
    {
        RunningCommand[] ranks = StartAll(2);
        Assert.Empty(Warnings());
        Must("fs", "mkdir", "--map", Map, "/a", "/b");
        Must("mig", "export", "dir", ControlOf(0), "/b", "1", "--wait");
        ranks[1].End();
        Until(() => RankOf(1) == "Failed");
        Assert.Contains(
            Warnings(), static each => each.StartsWith("rank 1 has failed, and nobody has taken it", StringComparison.Ordinal));
        Must("fs", "create", "--map", Map, "/a/f");
        RunningCommand move = Start("fs", "mv", "--map", Map, "/a/f", "/b/f");
        move.AwaitError("waits for rank 1, which is Failed");
        Assert.Equal(130, move.End());
        RunningCommand listing = Start("fs", "ls", "--map", Map, "/b");
        Until(() => Rows(Ask("ops", ControlOf(0)), "operations").Any(
            static each => ((string?)each["waits_for"])!.StartsWith("rank 1, which has a part", StringComparison.Ordinal)));
        Until(() => Warnings().Exists(
            static each => each.StartsWith("GetAttributes /b of client", StringComparison.Ordinal)));
        Assert.Equal(130, listing.End());
        Until(() => Warnings().Exists(static each => each.EndsWith("its client has gone", StringComparison.Ordinal)));
    }

    [Fact]
    public void StatusWarnsOfAMapThatHasGone()
    {
        RunningCommand map = StartMap(1);
        StartRank(0);
        map.End();
        Until(() => Warnings().Exists(each => each.StartsWith($"no map answers at {Map}", StringComparison.Ordinal)));
        StartMap(1);
        Until(() => Warnings().Count == 0);
    }

    [Fact]
    public void ARankThatBeginsAnew_SaysWhomItWaitsFor()
    {
        RunningCommand[] ranks = StartAll(2);
        Must("fs", "mkdir", "--map", Map, "/b");
        Must("mig", "export", "dir", ControlOf(0), "/b", "1", "--wait");
        ranks[1].End();
        Until(() => RankOf(1) == "Failed");
        ranks[0].End();
        RunningCommand rank = Start("rank", "serve", "--store", Store, "--map", Map, "--rank", "0");
        rank.Await("rank 0: waits for other ranks to give the ways to its subtrees anew: rank 1");
        JsonNode status = Ask("status", ControlOf(0));
        Assert.Equal("Rejoin", (string?)status["state"]);
        Assert.EndsWith(": rank 1", (string?)status["waits_for"]!, StringComparison.Ordinal);
        StartRank(1);
        rank.Await("rank 0: Active");
        Assert.Null((string?)Ask("status", ControlOf(0))["waits_for"]);
    }

    [Fact]
    public void StopSaysHowItGoesOn_AndHowTheRankIsHadAgain()
    {
        RunningCommand[] ranks = StartAll(2);
        string said = Must("mig", "stop", ControlOf(1));
        Assert.Contains("engine mig status", said, StringComparison.Ordinal);
        Assert.Contains("engine rank serve --rank 1", said, StringComparison.Ordinal);
        Assert.Equal(0, ranks[1].AwaitEnd());
        StartRank(1);
    }

    private List<string> Warnings() =>
        [.. Rows(Ask("status", ControlOf(0)), "warnings").Select(static each => (string)each["warning"]!)];

    private string? RankOf(int rank) =>
        (string?)Rows(Ask("status", ControlOf(0)), "ranks").ElementAt(rank)["state"];

    private Socket ListenAndSayNothing()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(None));
        socket.Listen();
        return socket;
    }
}
