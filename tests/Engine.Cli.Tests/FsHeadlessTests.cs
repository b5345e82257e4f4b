using System.Text;
using Engine.Cli.Namespaces;
using Engine.Cli.Sessions;
using Engine.Metadata;

namespace Engine.Cli.Tests;

/// <summary>A journal that has lost its head, and more: what is whole of it is used or named, and a repair may end
/// anywhere.</summary>
public sealed class FsHeadlessTests : CliFixture
{
    private string Store => PathOf("ns");

    private string Journal => Path.Combine(Store, "journal");

    public FsHeadlessTests() => Assert.Equal(0, Run("fs", "init", Store).Exit);

    [Fact]
    public void DamageInWhatWasLetGoCostsNothing()
    {
        Leave("/kept", "/kept/too");
        Leave("/more");
        string before = Dump();
        // Of the life that made the store; the objects have it.
        Spoil(Positions()[1]);
        LoseHead();
        CliResult cut = Run("fs", "check", Store, "--cut");
        Assert.True(cut.Exit == 1, cut.ToString());
        Assert.Equal(before, Run("fs", "dump", Store).Output);
        Assert.DoesNotContain("/kept: lost", cut.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void BehindDamageWhatCanBeUsedIs_AndTheRestIsNamed()
    {
        Leave("/kept");
        Leave("/spoiled", "/after", "/after/in it");
        Leave("/new", "/new/in it");
        Spoil("spoiled");
        LoseHead();
        CliResult check = Run("fs", "check", Store);
        Assert.Contains("gaps between them: 1; ", check.Output, StringComparison.Ordinal);
        CliResult cut = Run("fs", "check", Store, "--cut");
        Assert.True(cut.Exit == 1, cut.ToString());
        Assert.Matches(@"journal: events (\d+) to \1 are not there; lost: what they changed", cut.Output);
        foreach (string lost in (string[])["/after", "/after/in it"])
            Assert.Contains($"\n{lost}: lost: ", cut.Output, StringComparison.Ordinal);
        foreach (string kept in (string[])["/kept", "/new", "/new/in it"])
            Assert.DoesNotContain($"\n{kept}: lost: ", cut.Output, StringComparison.Ordinal);
        Assert.Equal("kept\nnew\n", Run("fs", "ls", Store).Output);
        Assert.Equal("in it\n", Run("fs", "ls", Store, "/new").Output);
        Assert.Equal(0, Run("fs", "mkdir", Store, "/after").Exit);
        Assert.Equal(0, Run("fs", "check", Store).Exit);
    }

    [Fact]
    public void ARepairMayEndBetweenOneJournalAndTheOther()
    {
        Leave("/kept", "/kept/too");
        Assert.Equal(0, Run("fs", "xattr", "set", Store, "/", "user.colour", "green").Exit);
        string before = Dump();
        LoseHead();
        Assert.Equal(1, Run("fs", "check", Store, "--cut").Exit);
        Assert.Equal(before, Dump());

        // The old one was put aside, the new one not into its place.
        Directory.Move(Journal, Path.Combine(Store, "journal.new"));
        File.WriteAllText(Path.Combine(Store, "repair-under-way"), string.Empty);
        CliResult cut = Run("fs", "check", Store, "--cut");
        Assert.True(cut.Exit == 1, cut.ToString());
        Assert.DoesNotContain("lost", cut.Output, StringComparison.Ordinal);
        Assert.Equal(before, Dump());
        Assert.False(Path.Exists(Path.Combine(Store, "journal.new")));
        Assert.Equal(0, Run("fs", "mkdir", Store, "/more").Exit);
        Assert.Equal(0, Run("fs", "check", Store).Exit);
    }

    [Fact]
    public void AJournalThatWasBegunIsNotTakenForOne()
    {
        Leave("/kept");
        LoseHead();
        Assert.Equal(1, Run("fs", "check", Store, "--cut").Exit);
        Directory.Move(Journal, Path.Combine(Store, "journal.new"));
        File.WriteAllText(Path.Combine(Store, "repair-under-way"), string.Empty);
        File.WriteAllBytes(Path.Combine(Store, "journal.new", "head"), new byte[4096]);
        CliResult cut = Run("fs", "check", Store, "--cut");
        Assert.True(cut.Exit == 1, cut.ToString());
        Assert.Contains("journal: a new one is begun; lost: every change", cut.Output, StringComparison.Ordinal);
        Assert.Equal("kept\n", Run("fs", "ls", Store).Output);
    }

    /// <summary>A life of the rank that makes directories, which are in the journal alone then.</summary>
    private void Leave(params string[] paths)
    {
        using FsSession session = FsSession.Open(Store);
        session.Client.WaitUntilActive();
        foreach (string path in paths)
            Assert.True(session.Client.Call(FsTree.Ask(ClientOp.MakeDirectory, FsPath.Parse(path))).Error.IsNone);
    }

    /// <summary>What the store says; asked of a copy, which leaves the journal as it is.</summary>
    private string Dump()
    {
        string copy = PathOf("copy");
        if (Directory.Exists(copy))
            Directory.Delete(copy, recursive: true);
        CopyTree(Store, copy);
        return Run("fs", "dump", copy).Output;
    }

    private void LoseHead()
    {
        string head = Path.Combine(Journal, "head");
        File.WriteAllBytes(head, new byte[new FileInfo(head).Length]);
    }

    private string Segment() => Directory.EnumerateFiles(Journal, "*.segment").Order(StringComparer.Ordinal).First();

    /// <summary>Where records begin in the oldest segment.</summary>
    private List<int> Positions()
    {
        byte[] bytes = File.ReadAllBytes(Segment());
        List<int> positions = [];
        for (int at = 0; at < bytes.Length; at += 8)
        {
            if (bytes.AsSpan(at).StartsWith("ELGR"u8))
                positions.Add(at);
        }

        return positions;
    }

    private void Spoil(int position)
    {
        byte[] bytes = File.ReadAllBytes(Segment());
        bytes[position + 20] ^= 0x40;
        File.WriteAllBytes(Segment(), bytes);
    }

    private void Spoil(string text) => Spoil(File.ReadAllBytes(Segment()).AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) - 20);
}
