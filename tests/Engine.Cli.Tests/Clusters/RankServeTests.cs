namespace Engine.Cli.Tests.Clusters;

/// <summary>What can be no rank of the map's does not stand by.</summary>
public sealed class RankServeTests : ClusterFixture
{
    [Fact]
    public void TheMapOfAnotherStoreIsRefused_AndBothClustersAreNamed()
    {
        RunningCommand map = StartMap(1);
        string own = map.Output.Split("cluster ")[1].Split(':')[0];
        string other = PathOf("other");
        RunningCommand otherMap = Start("map", "serve", "--store", other, "--ranks", "1");
        string others = otherMap.Await(" ranks at ").Split("cluster ")[1].Split(':')[0];
        RunningCommand rank = Start("rank", "serve", "--store", other, "--map", Map);
        Assert.Equal(3, rank.AwaitEnd());
        Assert.Contains(
            $"--map {Map}: that map refuses this process (Cluster: this is cluster {own}", rank.Error, StringComparison.Ordinal);
        Assert.Contains($"--store {other} is of cluster {others}: name", rank.Error, StringComparison.Ordinal);
        Assert.Empty(rank.Output);
    }

    [Fact]
    public void WhatIsMissingIsNamed_AllOfIt()
    {
        ExpectRefusal(Run("rank", "serve"), 2, "--map, --store: their values are missing");
        ExpectRefusal(Run("rank", "serve", "--store", Store), 2, "--map: its value is missing");
        ExpectRefusal(Run("rank", "serve", "--map", "127.0.0.1:7000"), 2, "--store: its value is missing");
    }

    [Fact]
    public void ASocketIsNotMadeOfAFile()
    {
        StartMap(1);
        string file = PathOf("file");
        File.WriteAllText(file, "kept");
        ExpectRefusal(
            Run("rank", "serve", "--store", Store, "--map", Map, "--control", file), 3, $"--control {file}: it is no socket");
        Assert.Equal("kept", File.ReadAllText(file));
    }

    [Theory]
    [InlineData(107, true)]
    [InlineData(108, false)]
    public void ASocketsPathIsAsLongAsTheKernelTakes(int bytes, bool isTaken)
    {
        StartMap(1);
        string path = PathOf("c");
        path += new string('c', bytes - path.Length);
        RunningCommand rank = Start(
            "rank", "serve", "--store", Store, "--map", Map, "--rank", "0", "--control", path);
        if (isTaken)
        {
            rank.Await("engine mig status");
            Assert.Equal(0, (int)Ask("status", path)["rank"]!);
            return;
        }

        Assert.Equal(3, rank.AwaitEnd());
        Assert.Contains($"--control {path}: cannot listen there", rank.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ARankBeyondTheMapIsRefused()
    {
        StartMap(1);
        RunningCommand rank = Start("rank", "serve", "--store", Store, "--map", Map, "--rank", "1");
        Assert.Equal(2, rank.AwaitEnd());
        Assert.Contains("--rank 1: the cluster has 1 rank, 0", rank.Error, StringComparison.Ordinal);
        Assert.Empty(rank.Output);
    }

    [Fact]
    public void WhoStandsByForOneRankAlone_SaysSo_AndByWhomItIsServed()
    {
        StartAll(1);
        // The rank serves before the map says so to others.
        Until(() => (string?)Rows(Ask("status", ControlOf(0)), "ranks").Single()["state"] == "Active");
        RunningCommand standby = Start("rank", "serve", "--store", Store, "--map", Map, "--rank", "0");
        string line = standby.Await("stands by");
        Assert.Contains("for rank 0 alone, which is Active at 127.0.0.1:", line, StringComparison.Ordinal);
    }

    [Fact]
    public void AMapThatDoesNotAnswer_IsToldOf_AndCalledOn()
    {
        RunningCommand map = StartMap(1);
        map.End();
        RunningCommand rank = Start("rank", "serve", "--store", Store, "--map", Map);
        rank.AwaitError($"no map answers at {Map} yet");
        StartMap(1);
        rank.Await("rank 0: Active");
    }

    [Fact]
    public void ASocketThatSomebodyAnswersAt_IsRefused()
    {
        StartAll(1);
        RunningCommand other = Start("rank", "serve", "--store", Store, "--map", Map, "--control", ControlOf(0));
        Assert.Equal(3, other.AwaitEnd());
        Assert.Contains($"--control {ControlOf(0)}: a rank answers there", other.Error, StringComparison.Ordinal);
        Assert.Equal("Active", (string?)Ask("status", ControlOf(0))["state"]);
    }

    [Fact]
    public void WhoStandsByWithASocketOfItsOwn_AnswersThere()
    {
        StartAll(1);
        string control = PathOf("own.control");
        Start("rank", "serve", "--store", Store, "--map", Map, "--control", control).Await("stands by");
        CliResult asked = Run("mig", "status", control);
        ExpectRefusal(asked, 1, "this process stands by: it is no rank yet");
    }

    /// <summary>The next life has a socket of the same name by then.</summary>
    [Fact]
    public void WhoEndsLeavesAnothersSocket()
    {
        RunningCommand rank = StartAll(1)[0];
        string aside = ControlOf(0) + ".aside";
        File.Move(ControlOf(0), aside);
        File.WriteAllText(ControlOf(0), "another");
        rank.End();
        Assert.True(File.Exists(ControlOf(0)));
        File.Delete(aside);
    }
}
