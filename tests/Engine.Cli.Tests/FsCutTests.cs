// Purpose: a journal that is damaged, and nothing to restore it from: it is cut at its damage, or begun anew with what its
// segments tell; what that costs is said before and after, and what is given up lies beside.
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Engine.Cli.Namespaces;
using Engine.Cli.Sessions;
using Engine.Metadata;
using Engine.Stores;

namespace Engine.Cli.Tests;

/// <summary>A journal that is damaged, and nothing to restore it from: it is cut there, and says what that costs.</summary>
public sealed class FsCutTests : CliFixture
{
    private string Store => PathOf("ns");

    [Fact]
    public void ADamagedJournalIsCut_AndTheNamespaceGoesOn()
    {
        Assert.Equal(0, Run("fs", "init", Store).Exit);
        Leave("/kept", "/lost");
        Spoil(from: "lost");
        ExpectRefusal(Run("fs", "ls", Store), 3, "is damaged at position");
        CliResult check = Run("fs", "check", Store);
        Assert.Equal(1, check.Exit);
        Assert.Contains($"engine fs check {Store} --cut", check.Output, StringComparison.Ordinal);
        Match said = Regex.Match(
            check.Output, @"\na cut would keep (\d+) events? before the damage \(.* in 1 segment\), and give up what is "
                + @"damaged and (\d+) whole events? behind it \(.*\), of which it keeps a copy\n");
        Assert.True(said.Success, check.ToString());

        CliResult cut = Run("fs", "check", Store, "--cut");
        Assert.True(cut.Exit == 1, cut.ToString());
        Assert.Contains("cut at position", cut.Output, StringComparison.Ordinal);
        Assert.Contains($"; {said.Groups[1].Value} events before it are kept; ", cut.Output, StringComparison.Ordinal);
        Assert.InRange(int.Parse(said.Groups[2].Value, CultureInfo.InvariantCulture), 1, 10);
        ExpectKept(cut, "last");
        Assert.Contains("lost: every later change", cut.Output, StringComparison.Ordinal);
        CliResult list = Run("fs", "ls", Store);
        Assert.Contains("kept", list.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("last", list.Output, StringComparison.Ordinal);
        Assert.Equal(0, Run("fs", "mkdir", Store, "/more").Exit);
        Assert.Equal(0, Run("fs", "check", Store).Exit);
    }

    [Fact]
    public void AWholeJournalIsNotCut()
    {
        Assert.Equal(0, Run("fs", "init", Store).Exit);
        Assert.Equal(0, Run("fs", "mkdir", Store, "/a").Exit);
        CliResult cut = Run("fs", "check", Store, "--cut");
        Assert.Equal(0, cut.Exit);
        Assert.Equal($"engine: --cut: the journal of {Store} is not damaged; nothing was cut\n", cut.Error);
        Assert.Contains(": clean (", cut.Output, StringComparison.Ordinal);
        Assert.Contains("a", Run("fs", "ls", Store).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AJournalWithoutAWholeRecordIsBegunAnew()
    {
        Assert.Equal(0, Run("fs", "init", Store).Exit);
        Leave("/kept", "/lost");
        Spoil(from: string.Empty);
        CliResult cut = Run("fs", "check", Store, "--cut");
        Assert.True(cut.Exit == 1, cut.ToString());
        Assert.Contains("0 events before it are kept", cut.Output, StringComparison.Ordinal);
        Assert.Empty(Run("fs", "ls", Store).Output);
        Assert.Equal(0, Run("fs", "mkdir", Store, "/more").Exit);
        Assert.Equal(0, Run("fs", "check", Store).Exit);
    }

    [Theory]
    [InlineData("zeros", false)]
    [InlineData("zeros", true)]
    [InlineData("gone", false)]
    [InlineData("short", false)]
    [InlineData("noise", false)]
    public void AJournalWithoutItsHeadIsReadFromItsSegments(string damage, bool isOld)
    {
        Assert.Equal(0, Run("fs", "init", Store).Exit);
        for (int life = 0; isOld && life < 4; life++)
            Assert.Equal(0, Run("fs", "mkdir", Store, $"/old{life}").Exit);
        Leave("/kept", "/kept/too");
        CopyTree(Store, PathOf("copy"));
        string before = Run("fs", "dump", PathOf("copy")).Output;
        SpoilHead(damage);
        ExpectRefusal(Run("fs", "ls", Store), 3, "has lost its header (the file head); restore that file, or see:");
        CliResult check = Run("fs", "check", Store);
        Assert.Equal(1, check.Exit);
        Assert.Contains($"engine fs check {Store} --cut", check.Output, StringComparison.Ordinal);
        Assert.Contains("records that are whole", check.Output, StringComparison.Ordinal);
        Assert.Contains("the journal is damaged", check.Output, StringComparison.Ordinal);

        if (isOld)
        {
            // What a run that was killed leaves.
            File.WriteAllText(Path.Combine(Store, "repair-under-way"), string.Empty);
            CopyTree(Path.Combine(PathOf("copy"), "journal"), Path.Combine(Store, "journal.new"));
        }

        CliResult cut = Run("fs", "check", Store, "--cut");
        Assert.True(cut.Exit == 1, cut.ToString());
        Assert.Contains($"the old one is kept in {Store}/damaged/journal", cut.Output, StringComparison.Ordinal);
        Assert.Equal(before, Run("fs", "dump", Store).Output);
        Assert.Equal(0, Run("fs", "mkdir", Store, "/more").Exit);
        Assert.Equal(0, Run("fs", "check", Store).Exit);
        Assert.True(Directory.Exists(Path.Combine(Store, "damaged", "journal")));
        Assert.False(Path.Exists(Path.Combine(Store, "journal.new")));
    }

    [Fact]
    public void WhatCannotBeKeptIsNotCut()
    {
        Assert.Equal(0, Run("fs", "init", Store).Exit);
        Leave("/kept", "/lost");
        Spoil(from: "lost");
        string folder = Path.Combine(Store, "damaged");
        File.WriteAllText(folder, "in its way");
        ExpectRefusal(Run("fs", "check", Store, "--cut"), 3, "what is to be cut from its journal cannot be kept in ");
        File.Delete(folder);
        Assert.Contains("a cut would keep ", Run("fs", "check", Store).Output, StringComparison.Ordinal);
        Assert.Equal(1, Run("fs", "check", Store, "--cut").Exit);
    }

    /// <summary>What was cut lies beside, and says what it said.</summary>
    private void ExpectKept(CliResult cut, string text)
    {
        string place = Path.Combine(Store, "damaged", "journal-rest");
        Assert.Matches($@"\njournal: what is behind position \d+ is kept in {place}, in \d+ segments\n", cut.Output);
        string[] segments = Directory.GetFiles(place, "*.segment");
        Assert.Contains(
            segments, path => File.ReadAllBytes(path).AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);
    }

    private void SpoilHead(string damage)
    {
        string head = Path.Combine(Store, "journal", "head");
        byte[] bytes = File.ReadAllBytes(head);
        switch (damage)
        {
            case "gone":
                File.Delete(head);
                break;
            case "short":
                File.WriteAllBytes(head, []);
                break;
            default:
                Array.Fill(bytes, damage == "noise" ? (byte)0xA7 : (byte)0);
                File.WriteAllBytes(head, bytes);
                break;
        }
    }

    /// <summary>Makes directories, each safe before the next, and one more at last; they are in the journal alone then.</summary>
    private void Leave(params string[] paths)
    {
        using FsSession session = FsSession.Open(Store);
        session.Client.WaitUntilActive();
        foreach (string path in (string[])[.. paths, "/last"])
            Assert.True(session.Client.Call(FsTree.Ask(ClientOp.MakeDirectory, FsPath.Parse(path))).Error.IsNone);
    }

    /// <summary>Spoils the record that has a text in it; without one, the first that the journal keeps.</summary>
    private void Spoil(string from)
    {
        const int SegmentBytes = 8 << 20;
        string journal = Path.Combine(Store, "journal");
        long start = FileLog.Check(journal).Start;
        string first = (start / SegmentBytes).ToString("x16", CultureInfo.InvariantCulture);
        foreach (string path in Directory.EnumerateFiles(journal, "*.segment").Order(StringComparer.Ordinal))
        {
            byte[] bytes = File.ReadAllBytes(path);
            bool isFirst = Path.GetFileNameWithoutExtension(path) == first;
            int at = from.Length > 0 ? bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(from))
                : isFirst ? (int)(start % SegmentBytes) : -1;
            if (at < 0)
                continue;
            bytes.AsSpan(at, Math.Max(1, from.Length)).Fill(0xEE);
            File.WriteAllBytes(path, bytes);
            return;
        }

        Assert.Fail("no such record");
    }
}
