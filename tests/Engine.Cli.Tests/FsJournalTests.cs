using Engine.Cli.Sessions;

namespace Engine.Cli.Tests;

// Purpose: a namespace whose journal lies on a device or file of its own: made, used, found again; and every way in which that
// place can be wrong gets one clear line, leaves what is there alone, and leaves no half-made namespace behind.
public sealed class FsJournalTests : CliFixture
{
    private string Store => PathOf("ns");

    private string Journal => PathOf("journal");

    [Fact]
    public void ItIsMadeUsedAndFoundAgain()
    {
        CliResult made = Run("fs", "init", Store, "--journal", Journal, "--journal-size", "20MiB");
        Assert.Equal($"made an empty namespace in {Store}, its journal on {Journal}\n", made.Output);
        Assert.Equal(20 << 20, new FileInfo(Journal).Length);
        Assert.Equal(0, Run("fs", "mkdir", Store, "/a", "/b").Exit);
        Assert.Equal("a\nb\n", Run("fs", "ls", Store).Output);
        Assert.Contains(": clean (", Run("fs", "check", Store).Output, StringComparison.Ordinal);
        CliResult dump = Run("fs", "dump", Store, "--journal");
        Assert.True(dump.Exit == 0 && dump.Output.Length > 0, dump.ToString());
    }

    [Fact]
    public void AFileThatIsThereIsTaken()
    {
        MakeJournalFile(20);
        Assert.Equal(0, Run("fs", "init", Store, "--journal", Journal).Exit);
        Assert.Equal(0, Run("fs", "ls", Store).Exit);
    }

    [Theory]
    [InlineData("--journal JOURNAL", 3, "does not exist; check the path, or give --journal-size to make a file")]
    [InlineData("--journal ROOT", 3, "it is a directory; name a block device or a regular file")]
    [InlineData("--journal NONE/journal --journal-size 20MiB", 3, "make the directory first")]
    [InlineData("--journal JOURNAL --journal-size 1MiB", 2, "allowed: at least 4259840 bytes")]
    [InlineData("--journal JOURNAL --journal-size 0", 2, "--journal-size 0: allowed: more than 0")]
    [InlineData("--journal JOURNAL --journal-size 5000", 2, "must be a multiple of 4096 bytes")]
    [InlineData("--journal JOURNAL --journal-size much", 2, "--journal-size 'much'")]
    [InlineData("--journal STORE/journal --journal-size 20MiB", 2, "name a device or file outside")]
    [InlineData("--journal-size 20MiB", 2, "are for a journal given with --journal")]
    [InlineData("--force", 2, "are for a journal given with --journal")]
    [InlineData("--journal", 2, "--journal")]
    public void AnImpossiblePlace(string line, int exit, string says)
    {
        string[] words = [.. line.Split(' ').Select(word => word
            .Replace("JOURNAL", Journal, StringComparison.Ordinal).Replace("ROOT", Root, StringComparison.Ordinal)
            .Replace("NONE", PathOf("none"), StringComparison.Ordinal).Replace("STORE", Store, StringComparison.Ordinal))];
        ExpectRefusal(Run(["fs", "init", Store, .. words]), exit, says);
        Assert.False(Path.Exists(Store));
        Assert.False(Path.Exists(Journal));
    }

    [Fact]
    public void WhatHoldsSomethingElseIsRefusedUnlessForced()
    {
        Assert.Equal(0, Run("volume", "format", Journal, "--size", "20MiB").Exit);
        byte[] before = File.ReadAllBytes(Journal);
        ExpectRefusal(Run("fs", "init", Store, "--journal", Journal), 3, "holds an Engine volume");
        Assert.Equal(before, File.ReadAllBytes(Journal));
        Assert.False(Path.Exists(Store));
        ExpectRefusal(
            Run("fs", "init", Store, "--journal", Journal, "--journal-size", "20MiB"), 2, "is for a file that is to be made");
        Assert.Equal(0, Run("fs", "init", Store, "--journal", Journal, "--force").Exit);
        Assert.Equal(0, Run("fs", "ls", Store).Exit);
        ExpectRefusal(Run("fs", "init", PathOf("other"), "--journal", Journal), 3, "holds an Engine log");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(700_000)]
    [InlineData((20 << 20) - 10)]
    public void AFileWithDataOfAnyFormIsRefusedUnlessForced(int at)
    {
        MakeJournalFile(20);
        using (FileStream file = File.OpenWrite(Journal))
        {
            file.Position = at;
            file.Write("precious"u8);
        }

        byte[] before = File.ReadAllBytes(Journal);
        ExpectRefusal(
            Run("fs", "init", Store, "--journal", Journal), 3,
            $"holds data of an unknown form (at byte {at}); give --force to overwrite it");
        Assert.Equal(before, File.ReadAllBytes(Journal));
        Assert.False(Path.Exists(Store));
        Assert.Equal(0, Run("fs", "init", Store, "--journal", Journal, "--force").Exit);
        Assert.Equal(0, Run("fs", "ls", Store).Exit);
    }

