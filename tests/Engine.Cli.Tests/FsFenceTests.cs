using Engine.Cli.Sessions;
using Engine.Stores;

namespace Engine.Cli.Tests;

// Purpose: objects and journal belong together; an old copy of either beside a newer other one is refused, changes nothing, and
// is not called whole by the check. A crash between the one and the other being opened is no such thing.
public sealed class FsFenceTests : CliFixture
{
    private string Store => PathOf("ns");

    private string Old => PathOf("old");

    private string Journal => PathOf("journal");

    [Fact]
    public void OldObjectsBesideANewerJournalAreRefused()
    {
        MakeStore();
        CopyTree(Store, Old);
        Assert.Equal(0, Run("fs", "create", Store, "/s/f2").Exit);
        Assert.Equal(0, Run("fs", "create", Store, "/s/f3").Exit);
        string newer = PathOf("newer");
        Directory.Move(Store, newer);
        Directory.Move(Old, Store);
        byte[] head = File.ReadAllBytes(Path.Combine(Store, "objects/engine-store"));
        for (int attempt = 0; attempt < 3; attempt++)
        {
            ExpectRefusal(Run("fs", "ls", Store), 3, "they are an old copy; restore the newer ones");
            ExpectRefusal(Run("fs", "create", Store, "/s/f4"), 3, "they are an old copy");
        }

        Assert.Equal(head, File.ReadAllBytes(Path.Combine(Store, "objects/engine-store")));
        CliResult check = Run("fs", "check", Store);
        Assert.Equal(1, check.Exit);
        Assert.Contains("they are an old copy", check.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("nothing is lost", check.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("the journal is damaged", check.Output, StringComparison.Ordinal);
        ExpectRefusal(Run("fs", "check", Store, "--cut"), 3, "they are an old copy");

        Directory.Delete(Store, recursive: true);
        Directory.Move(newer, Store);
        Assert.Equal("f1\nf2\nf3\n", Run("fs", "ls", Store, "/s").Output);
        Assert.Equal(0, Run("fs", "check", Store).Exit);
    }

    [Fact]
    public void TwoCopiesDoNotTakeTurnsOnOneJournal()
    {
        MakeStore();
        CopyTree(Store, Old);
        Assert.Equal(0, Run("fs", "create", Store, "/s/f2").Exit);
        ExpectRefusal(Run("fs", "ls", Old), 3, "they are an old copy");
        Assert.Equal("f1\nf2\n", Run("fs", "ls", Store, "/s").Output);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void ACrashBetweenJournalAndObjectsOpensAgain(int crashes)
    {
        MakeStore();
        for (int crash = 0; crash < crashes; crash++)
            FsJournal.Open(Store, FsSession.IdentityOf(Store)).Dispose();
        Assert.Equal("f1\n", Run("fs", "ls", Store, "/s").Output);
        Assert.Contains(": clean (", Run("fs", "check", Store).Output, StringComparison.Ordinal);

        // The objects are open too, and the rank has written nothing.
        using (FsJournal journal = FsJournal.Open(Store, FsSession.IdentityOf(Store)))
        {
            var options = new FileStoreOptions { Incarnation = journal.Log.Incarnation };
            FileStore.Open(FsSession.ObjectsOf(Store), options).Dispose();
        }

        Assert.Contains(": clean (", Run("fs", "check", Store).Output, StringComparison.Ordinal);
        Assert.Equal("f1\n", Run("fs", "ls", Store, "/s").Output);
    }

    private void MakeStore()
    {
        Assert.Equal(0, Run("fs", "init", Store, "--journal", Journal, "--journal-size", "20MiB").Exit);
        Assert.Equal(0, Run("fs", "mkdir", Store, "/s").Exit);
        Assert.Equal(0, Run("fs", "create", Store, "/s/f1").Exit);
    }
}
