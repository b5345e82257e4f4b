// Purpose: whatever part of a ring's header is lost, and whatever else stands where it was, no record that is whole is given up,
// and nothing is cut that may not be the namespace's own.
using Engine.Cli.Namespaces;
using Engine.Cli.Sessions;
using Engine.Metadata;

namespace Engine.Cli.Tests;

/// <summary>A journal on a file of its own that has lost its header: what is whole of it goes into a new one in the store's
/// directory, and the file stays as it is.</summary>
public sealed class FsRingHeadlessTests : CliFixture
{
    private const int HeadBytes = 64 << 10;

    private string Store => PathOf("ns");

    private string Ring => PathOf("ring");

    public FsRingHeadlessTests() =>
        Assert.Equal(0, Run("fs", "init", Store, "--journal", Ring, "--journal-size", "8MiB").Exit);

    [Fact]
    public void WhatItsSegmentsHoldIsKept()
    {
        Assert.Equal(0, Run("fs", "mkdir", Store, "/stored").Exit);
        Leave("/kept", "/kept/too");
        string before = Dump();
        Clear(HeadBytes);
        byte[] left = File.ReadAllBytes(Ring);
        string lost = $"{Ring} is not an Engine log and holds nothing that is known; restore it, or name another";
        string elsewhere = $"write its path now into {Store}/journal";
        foreach (string verb in (string[])["ls", "mkdir"])
        {
            ExpectRefusal(
                Run("fs", verb, Store, "/x"), 3,
                $"engine: open: {lost}, or {elsewhere}, or see: engine fs check {Store}\n");
        }

        CliResult check = Run("fs", "check", Store);
        Assert.Equal(1, check.Exit);
        Assert.Matches($"^journal: {lost.Replace("(", @"\(").Replace(")", @"\)")}; its segments hold [1-9]", check.Output);
        Assert.Contains($" now, write its path into {Store}/journal first\n", check.Output, StringComparison.Ordinal);
        CliResult cut = Run("fs", "check", Store, "--cut");
        Assert.True(cut.Exit == 1, cut.ToString());
        Assert.Contains(
            $"the old one stays on {Ring} as it is, the note of that is kept in {Store}/damaged/journal\n", cut.Output,
            StringComparison.Ordinal);
        Assert.Equal(left, File.ReadAllBytes(Ring));
        Assert.Equal($"engine journal 1\npath {Ring}\n", File.ReadAllText(Path.Combine(Store, "damaged/journal")));
        Assert.Equal(before, Dump());
        Assert.Equal(0, Run("fs", "mkdir", Store, "/more").Exit);
        Assert.Equal(0, Run("fs", "check", Store).Exit);
    }

    /// <summary>The superblocks still say how long the segments are; where records begin is lost with the states.</summary>
    [Fact]
    public void SoItIsWhereTheStatesAreLost()
    {
        Leave("/kept", "/kept/too");
        string before = Dump();
        Clear(4096, at: 4096);
        Clear(4096, at: HeadBytes - 8192);
        Assert.Equal(1, Run("fs", "check", Store, "--cut").Exit);
        Assert.Equal(before, Dump());
    }

    /// <summary>It may be the wrong device: that it is not is said by who removes the note.</summary>
    [Fact]
    public void WithNothingLeft_NothingIsCutBeforeThatIsSaid()
    {
        Assert.Equal(0, Run("fs", "mkdir", Store, "/stored").Exit);
        Leave("/lost");
        Clear((int)new FileInfo(Ring).Length);
        string note = Path.Combine(Store, "journal");
        ExpectRefusal(
            Run("fs", "check", Store, "--cut"), 3, $"engine: --cut: {Ring} holds nothing of this namespace's journal; nothing "
                + $"was cut; write the path of the right one into {note}, or remove that note where it is gone for good\n");
        Assert.Equal($"engine journal 1\npath {Ring}\n", File.ReadAllText(note));
        File.Delete(note);
        CliResult cut = Run("fs", "check", Store, "--cut");
        Assert.True(cut.Exit == 1, cut.ToString());
        Assert.Equal("stored\n", Run("fs", "ls", Store).Output);
        Assert.Equal(0, Run("fs", "check", Store).Exit);
    }

    /// <summary>Another namespace's, of which only the states are lost.</summary>
    [Fact]
    public void AnothersIsNotCut()
    {
        File.Delete(Ring);
        Assert.Equal(0, Run("fs", "init", PathOf("other"), "--journal", Ring, "--journal-size", "8MiB").Exit);
        Clear(4096, at: 4096);
        Clear(4096, at: HeadBytes - 8192);
        ExpectRefusal(Run("fs", "check", Store, "--cut"), 3, "; nothing was cut; where the right journal is gone");
        Assert.True(File.Exists(Path.Combine(Store, "journal")));
    }

    /// <summary>The device is longer than when the journal was made: where segments are is told by what they hold.</summary>
    [Fact]
    public void ALongerDeviceChangesNothing()
    {
        const long Before = 160 << 20;
        Assert.Equal(0, Run("fs", "init", PathOf("other"), "--journal", PathOf("long"), "--journal-size", "160MiB").Exit);
        Assert.Equal(0, Run("fs", "mkdir", PathOf("other"), "/kept").Exit);
        using (FileStream file = File.OpenWrite(PathOf("long")))
        {
            file.SetLength(Before + (77 << 20));
            file.Write(new byte[HeadBytes]);
        }

        CliResult check = Run("fs", "check", PathOf("other"));
        Assert.Matches("; its segments hold [1-9]", check.Output);
        Assert.Equal(1, Run("fs", "check", PathOf("other"), "--cut").Exit);
        Assert.Equal("kept\n", Run("fs", "ls", PathOf("other")).Output);
    }

    /// <summary>What is whole in what is left of it is kept.</summary>
    [Fact]
    public void AFileThatHasShrunkIsRescued()
    {
        Leave("/kept", "/kept/too");
        string before = Dump();
        using (FileStream file = File.OpenWrite(Ring))
            file.SetLength((5 << 20) + 4096);
        ExpectRefusal(Run("fs", "ls", Store), 3, "; it has shrunk, restore it, or write its path now into ");
        Assert.Equal(1, Run("fs", "check", Store, "--cut").Exit);
        Assert.Equal(before, Dump());
        Assert.Equal(0, Run("fs", "check", Store).Exit);
    }

    /// <summary>What is another thing is not taken for a journal without a header.</summary>
    [Fact]
    public void AnotherThingIsNotCut()
    {
        File.Delete(Ring);
        Assert.Equal(0, Run("volume", "format", Ring, "--size", "8MiB").Exit);
        ExpectRefusal(Run("fs", "check", Store, "--cut"), 3, "it holds an Engine volume (signature at byte 0); nothing was cut");
        Assert.True(File.Exists(Path.Combine(Store, "journal")));
    }

    private void Clear(int bytes, int at = 0)
    {
        using FileStream file = File.OpenWrite(Ring);
        file.Position = at;
        file.Write(new byte[bytes]);
    }

    private void Leave(params string[] paths)
    {
        using FsSession session = FsSession.Open(Store);
        session.Client.WaitUntilActive();
        foreach (string path in paths)
            Assert.True(session.Client.Call(FsTree.Ask(ClientOp.MakeDirectory, FsPath.Parse(path))).Error.IsNone);
    }

    /// <summary>Reading leaves the journal as it is.</summary>
    private string Dump()
    {
        CliResult dump = Run("fs", "dump", Store);
        Assert.Equal(0, dump.Exit);
        return dump.Output;
    }
}
