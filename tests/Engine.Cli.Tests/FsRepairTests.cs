using System.Globalization;
using System.Text;
using Engine.Buffers;
using Engine.Cli.Namespaces;
using Engine.Cli.Sessions;
using Engine.Metadata;
using Engine.Stores;
using Engine.Testing;

namespace Engine.Cli.Tests;

// Purpose: what an object of the store holds is there after the journal was cut, whatever its older part says; what is lost is
// named; and what does not agree is put right, so that a check finds nothing any more.
public sealed partial class FsRepairTests : CliFixture
{
    private static readonly int s_seeds = Nightly.Count(usual: 10, nightly: 500);

    private string Store => PathOf("ns");

    private string Journal => Path.Combine(Store, "journal");

    public FsRepairTests() => Assert.Equal(0, Run("fs", "init", Store).Exit);

    [Theory]
    [InlineData("file-09")]
    [InlineData("file-29")]
    [InlineData("dir-s")]
    public void NamesThatTheStoreHoldsSurviveACut(string damaged)
    {
        string[] all = Fill();
        Spoil(damaged);
        CliResult cut = Run("fs", "check", Store, "--cut");
        Assert.True(cut.Exit == 1, cut.ToString());
        Assert.Contains(": clean (", cut.Output, StringComparison.Ordinal);
        Assert.Equal(string.Join('\n', all) + "\n", Fs("ls", "/dir-s"));
        Fs("create", "/dir-s/more");
        Assert.Equal(0, Run("fs", "check", Store).Exit);
        Assert.Equal(all.Length + 1, Fs("ls", "/dir-s").Split('\n').Length - 1);
    }

