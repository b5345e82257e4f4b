using System.Security.Cryptography;
using Engine.Cli.Namespaces;
using Engine.Cli.Sessions;
using Engine.Metadata;
using Engine.Stores;

namespace Engine.Cli.Tests;

// Purpose: verbs that only look at a namespace write nothing, whatever its journal holds; several do so at once; who changes it
// is alone. And a command that has changed something leaves nothing to be done again.
public sealed class FsReadTests : CliFixture
{
    private string Store => PathOf("ns");

    private string Ring => PathOf("ring");

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void VerbsThatLookWriteNothing(bool isRing, bool isKilled)
    {
        MakeStore(isRing);
        Fill(closes: !isKilled);
        SortedDictionary<string, string> before = Sums();
        string[][] verbs =
        [
            ["ls", "/d"], ["ls", "/", "-R", "-l"], ["stat", "/d/f1"], ["du", "/"], ["dump"], ["dump", "--journal"],
            ["xattr", "get", "/d/f2", "user.colour"], ["xattr", "list", "/d/f2"], ["check"],
        ];
        foreach (string[] verb in verbs)
        {
            int words = verb[0] == "xattr" ? 2 : 1;
            CliResult result = Run(["fs", .. verb[..words], Store, .. verb[words..]]);
            Assert.True(result.Exit == 0 && result.Output.Length > 0 && result.Error.Length == 0, $"{verb[0]}: {result}");
            Assert.Equal(before, Sums());
        }

        Assert.Equal("f0\nf1\nf2\n", Run("fs", "ls", Store, "/d").Output);
        Assert.Equal("red\n", Run("fs", "xattr", "get", Store, "/d/f2", "user.colour").Output);
        ExpectRefusal(Run("fs", "stat", Store, "/none"), 1, "/none");
        Assert.Equal(before, Sums());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SeveralLookAtOnce_AndWhoChangesIsAlone(bool isRing)
    {
        MakeStore(isRing);
        Fill(closes: false);
        using (FsSession first = FsSession.OpenToRead(Store))
        {
            first.Client.WaitUntilActive();
            Assert.Equal("f0\nf1\nf2\n", Run("fs", "ls", Store, "/d").Output);
            Assert.Equal(0, RunProcess("fs", "check", Store).Exit);
            SortedDictionary<string, string> before = Sums();
            ExpectRefusal(Run("fs", "mkdir", Store, "/more"), 3, "in use by another process; wait until that has ended");
            Assert.Equal(before, Sums());
        }

        using (FsSession writer = FsSession.Open(Store))
        {
            writer.Client.WaitUntilActive();
            foreach (string verb in (string[])["ls", "stat", "du", "dump", "check"])
                ExpectRefusal(Run("fs", verb, Store), 3, "in use by another process; wait until that has ended");
            ExpectRefusal(Run("fs", "mkdir", Store, "/more"), 3, "in use by another process");
        }

        Assert.Equal(0, Run("fs", "mkdir", Store, "/more").Exit);
        Assert.Equal("d\nmore\n", Run("fs", "ls", Store).Output);
    }

    [Fact]
    public void ACommandThatEndsInOrderLeavesAJournalWithoutChanges()
    {
        MakeStore(isRing: false);
        Fill(closes: true);
        Assert.Equal(1, FileLog.Check(Path.Combine(Store, "journal")).Records);
        Fill(closes: false, top: "/e");
        Assert.InRange(FileLog.Check(Path.Combine(Store, "journal")).Records, 3, long.MaxValue);
        Assert.Equal(0, Run("fs", "mkdir", Store, "/more").Exit);
        Assert.Equal(1, FileLog.Check(Path.Combine(Store, "journal")).Records);
        Assert.Equal("d\ne\nmore\n", Run("fs", "ls", Store).Output);
    }

    private void MakeStore(bool isRing)
    {
        string[] place = isRing ? ["--journal", Ring, "--journal-size", "20MiB"] : [];
        Assert.Equal(0, Run(["fs", "init", Store, .. place]).Exit);
    }

    /// <summary>A directory with files; in the journal alone where the rank is not ended in order.</summary>
    private void Fill(bool closes, string top = "/d")
    {
        using FsSession session = FsSession.Open(Store);
        session.Client.WaitUntilActive();
        Make(session, ClientOp.MakeDirectory, top);
        for (int file = 0; file < 3; file++)
            Make(session, ClientOp.Create, $"{top}/f{file}");
        ClientRequest colour = FsTree.Ask(ClientOp.SetXattr, FsPath.Parse($"{top}/f2"));
        Assert.Equal(
            default, session.Client.Call(colour with { XattrName = "user.colour", Value = "red"u8.ToArray() }).Error);
        if (closes)
            Assert.Null(session.Close());
    }

    private static void Make(FsSession session, ClientOp op, string path) =>
        session.Client.Call(FsTree.Ask(op, FsPath.Parse(path))).Must("test", FsPath.Parse(path));

    /// <summary>All that is in the store and its journal: names, when they were written, and what is in them.</summary>
    private SortedDictionary<string, string> Sums()
    {
        SortedDictionary<string, string> sums = new(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFileSystemEntries(Store, "*", SearchOption.AllDirectories).Append(Ring))
        {
            if (!Path.Exists(path))
                continue;
            string content = string.Empty;
            if (File.Exists(path))
            {
                using FileStream file = File.OpenRead(path);
                content = Convert.ToHexString(SHA256.HashData(file));
            }

            sums.Add(path, $"{File.GetLastWriteTimeUtc(path):O} {content}");
        }

        return sums;
    }
}
