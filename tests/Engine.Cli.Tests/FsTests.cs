using Engine.Testing.SystemSupport;

namespace Engine.Cli.Tests;

// Purpose: every verb of engine fs, through the command line, over a store of its own; each command is a life of the rank, so
// that every test is one of restarts too.
public sealed class FsTests : CliFixture
{
    private string Store { get; }

    public FsTests()
    {
        Store = PathOf("ns");
        Assert.Equal(0, Run("fs", "init", Store).Exit);
    }

    [Fact]
    public void AnEmptyNamespaceIsClean()
    {
        Assert.Empty(Fs("ls", "/"));
        ExpectClean("0 inodes, 0 directories, 0 names");
    }

    [Fact]
    public void DirectoriesAndFilesAreMadeAndListed()
    {
        Fs("mkdir", "/a", "/b", "--mode", "700");
        Fs("mkdir", "/a/x/y", "-p");
        Fs("mkdir", "/a/x/y", "-p");
        Fs("mkdir", "/a/x/y", "-p", "--mode", "7777");
        Fs("create", "/a/file", "/a/other", "--size", "10k", "--mode", "4640");
        Assert.Equal("a\nb\n", Fs("ls"));
        Assert.Equal("file\nother\nx\n", Fs("ls", "a"));
        Assert.Equal("/:\na\nb\n\n/a:\nfile\nother\nx\n\n/a/x:\ny\n\n/a/x/y:\n\n/b:\n", Fs("ls", "/", "-R"));
        Assert.StartsWith("-rwSr-----    1      0      0        10240 ", Fs("ls", "/a/file", "-l"), StringComparison.Ordinal);
        string second = Fs("ls", "/", "-l").Split('\n')[1];
        Assert.StartsWith("drwx------    2      0      0            0 ", second, StringComparison.Ordinal);
        Assert.Equal("0\t/a/x/y\n0\t/a/x\n20480\t/a\n", Fs("du", "/a"));
        Assert.Equal("20480\t/\n", Fs("du", "-s"));
        ExpectClean("6 inodes, 4 directories, 6 names");
    }

    [Fact]
    public void ADirectoryHasTheModeThatIsAskedFor()
    {
        Fs("mkdir", "/a", "/b", "--mode", "2770");
        Fs("mkdir", "/a/all", "--mode", "7777");
        Fs("mkdir", "/a/all/inherits", "--mode", "4755");
        Assert.Contains("mode      6755 (", Fs("stat", "/a/all/inherits"), StringComparison.Ordinal);
        Assert.Contains("mode      2770 (drwxrws---)\n", Fs("stat", "/b"), StringComparison.Ordinal);
        Assert.Contains("mode      7777 (drwsrwsrwt)\n", Fs("stat", "/a/all"), StringComparison.Ordinal);
    }

    [Fact]
    public void StatTellsEverything()
    {
        Fs("create", "/file", "--size", "7");
        string stat = Fs("stat", "/file");
        string[] lines = ["type      file\n", "mode      0644 (-rw-r--r--)\n", "links     1\n", "size      7 bytes\n"];
        foreach (string line in lines)
            Assert.Contains(line, stat, StringComparison.Ordinal);
        Assert.Contains("below     1 files, 0 directories, 7 bytes", Fs("stat"), StringComparison.Ordinal);
    }

