namespace Engine.Cli.Tests;

// Purpose: objects whose head is gone or damaged: no command takes them for a namespace, the check says what is lost and what to
// do, and the repair makes a head anew where the journal knows what it said, and nowhere else.
public sealed class FsHeadTests : CliFixture
{
    private string Store => PathOf("ns");

    private string Head => Path.Combine(Store, "objects/engine-store");

    public FsHeadTests()
    {
        Assert.Equal(0, Run("fs", "init", Store).Exit);
        Assert.Equal(0, Run("fs", "mkdir", Store, "/a", "/a/b").Exit);
        Assert.Equal(0, Run("fs", "create", Store, "/a/b/f").Exit);
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("empty")]
    [InlineData("torn")]
    [InlineData("not ours")]
    public void AHeadIsMadeAnewByWhatTheJournalSays(string damage)
    {
        byte[] head = File.ReadAllBytes(Head);
        Spoil(damage);
        ExpectRefusal(Run("fs", "ls", Store), 3, $"has lost its file engine-store, or that is damaged; restore it, or see: ");
        CliResult check = Run("fs", "check", Store, "--cut");
        Assert.Equal(check, Run("fs", "check", Store));
        Assert.Equal(1, check.Exit);
        Assert.Contains("nothing of the namespace; not lost: the directories", check.Output, StringComparison.Ordinal);
        Assert.Contains($"engine fs check {Store} --repair\n", check.Output, StringComparison.Ordinal);
        Assert.Equal(damage != "gone", File.Exists(Head));
        CliResult repair = Run("fs", "check", Store, "--repair");
        Assert.True(repair.Exit == 1, repair.ToString());
        Assert.Contains("a new engine-store is made", repair.Output, StringComparison.Ordinal);
        Assert.Contains(": clean (", repair.Output, StringComparison.Ordinal);
        Assert.Equal(head, File.ReadAllBytes(Head));
        Assert.Equal("f\n", Run("fs", "ls", Store, "/a/b").Output);
        Assert.Equal(0, Run("fs", "create", Store, "/a/g").Exit);
        Assert.Equal(0, Run("fs", "check", Store).Exit);
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("torn")]
    public void WithoutAJournalThatKnowsItsName_NothingIsMade(string damage)
    {
        Spoil(damage);
        File.WriteAllBytes(Path.Combine(Store, "journal/head"), new byte[1 << 16]);
        foreach (string[] way in (string[][])[["check", Store], ["check", Store, "--repair"]])
        {
            CliResult check = Run(["fs", .. way]);
            Assert.Equal(1, check.Exit);
            Assert.Contains("whose the objects are: restore one of the two", check.Output, StringComparison.Ordinal);
        }

        Directory.Delete(Path.Combine(Store, "journal"), recursive: true);
        CliResult alone = Run("fs", "check", Store, "--repair");
        Assert.Equal(1, alone.Exit);
        Assert.Contains("journal: it is missing; it cannot say either", alone.Output, StringComparison.Ordinal);
        Assert.Equal(damage != "gone", File.Exists(Head));
    }

    [Fact]
    public void ANewerEnginesHeadIsLeftAlone()
    {
        byte[] head = File.ReadAllBytes(Head);
        head[8] = 2;
        uint sum = Buffers.Crc32C.Append(0, head.AsSpan(0, 508));
        BitConverter.TryWriteBytes(head.AsSpan(508), sum);
        File.WriteAllBytes(Head, head);
        ExpectRefusal(Run("fs", "check", Store, "--repair"), 3, "was written by a newer Engine; use that version");
        Assert.Equal(head, File.ReadAllBytes(Head));
    }

    private void Spoil(string damage)
    {
        byte[] head = File.ReadAllBytes(Head);
        switch (damage)
        {
            case "gone":
                File.Delete(Head);
                break;
            case "empty":
                File.WriteAllBytes(Head, []);
                break;
            case "torn":
                head[40] ^= 1;
                File.WriteAllBytes(Head, head);
                break;
            default:
                head[0] ^= 1;
                File.WriteAllBytes(Head, head);
                break;
        }
    }
}