    [Fact]
    public void WhatTheJournalAloneHadIsNamed()
    {
        using (FsSession session = FsSession.Open(Store))
        {
            session.Client.WaitUntilActive();
            Make(session.Client, ClientOp.MakeDirectory, "/kept");
            Make(session.Client, ClientOp.Create, "/kept/spoiled");
            Make(session.Client, ClientOp.MakeDirectory, "/made");
            Make(session.Client, ClientOp.Create, "/made/in it");
            Make(session.Client, ClientOp.Create, "/made/removed");
            Make(session.Client, ClientOp.Unlink, "/made/removed");
            Two(session.Client, ClientOp.Rename, "/kept", "/moved");
            Make(session.Client, ClientOp.MakeDirectory, "/last");
        }

        Spoil("spoiled");
        CliResult cut = Run("fs", "check", Store, "--cut");
        Assert.True(cut.Exit == 1, cut.ToString());
        foreach (string lost in (string[])["/made", "/made/in it", "/last"])
            Assert.Contains($"\n{lost}: lost: it was made behind the cut\n", cut.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("removed:", cut.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("moved:", cut.Output, StringComparison.Ordinal);
        Assert.Equal("kept\n", Fs("ls"));
    }

    [Fact]
    public void ARingIsCutToo()
    {
        Directory.Delete(Store, recursive: true);
        string ring = PathOf("ring");
        Assert.Equal(0, Run("fs", "init", Store, "--journal", ring, "--journal-size", "20MiB").Exit);
        string[] all = Fill();
        byte[] bytes = File.ReadAllBytes(ring);
        bytes[bytes.AsSpan().IndexOf("file-09"u8)] ^= 0xFF;
        File.WriteAllBytes(ring, bytes);
        CliResult cut = Run("fs", "check", Store, "--cut");
        Assert.True(cut.Exit == 1, cut.ToString());
        Assert.Equal(string.Join('\n', all) + "\n", Fs("ls", "/dir-s"));
        string[] segments = Directory.GetFiles(Path.Combine(Store, "damaged", "journal-rest"), "*.segment");
        Assert.Contains(segments, path => File.ReadAllBytes(path).AsSpan().IndexOf("file-10"u8) >= 0);
        Assert.Equal(0, Run("fs", "check", Store).Exit);
    }

    [Fact]
    public void NothingWholeInTheJournalLosesNoNamesOfTheStore()
    {
        string[] all = Fill();
        Fs("mkdir", "/other", "--mode", "700");
        SpoilAll();
        ExpectRefusal(Run("fs", "ls", Store), 3, "is damaged at position");
        Assert.Contains($"engine fs check {Store} --cut", Run("fs", "check", Store).Output, StringComparison.Ordinal);
        CliResult cut = Run("fs", "check", Store, "--cut");
        Assert.True(cut.Exit == 1, cut.ToString());
        Assert.Contains(
            "/: its own owner, mode, times and user attributes were in the journal alone", cut.Output,
            StringComparison.Ordinal);
        Assert.Equal(string.Join('\n', all) + "\n", Fs("ls", "/dir-s"));
        Assert.Contains("mode      0700", Fs("stat", "/other"), StringComparison.Ordinal);
        Fs("create", "/dir-s/more");
        Assert.Equal(0, Run("fs", "check", Store).Exit);
    }

    [Fact]
    public void WhatAnOldPartOfTheJournalMovesLiesWhereItWasWrittenLast()
    {
        Leave(client =>
        {
            Make(client, ClientOp.MakeDirectory, "/a");
            Make(client, ClientOp.MakeDirectory, "/b");
            Make(client, ClientOp.Create, "/a/moved");
            Make(client, ClientOp.Create, "/a/removed");
            Make(client, ClientOp.MakeDirectory, "/a/d");
            Make(client, ClientOp.Create, "/a/d/in");
            Make(client, ClientOp.Create, "/a/twice");
            Make(client, ClientOp.Create, "/a/spoiled");
            Two(client, ClientOp.Rename, "/a/moved", "/b/moved");
            Two(client, ClientOp.Rename, "/a/d", "/b/d");
            Two(client, ClientOp.Link, "/a/twice", "/b/twice");
            Make(client, ClientOp.Unlink, "/a/removed");
        });
        CopyTree(Store, PathOf("copy"));
        string before = Run("fs", "dump", PathOf("copy")).Output;
        Spoil("spoiled");
        CliResult cut = Run("fs", "check", Store, "--cut");
        Assert.True(cut.Exit == 1, cut.ToString());
        Assert.Contains("/a/removed: was there where the journal ends", cut.Output, StringComparison.Ordinal);
        Assert.Equal(before, Fs("dump"));
        Assert.Contains(": clean (", Run("fs", "check", Store).Output, StringComparison.Ordinal);
    }

    /// <summary>Everything had been written to the objects: then a cut, wherever it is, costs nothing but what the root says of
    /// itself.</summary>
    [Fact]
    public void WhereverTheJournalIsCutNothingOfTheStoreIsLost()
    {
        for (int seed = 1; seed <= s_seeds; seed++)
        {
            var random = new SeededRandom((ulong)seed);
            Directory.Delete(Store, recursive: true);
            Assert.Equal(0, Run("fs", "init", Store).Exit);
            int operations = 20 + random.NextInt(400);
            using (var log = new MemoryStream())
                Leave(client => new Churn(client, (ulong)seed, log, CancellationToken.None).Run(operations));
            string copy = PathOf($"copy{seed}");
            CopyTree(Store, copy);
            CliResult before = Run("fs", "dump", copy);
            // Between records lie bytes that mean nothing.
            for (int flips = 0; flips < 100 && FileLog.Check(Journal).Problem == StoreProblem.None; flips++)
                FlipAt(random);
            CliResult cut = Run("fs", "check", Store, "--cut");
            Assert.True(cut.Exit == 1, $"seed {seed}: {cut}");
            Assert.Equal(before.Output.Split('\n')[1..], Fs("dump").Split('\n')[1..]);
        }
    }

    [Fact]
    public void WrongSumsArePutRightForGood()
    {
        Fs("mkdir", "/s");
        Fs("create", "/s/one", "/s/two", "--size", "100");
        string old = ObjectOf("/s");
        byte[] bytes = File.ReadAllBytes(old);
        Fs("create", "/s/three", "--size", "100");
        Fs("ls");
        File.WriteAllBytes(old, bytes);
        CliResult check = Run("fs", "check", Store);
        Assert.Equal(1, check.Exit);
        Assert.Contains("the count is wrong, or names are lost", check.Output, StringComparison.Ordinal);
        CliResult repair = Run("fs", "check", Store, "--repair");
        Assert.True(repair.Exit == 1, repair.ToString());
        Assert.Contains(": put right\n", repair.Output, StringComparison.Ordinal);
        Fs("create", "/s/four", "--size", "1");
        Assert.Contains("below     3 files, 1 directories, 201 bytes", Fs("stat", "/"), StringComparison.Ordinal);
        Assert.Contains(": clean (", Run("fs", "check", Store, "--repair").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void ARepairThatWasNotEndedIsEndedByAnother()
    {
        string[] all = Fill();
        string mark = Path.Combine(Store, "repair-under-way");
        File.WriteAllText(mark, string.Empty);
        foreach (string[] line in (string[][])[["ls", Store], ["check", Store], ["create", Store, "/x"]])
            ExpectRefusal(Run(["fs", .. line]), 3, $"a repair was not ended; end it with: engine fs check {Store} --repair");
        Assert.Equal(1, Run("fs", "check", Store, "--cut").Exit);
        Assert.False(Path.Exists(mark));
        Assert.Equal(string.Join('\n', all) + "\n", Fs("ls", "/dir-s"));
    }

    [Fact]
    public void AJournalThatIsGoneIsBegunAnew()
    {
        string[] all = Fill();
        Fs("ls");
        CopyTree(Journal, PathOf("old"));
        Directory.Delete(Journal, recursive: true);
        CliResult check = Run("fs", "check", Store);
        Assert.Contains($"a new journal can be begun over the directories: engine fs check {Store} --cut", check.Output,
            StringComparison.Ordinal);
        CliResult cut = Run("fs", "check", Store, "--cut");
        Assert.True(cut.Exit == 1, cut.ToString());
        Assert.Equal(string.Join('\n', all) + "\n", Fs("ls", "/dir-s"));
        Fs("create", "/dir-s/more");
        Directory.Delete(Journal, recursive: true);
        CopyTree(PathOf("old"), Journal);
        ExpectRefusal(Run("fs", "ls", Store), 3, "is an old copy");
    }

    /// <summary>Wherever a repair ends, another one after it comes to the same.</summary>
    [Fact]
    public void ARepairMayEndAnywhere()
    {
        string[] all = Fill();
        Spoil("file-09");
        string damaged = PathOf("damaged");
        Directory.Move(Store, damaged);
        int changes = 0;
        for (bool ended = false; !ended && changes < 100; changes++)
        {
            CopyTree(damaged, Store);
            ended = EndAfter(changes);
            if (!ended)
                ExpectRefusal(Run("fs", "ls", Store), 3, "a repair was not ended");
            CliResult cut = Run("fs", "check", Store, "--cut");
            Assert.True(cut.Exit == 1, $"after {changes}: {cut}");
            Assert.Equal(string.Join('\n', all) + "\n", Fs("ls", "/dir-s"));
            Directory.Delete(Store, recursive: true);
        }

        Assert.InRange(changes, 10, 99);
    }

    /// <summary>A repair as the command makes it, which ends after so many changes of objects, or before its mark is taken
    /// away.</summary>
    private bool EndAfter(int changes)
    {
        LogIdentity identity = FsSession.IdentityOf(Store);
        using FileStore stored = FileStore.Open(FsSession.ObjectsOf(Store), new FileStoreOptions { IsReadOnly = true });
        using var repair = new NamespaceRepair(stored, FsSession.CacheBytes);
        using (LogView journal = FsJournal.View(Store, identity))
        {
            while (journal.TryRead(out long position, out ReadOnlySpan<byte> payload))
                Assert.True(repair.TryReplay(payload, position));
        }

        Assert.Null(repair.TryBuild());
        FsSession.BeginRepair(Store);
        using FsJournal opened = FsJournal.Open(Store, identity, cutsAtDamage: true);
        using FileStore objects = FileStore.Open(
            FsSession.ObjectsOf(Store), new FileStoreOptions { Incarnation = opened.Log.Incarnation });
        return repair.TryWrite(new EndingObjects(objects, changes), opened.Log, 0).IsNone;
    }

    [Fact]
    public void ADamagedJournalIsNotRepairedButCut()
    {
        Fill();
        Spoil("file-09");
        CliResult repair = Run("fs", "check", Store, "--repair");
        Assert.Equal(1, repair.Exit);
        Assert.Contains("--cut", repair.Output, StringComparison.Ordinal);
        ExpectRefusal(Run("fs", "ls", Store), 3, "is damaged at position");
    }

    /// <summary>A directory of 30 files, made in one life and written to the store at its end; the journal's first part has the
    /// directory and some of them.</summary>
    private string[] Fill()
    {
        string[] names = [.. Enumerable.Range(0, 30).Select(index => string.Create(
            CultureInfo.InvariantCulture, $"file-{index:00}"))];
        Leave(client =>
        {
            Make(client, ClientOp.MakeDirectory, "/dir-s");
            foreach (string name in names)
                Make(client, ClientOp.Create, "/dir-s/" + name);
        });
        return names;
    }

    /// <summary>A life of the rank whose objects are written, and whose events are all in the journal still.</summary>
    private void Leave(Action<FsClient> work) => UntrimmedLife.Run(Store, work);

    private static void Make(FsClient client, ClientOp op, string path) =>
        client.Call(FsTree.Ask(op, FsPath.Parse(path))).Must("test", FsPath.Parse(path));

    private static void Two(FsClient client, ClientOp op, string path, string other) =>
        client.Call(FsTree.Ask(op, FsPath.Parse(path)) with { Path2 = FsPath.Parse(other) })
            .Must("test", FsPath.Parse(path));

    /// <summary>Spoils the journal's first record that has a text in it.</summary>
    private void Spoil(string text)
    {
        foreach (string path in Directory.EnumerateFiles(Journal, "*.segment").Order())
        {
            byte[] bytes = File.ReadAllBytes(path);
            int at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text));
            if (at < 0)
                continue;
            bytes[at] ^= 0xFF;
            File.WriteAllBytes(path, bytes);
            return;
        }

        Assert.Fail("no such record");
    }

    /// <summary>Flips a bit somewhere in the journal's records.</summary>
    private void FlipAt(SeededRandom random)
    {
        const int SegmentBytes = 8 << 20;
        LogCheck check = FileLog.Check(Journal);
        long position = check.Start + random.NextInt((int)(check.End - check.Start));
        string number = (position / SegmentBytes).ToString("x16", CultureInfo.InvariantCulture);
        string segment = Path.Combine(Journal, number + ".segment");
        byte[] bytes = File.ReadAllBytes(segment);
        bytes[position % SegmentBytes] ^= 0x40;
        File.WriteAllBytes(segment, bytes);
    }

    /// <summary>Spoils every segment from its beginning.</summary>
    private void SpoilAll()
    {
        foreach (string path in Directory.EnumerateFiles(Journal, "*.segment"))
        {
            using FileStream file = File.OpenWrite(path);
            file.Write(new byte[1 << 20]);
        }
    }

    private string Ino(string path) =>
        Fs("stat", path).Split('\n').Single(line => line.StartsWith("inode", StringComparison.Ordinal)).Split(' ')[^1];

    private string ObjectOf(string path) => Path.Combine(Store, $"objects/objects/dir.{Ino(path)[2..]}.00000000");

    private string Fs(params string[] words)
    {
        CliResult result = Run(["fs", words[0], Store, .. words[1..]]);
        Assert.True(result.Exit == 0, result.ToString());
        return result.Output;
    }
}