    [Fact]
    public void TwoNamesAreExchanged()
    {
        Fs("mkdir", "/a", "/a/d");
        Fs("create", "/a/d/x", "/f");
        Fs("mv", "--exchange", "/f", "/a/d");
        Assert.Equal("x\n", Fs("ls", "/f"));
        Assert.Contains("type      file\n", Fs("stat", "/a/d"), StringComparison.Ordinal);

        // A directory is no place to exchange into.
        Fs("mv", "--exchange", "/a/d", "/f");
        Assert.Equal("x\n", Fs("ls", "/a/d"));
        Assert.Contains(": clean (", Run("fs", "check", Store).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void DirectoriesAreDividedByHand()
    {
        Fs("mkdir", "/a");
        Fs("create", "/a/one", "/a/two", "/a/three");
        Assert.Equal("/a: 00* 01* 10* 11*\n", Fs("frag", "split", "/a", "--bits", "2"));
        Assert.Equal(
            "engine: frag split: /a: * is none of its fragments, which are 00* 01* 10* 11*; name one of them with --frag\n",
            Run("fs", "frag", "split", Store, "/a").Error);
        Assert.Equal("one\nthree\ntwo\n", Fs("ls", "/a"));
        ExpectClean("4 inodes, 1 directory, 4 names");
        Assert.Equal("/a: 0* 10* 11*\n", Fs("frag", "merge", "/a", "--frag", "0*"));
        Assert.Equal("/a: *\n", Fs("frag", "merge", "/a"));
        ExpectClean("4 inodes, 1 directory, 4 names");
        Assert.Contains("nothing to merge", Run("fs", "frag", "merge", Store, "/a").Error, StringComparison.Ordinal);
        Assert.Contains("--frag '2*'", Run("fs", "frag", "split", Store, "/a", "--frag", "2*").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void LinksAreMadeMovedAndRemoved()
    {
        Fs("mkdir", "/d");
        Fs("create", "/one", "--size", "5");
        Fs("ln", "/one", "/d/two");
        Fs("ln", "-s", "../one", "/d/link");
        Assert.Contains(" link -> ../one\n", Fs("ls", "/d", "-l"), StringComparison.Ordinal);
        Assert.Contains("links     2\n", Fs("stat", "/d/two"), StringComparison.Ordinal);
        Assert.Equal("11\t/d\n11\t/\n", Fs("du"));
        Fs("mv", "/one", "/d");
        Fs("mv", "/d/one", "/d/three");
        Assert.Equal("link\nthree\ntwo\n", Fs("ls", "/d"));
        ExpectClean("3 inodes, 1 directory, 4 names");
        Fs("rm", "/d/two");
        Assert.Contains("links     1\n", Fs("stat", "/d/three"), StringComparison.Ordinal);
        Fs("rm", "-r", "/d");
        ExpectClean("0 inodes, 0 directories, 0 names");
    }

    [Fact]
    public void AttributesAreKept()
    {
        Fs("mkdir", "/d");
        Fs("xattr", "set", "/d", "user.colour", "green");
        Fs("xattr", "set", "/d", "user.raw", "0x00ff");
        Fs("xattr", "set", "/d", "dir.pin", "0");
        Assert.Equal("green\n", Fs("xattr", "get", "/d", "user.colour"));
        Assert.Equal("0x00ff\n", Fs("xattr", "get", "/d", "user.raw"));

        // The text 0xff, which without this would be shown as the byte is.
        Fs("xattr", "set", "/d", "user.text", "0x30786666");
        Assert.Equal("0x30786666\n", Fs("xattr", "get", "/d", "user.text"));
        Fs("xattr", "rm", "/d", "user.text");
        Assert.Equal("0\n", Fs("xattr", "get", "/d", "dir.pin"));

        // A rank that is not there is taken, with a word.
        CliResult pinned = Run("fs", "xattr", "set", Store, "/d", "dir.pin", "5");
        Assert.Equal((0, "engine: note: dir.pin 5: no such rank: there is rank 0 alone, which keeps the directory meanwhile; "
            + "-1 is for none\n"),
            (pinned.Exit, pinned.Error));
        Assert.Equal("5\n", Fs("xattr", "get", "/d", "dir.pin"));
        Fs("xattr", "rm", "/d", "user.colour");
        Assert.Equal("dir.pin\nuser.raw\n", Fs("xattr", "list", "/d"));
        Fs("xattr", "rm", "/d", "dir.pin");
        Assert.Equal("user.raw\n", Fs("xattr", "list", "/d"));
        Assert.Contains("  user.raw=0x00ff\n", Fs("dump"), StringComparison.Ordinal);
    }

    [Fact]
    public void TheJournalIsDumpedAsText()
    {
        Fs("mkdir", "/d");
        string text = Fs("dump", "--journal");
        Assert.Contains("SubtreeMap of life ", text, StringComparison.Ordinal);
        Assert.Contains("  NextIno 0x", text, StringComparison.Ordinal);
    }

    [Fact]
    public void ATreeIsImportedWithAllThatBelongsToIt()
    {
        string source = PathOf("source");
        Directory.CreateDirectory(Path.Combine(source, "sub/empty"));
        File.WriteAllText(Path.Combine(source, "file"), "hello");
        ToolRun.Must("chmod", "4400", Path.Combine(source, "file"));
        File.CreateSymbolicLink(Path.Combine(source, "sub/link"), "../file");
        ToolRun.Must("ln", Path.Combine(source, "file"), Path.Combine(source, "sub/hard"));
        ToolRun.Must("mkfifo", Path.Combine(source, "pipe"));
        var time = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(Path.Combine(source, "file"), time);
        Directory.SetLastWriteTimeUtc(Path.Combine(source, "sub"), time);
        string line = Fs("import", source, "--to", "/x/y");
        Assert.StartsWith(
            "imported 4 inodes (1 files, 2 directories, 1 symbolic links; 5 bytes) in ", line, StringComparison.Ordinal);
        Assert.EndsWith(
            " inodes/s; 6 names found: 4 of these inodes, 1 further names of files, 1 pipes, sockets and devices passed over\n",
            line, StringComparison.Ordinal);
        Assert.Equal("/x/y:\nfile\nsub\n\n/x/y/sub:\nempty\nhard\nlink\n\n/x/y/sub/empty:\n", Fs("ls", "/x/y", "-R"));
        Assert.Contains("mode      4400", Fs("stat", "/x/y/file"), StringComparison.Ordinal);
        Assert.Contains("modified  2001-02-03T04:05:06.0000000Z", Fs("stat", "/x/y/file"), StringComparison.Ordinal);
        Assert.Contains("modified  2001-02-03T04:05:06.0000000Z", Fs("stat", "/x/y/sub"), StringComparison.Ordinal);
        ExpectClean("6 inodes, 4 directories, 7 names");
    }

    [Fact]
    public void AnImportGoesOnWhereItEnded()
    {
        string source = PathOf("source");
        Directory.CreateDirectory(Path.Combine(source, "sub"));
        File.WriteAllText(Path.Combine(source, "one"), "1");
        File.WriteAllText(Path.Combine(source, "sub/two"), "2");
        ToolRun.Must("ln", Path.Combine(source, "one"), Path.Combine(source, "hard"));
        CliResult ended = Run(new CancellationToken(canceled: true), "fs", "import", Store, source, "--to", "/x");
        Assert.Equal(130, ended.Exit);
        Assert.Contains("engine: import: ended early; imported 0 inodes", ended.Error, StringComparison.Ordinal);
        Assert.Contains("go on with --skip-existing\n", ended.Error, StringComparison.Ordinal);
        Fs("import", source, "--to", "/x");
        File.WriteAllText(Path.Combine(source, "sub/three"), "3");
        CliResult again = Run("fs", "import", Store, source, "--to", "/x");
        Assert.Equal(1, again.Exit);
        Assert.Contains("passed over with --skip-existing", again.Error, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(source, "sub/four"), "4");
        string line = Fs("import", source, "--to", "/x", "--skip-existing");
        Assert.StartsWith("imported 1 inodes (1 files, ", line, StringComparison.Ordinal);
        Assert.EndsWith(" inodes/s; 6 names found: 1 of these inodes, 5 there already\n", line, StringComparison.Ordinal);
        Assert.Equal("/x:\nhard\none\nsub\n\n/x/sub:\nfour\nthree\ntwo\n", Fs("ls", "/x", "-R"));
        Assert.Contains("links     2\n", Fs("stat", "/x/one"), StringComparison.Ordinal);
        ExpectClean("6 inodes, 2 directories, 7 names");
    }

    [Fact]
    public void ALinkIntoADirectoryTakesItsTargetsName()
    {
        Fs("mkdir", "/b", "/c");
        Fs("create", "/c/g");
        Fs("ln", "/c/g", "/b");
        Fs("ln", "-s", "../c/h", "/b");
        Assert.Equal("g\nh\n", Fs("ls", "/b"));
        Assert.Contains("links     2\n", Fs("stat", "/c/g"), StringComparison.Ordinal);
    }

    [Fact]
    public void AnImportSaysWhatItLeavesOut()
    {
        string source = PathOf("source");
        Directory.CreateDirectory(source);
        File.WriteAllText(Path.Combine(source, "good"), "1");
        // A name of one byte that is not UTF-8.
        ToolRun.Must("bash", "-c", $"touch '{source}/'$'\\xff'");
        CliResult result = Run("fs", "import", Store, source);
        Assert.Equal(1, result.Exit);
        Assert.Contains($"engine: import: {source}/\\377: the name is not UTF-8", result.Error, StringComparison.Ordinal);
        Assert.EndsWith("; 2 names found: 1 of these inodes, 1 left out\n", result.Output, StringComparison.Ordinal);
        Assert.Equal("good\n", Fs("ls"));
        ToolRun.Must("rm", "-r", source);
    }

    private string Fs(params string[] args)
    {
        int verbs = args[0] is "xattr" or "frag" ? 2 : 1;
        CliResult result = Run(["fs", .. args[..verbs], Store, .. args[verbs..]]);
        Assert.True(result.Exit == 0 && result.Error.Length == 0, $"{string.Join(' ', args)}: {result.Exit}: {result.Error}");
        return result.Output;
    }

    private void ExpectClean(string counts)
    {
        string text = Fs("check");
        Assert.StartsWith($"{Store}: {counts}, ", text, StringComparison.Ordinal);
        Assert.Contains(": clean (", text, StringComparison.Ordinal);
    }
}