    [Fact]
    public void AnotherStoresJournalIsNotTouched()
    {
        MakeStore();
        string other = PathOf("other");
        Assert.Equal(0, Run("fs", "init", other, "--journal", PathOf("journal2"), "--journal-size", "20MiB").Exit);
        Assert.Equal(0, Run("fs", "mkdir", other, "/kept").Exit);
        File.Copy(Path.Combine(other, "journal"), Path.Combine(Store, "journal"), overwrite: true);
        byte[] before = File.ReadAllBytes(PathOf("journal2"));
        ExpectRefusal(Run("fs", "ls", Store), 3, "is another store's journal");
        CliResult check = Run("fs", "check", Store);
        Assert.Equal(1, check.Exit);
        Assert.Contains("is another store's journal", check.Output, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(PathOf("journal2")));
        Assert.Equal("kept\n", Run("fs", "ls", other).Output);
    }

    [Fact]
    public void AnOldCopyIsRefusedHoweverOften()
    {
        MakeStore();
        File.Copy(Journal, PathOf("old"));
        Assert.Equal(0, Run("fs", "mkdir", Store, "/a").Exit);
        Assert.Equal(0, Run("fs", "mkdir", Store, "/b").Exit);
        File.Move(Journal, PathOf("new"));
        File.Copy(PathOf("old"), Journal);
        for (int attempt = 0; attempt < 4; attempt++)
            ExpectRefusal(Run("fs", "ls", Store), 3, "is an old copy");
        File.Move(PathOf("new"), Journal, overwrite: true);
        Assert.Equal("a\nb\n", Run("fs", "ls", Store).Output);
    }

    [Fact]
    public void AMovedOrBrokenNoteSaysWhereItShouldLead()
    {
        MakeStore();
        File.Move(Journal, PathOf("moved"));
        ExpectRefusal(Run("fs", "ls", Store), 3, $"its journal {Journal} does not exist; attach it again, or write its new path");
        CliResult check = Run("fs", "check", Store);
        Assert.Equal(1, check.Exit);
        Assert.Contains("does not exist; attach it again", check.Output, StringComparison.Ordinal);
        Assert.Contains("names are whole: the journal is lost", check.Output, StringComparison.Ordinal);
        string note = Path.Combine(Store, "journal");
        File.WriteAllText(note, "hello\n");
        ExpectRefusal(Run("fs", "ls", Store), 3, "is damaged: it should say 'engine journal 1' and 'path /...' on two lines");
        File.WriteAllText(note, $"engine journal 1\npath {PathOf("moved")}\n");
        Assert.Equal(0, Run("fs", "ls", Store).Exit);
        File.Delete(note);
        ExpectRefusal(Run("fs", "ls", Store), 3, "its journal is missing");
    }

    [Fact]
    public void ABusyJournal()
    {
        MakeStore();
        using (FsSession holder = FsSession.Open(Store))
        {
            holder.Client.WaitUntilActive();
            ExpectRefusal(RunProcess("fs", "ls", Store), 3, "in use");
            ExpectRefusal(RunProcess("fs", "check", Store), 3, "in use");
            ExpectRefusal(RunProcess("fs", "init", PathOf("other"), "--journal", Journal, "--force"), 3, "in use");
        }

        Assert.Equal(0, Run("fs", "ls", Store).Exit);
    }

    [Fact]
    public void ADamagedJournalIsReportedWithWhatIsLost()
    {
        MakeStore();
        Assert.Equal(0, Run("fs", "mkdir", Store, "/a").Exit);
        using (FileStream file = File.OpenWrite(Journal))
        {
            file.Position = 64 << 10;
            file.Write(new byte[16 << 20]);
        }

        CliResult check = Run("fs", "check", Store);
        Assert.Equal(1, check.Exit);
        Assert.Contains("is damaged at position", check.Output, StringComparison.Ordinal);
        Assert.Contains("lost with the journal: what was changed and not yet written", check.Output, StringComparison.Ordinal);
        ExpectRefusal(Run("fs", "ls", Store), 3, "is damaged at position");
        using (FileStream file = File.OpenWrite(Journal))
            file.SetLength(8 << 20);
        ExpectRefusal(Run("fs", "ls", Store), 3, "it has shrunk, restore it");
    }

    private void MakeStore() =>
        Assert.Equal(0, Run("fs", "init", Store, "--journal", Journal, "--journal-size", "20MiB").Exit);

    private void MakeJournalFile(int megabytes)
    {
        using FileStream file = File.Create(Journal);
        file.SetLength((long)megabytes << 20);
    }
}
