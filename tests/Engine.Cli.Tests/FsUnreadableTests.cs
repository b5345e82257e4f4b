using System.Globalization;
using System.Text;
using Engine.Cli.Namespaces;
using Engine.Cli.Sessions;
using Engine.Metadata;
using Engine.Stores;

namespace Engine.Cli.Tests;

/// <summary>A damaged journal, and behind the damage something that cannot be read.</summary>
public sealed class FsUnreadableTests : CliFixture
{
    private const int SegmentBytes = 1 << 20;
    private const int Names = 1400;

    private string Store => PathOf("ns");

    private string Journal => Path.Combine(Store, "journal");

    public FsUnreadableTests()
    {
        Assert.Equal(0, Run("fs", "init", Store).Exit);
        LogIdentity identity = FsSession.IdentityOf(Store);
        Directory.Delete(Journal, recursive: true);
        FileLog.Format(Journal, new LogFormatOptions { SegmentBytes = SegmentBytes, SegmentCount = 64, Uuid = identity.Uuid });
        FileLog.Open(Journal, new LogOptions { Incarnation = identity.Incarnation + 1 }).Dispose();
        // What the journal had is made anew by what the objects have, as where a repair was not ended.
        FsSession.BeginRepair(Store);
        Assert.Equal(1, Run("fs", "check", Store, "--cut").Exit);
        byte[] target = Encoding.ASCII.GetBytes(new string('t', 4000));
        ClientRequest[] requests = [.. Enumerable.Range(0, Names).Select(index => FsTree.Ask(
            ClientOp.SymbolicLink, FsPath.Parse(Name(index))) with { Value = target })];
        UntrimmedLife.Run(Store, client => Assert.All(client.CallAll(requests), reply => Assert.True(reply.Error.IsNone)));
        Assert.InRange(Segments().Length, 6, 64);
    }

    [Fact]
    public void IsTheEndOfWhatIsLost_AndNotOfTheCheck()
    {
        Spoil(Segments()[1]);
        string gone = Segments()[3];
        File.Delete(gone);
        File.CreateSymbolicLink(gone, gone);
        CliResult check = Run("fs", "check", Store);
        Assert.True(check.Exit == 1, check.ToString());
        Assert.Contains("a cut would keep ", check.Output, StringComparison.Ordinal);
        Assert.Matches(@"\njournal: behind position \d+ not all can be read \(E[A-Z]+\); ", check.Output);
        Assert.Contains("1 directories with ", check.Output, StringComparison.Ordinal);

        CliResult cut = Run("fs", "check", Store, "--cut");
        Assert.True(cut.Exit == 1, cut.ToString());
        Assert.Matches(@"\njournal: what is behind position \d+ is kept in .*, but for 1 MiB that cannot be read\n", cut.Output);
        string rest = Path.Combine(Store, "damaged", "journal-rest");
        Assert.Contains(
            Directory.GetFiles(rest, "*.segment"),
            path => File.ReadAllBytes(path).AsSpan().IndexOf(Encoding.ASCII.GetBytes(Name(Names - 1)[1..])) >= 0);
        File.Delete(gone);
        Assert.Contains(": clean (", Run("fs", "check", Store).Output, StringComparison.Ordinal);
        Assert.Equal(Names, Run("fs", "ls", Store).Output.Count(c => c == '\n'));
    }

    private static string Name(int index) => string.Create(CultureInfo.InvariantCulture, $"/link-{index:00000}");

    private string[] Segments() => [.. Directory.GetFiles(Journal, "*.segment").Order(StringComparer.Ordinal)];

    private static void Spoil(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[SegmentBytes / 2] ^= 0x10;
        File.WriteAllBytes(path, bytes);
    }
}
