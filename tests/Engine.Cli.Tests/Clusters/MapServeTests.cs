using System.Net;
using System.Net.Sockets;
using Engine.Cli.Clusters;
using Engine.Devices;

namespace Engine.Cli.Tests.Clusters;

/// <summary>A store has one map at a time.</summary>
public sealed class MapServeTests : ClusterFixture
{
    [Fact]
    public void ASecondMapIsRefused_WithTheAddressOfTheFirst_WhichGoesOn()
    {
        StartAll(1);
        RunningCommand second = Start("map", "serve", "--store", Store, "--ranks", "1", "--listen", "127.0.0.1:0");
        Assert.Equal(3, second.AwaitEnd());
        Assert.Contains($"--store {Store}: a map serves it at {Map}", second.Error, StringComparison.Ordinal);
        Assert.Contains("--take-over", second.Error, StringComparison.Ordinal);
        Assert.Empty(second.Output);
        Must("fs", "mkdir", "--map", Map, "/a");
    }

    [Fact]
    public void WhoMeansItTakesOver_AndTheFirstEnds()
    {
        RunningCommand first = StartMap(1);
        RunningCommand second = Start(
            "map", "serve", "--store", Store, "--ranks", "1", "--listen", "127.0.0.1:0", "--take-over");
        second.Await("has the store: it is taken over");
        Assert.Equal(1, first.AwaitEnd());
        Assert.Contains("another map was started on it", first.Error, StringComparison.Ordinal);
        RunningCommand third = Start("map", "serve", "--store", Store, "--ranks", "1");
        Assert.Equal(3, third.AwaitEnd());
    }

    /// <summary>What a killed map leaves: its file, which nobody holds any more.</summary>
    [Fact]
    public void AMapThatWasKilledIsFollowedAtOnce()
    {
        Assert.Equal(0, StartMap(1).End());
        File.WriteAllText(Path.Combine(Store, "map"), $"{Map} 1 here 1\n");
        StartMap(1);
        StartRank(0);
    }

    /// <summary>A process that is stopped keeps its lock, and the system takes calls for it.</summary>
    [Fact]
    public void AMapThatIsHaltedIsTakenOver_AfterItHasHadTime()
    {
        Assert.Equal(0, StartMap(1).End());
        using var halted = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        halted.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        halted.Listen();
        string file = Path.Combine(Store, "map");
        File.WriteAllText(file, $"{halted.LocalEndPoint} 1 here 1\n");
        Assert.True(StorageFile.OpenLocked(file, alone: true, out StorageFile? held).IsNone);
        using (held)
        {
            string? over = Check(takesOver: false, TimeSpan.FromMilliseconds(300), out string said);
            Assert.Contains("has not answered for 0.3 s: the store is taken over", said, StringComparison.Ordinal);
            using MapClaim claim = MapClaim.Take(Store, new IPEndPoint(IPAddress.Loopback, 1), over);
            Assert.False(claim.IsLost);
            // The halted one's lock is on a file without a name now: the next asks about this one.
            halted.Dispose();
            CliException refused = Assert.Throws<CliException>(
                () => Check(takesOver: false, TimeSpan.FromMilliseconds(300), out _));
            Assert.Contains("does not answer at 127.0.0.1:1 from here", refused.Message, StringComparison.Ordinal);
            Assert.Equal(ExitCode.Environment, refused.ExitCode);
        }
    }

    [Fact]
    public void OfTwoThatBeginAtOnceOneDoes()
    {
        Assert.Equal(0, StartMap(1).End());
        string? over = Check(takesOver: false, TimeSpan.FromSeconds(1), out _);
        using MapClaim first = MapClaim.Take(Store, new IPEndPoint(IPAddress.Loopback, 1), over);
        CliException refused = Assert.Throws<CliException>(
            () => MapClaim.Take(Store, new IPEndPoint(IPAddress.Loopback, 2), over));
        Assert.Contains("another map was started on it just now", refused.Message, StringComparison.Ordinal);
        Assert.False(first.IsLost);
    }

    private string? Check(bool takesOver, TimeSpan patience, out string said)
    {
        var lines = new List<string>();
        string? over = MapClaim.Check(
            Store, ClusterDirectory.Open(Store, lines.Add).Id, takesOver, patience, lines.Add, CancellationToken.None);
        said = string.Join('\n', lines);
        return over;
    }

    [Fact]
    public void AMapThatEndedIsFollowedByTheNext()
    {
        RunningCommand first = StartMap(1);
        Assert.Equal(0, first.End());
        StartMap(1);
        StartRank(0);
        Must("fs", "mkdir", "--map", Map, "/a");
    }

    [Fact]
    public void WhereItCannotListen_NoStoreIsMade()
    {
        StartMap(1);
        string other = PathOf("other");
        CliResult refused = Run("map", "serve", "--store", other, "--ranks", "1", "--listen", Map);
        ExpectRefusal(refused, 3, $"cannot listen at {Map}");
        Assert.False(Path.Exists(other));
    }

    [Fact]
    public void AStoreThatCannotBeMade_IsSaidToBeToMake() =>
        ExpectRefusal(Run("map", "serve", "--store", "/proc/engine"), 3, "--store /proc/engine: it cannot be made");

    [Theory]
    [InlineData("--ranks", "x", "1 to 64")]
    [InlineData("--ranks", "0", "1 to 64")]
    [InlineData("--ranks", "65", "1 to 64")]
    [InlineData("--beacon", "x", "1 to 3600000")]
    [InlineData("--grace", "-1", "1 to 3600000")]
    public void NumbersAreRefusedWithTheirBounds(string option, string value, string allowed) =>
        ExpectRefusal(Run("map", "serve", "--store", Store, option, value), 2, $"{option} '{value}': allowed: {allowed}");

    [Fact]
    public void ANamespaceIsMadeInADirectory_NotInACluster()
    {
        CliResult refused = Run("fs", "init", "--map", "127.0.0.1:7999");
        bool isMade = Directory.Exists("map:127.0.0.1:7999");
        if (isMade)
            Directory.Delete("map:127.0.0.1:7999", recursive: true);
        ExpectRefusal(refused, 2, "init: ");
        Assert.False(isMade);
    }
}
