using System.Globalization;
using Engine.Cli.Sessions;
using Engine.Testing.SystemSupport;

namespace Engine.Cli.Tests;

// Purpose: every kind of bad input to engine fs gets one clear line and the documented exit code; damage is found by the check,
// which says what is lost.
public sealed class FsBadInputTests : CliFixture
{
    [Theory]
    [InlineData("ls")]
    [InlineData("check")]
    [InlineData("stat")]
    [InlineData("dump")]
    [InlineData("du")]
    public void AMissingStore(string verb)
    {
        ExpectRefusal(Run("fs", verb, PathOf("none")), 3, "does not exist; check the path, or make it with: engine fs init");
        Assert.False(Path.Exists(PathOf("none")));
    }

    /// <summary>What other systems' parsers take for help, or for a file of arguments, are paths and values here.</summary>
    [Fact]
    public void PathsAndValuesAreNoOptions()
    {
        string store = PathOf("ns");
        Assert.Equal(0, Run("fs", "init", store).Exit);
        Assert.Equal(0, Run("fs", "mkdir", store, "/h", "/?").Exit);
        Assert.Equal("?\nh\n", Run("fs", "ls", store).Output);
        Assert.Equal(0, Run("fs", "mkdir", store, "--", "--x", "-y").Exit);
        Assert.Equal(0, Run("fs", "rm", store, "-r", "--", "--x", "-y").Exit);
        File.WriteAllText(PathOf("words"), "stolen");
        Assert.Equal(0, Run("fs", "xattr", "set", store, "/h", "user.a", "@" + PathOf("words")).Exit);
        Assert.Equal("@" + PathOf("words") + "\n", Run("fs", "xattr", "get", store, "/h", "user.a").Output);
        Assert.Contains("engine fs mkdir", Run("fs", "mkdir", "-h").Output, StringComparison.Ordinal);
    }

    /// <summary>A cluster has a journal for each rank, and none in a directory's place. Nobody is asked at the address.</summary>
    [Theory]
    [InlineData("--map 127.0.0.1:1 --journal")]
    [InlineData("--journal --map=127.0.0.1:1")]
    [InlineData("--journal --map here")]
    public void AJournalOfACluster(string line) => ExpectRefusal(
        Run(["fs", "dump", .. line.Split(' ')]), 2,
        "dump: --journal shows the journal of a directory, and each rank of a cluster has its own; leave --journal or --map out");

    [Fact]
    public void NotAStore()
    {
        ExpectRefusal(Run("fs", "ls", Root), 3, "holds no namespace");
        File.WriteAllText(PathOf("file"), "hello");
        ExpectRefusal(Run("fs", "ls", PathOf("file")), 3, "is not a directory");
        ExpectRefusal(Run("fs", "init", PathOf("file")), 3, "is a file; name a new or empty directory");
        ExpectRefusal(Run("fs", "init", Root), 3, "holds file; name a new or empty directory");

        // A file system that nobody can make anything on.
        ExpectRefusal(
            Run("fs", "init", "/proc/namespace"), 3, "/proc/namespace/objects cannot be made: its place is no directory, or one "
                + "of a file system on which nothing can be made; name another\n");
        ExpectRefusal(Run("fs", "init", PathOf("file/in")), 3, "objects cannot be made: its place is no directory, or one of");
        Assert.Equal("hello", File.ReadAllText(PathOf("file")));
    }

    /// <summary>The superuser may read anything: the command runs as nobody.</summary>
    [Fact]
    public void AStoreOfAnotherUser()
    {
        string store = MakeStore();
        ToolRun.Must("chmod", "0755", Root);
        string kept = ObjectOf(store, "/");
        ToolRun.Must("chmod", "0600", kept);
        ToolRun.Must("chmod", "-R", "a+rX", Path.Combine(store, "journal"), Path.Combine(store, "objects/engine-store"));
        ExpectRefusal(
            RunAsNobody("fs", "check", store), 3,
            $"engine: {store} cannot be checked: not all of its objects may be read; run as a user who may");
        ToolRun.Must("chmod", "0600", Path.Combine(store, "objects", "engine-store"));
        ExpectRefusal(RunAsNobody("fs", "ls", store), 3, $"open: {store}/objects may not be read; run as a user who may");
    }

    [Fact]
    public void AStoreIsNotMadeTwice() => ExpectRefusal(Run("fs", "init", MakeStore()), 3, "holds a namespace already");

    [Fact]
    public void ABusyStore()
    {
        string store = MakeStore();
        using (FsSession holder = FsSession.Open(store))
        {
            holder.Client.WaitUntilActive();
            ExpectRefusal(RunProcess("fs", "ls", store), 3, "is in use by another process");
            ExpectRefusal(RunProcess("fs", "check", store), 3, "is in use by another process");
        }

        Assert.Equal(0, Run("fs", "ls", store).Exit);
    }

    [Theory]
    [InlineData("mkdir DIR /a", 1, "mkdir: /a: exists already")]
    [InlineData("mkdir DIR /none/b", 1, "mkdir: /none/b: /none does not exist; make it first, or give -p")]
    [InlineData("create DIR /a/none/b/c", 1, "create: /a/none/b/c: /a/none does not exist; make it first")]
    [InlineData("ls DIR /none/b", 1, "ls: /none/b: /none does not exist")]
    [InlineData("mkdir DIR /a/f/x", 1, "is not a directory")]
    [InlineData("mkdir DIR /a/.", 1, "exists already")]
    [InlineData("mkdir DIR LONG", 2, "a name is longer than 255 bytes")]
    [InlineData("mkdir DIR BROKEN", 2, "not UTF-8")]
    [InlineData("mkdir DIR /x --mode 9", 2, "--mode '9': allowed: octal digits")]
    [InlineData("mkdir DIR", 2, "mkdir: PATH is missing (see engine fs mkdir --help)")]
    [InlineData("xattr set DIR /a user.x", 2, "set: VALUE is missing (see engine fs xattr set --help)")]
    [InlineData("frag merge DIR /a", 1, "frag merge: /a: * is one fragment already: there is nothing to merge")]
    [InlineData("create DIR /g/", 1, "create: /g/: a file's name ends in no '/'; leave it out, or use mkdir")]
    [InlineData("create DIR /a/", 1, "create: /a/: a file's name ends in no '/'")]
    [InlineData("xattr set DIR /a user. x", 2, "needs something behind 'user.'")]
    [InlineData("ls DIR /none", 1, "ls: /none: does not exist")]
    [InlineData("stat DIR /a/f/", 1, "is not a directory")]
    [InlineData("ln DIR /none /b", 1, "ln: /none: does not exist")]
    [InlineData("ln DIR /a/f /a/f", 1, "ln: /a/f: exists already")]
    [InlineData("ln DIR /a /b", 1, "ln: /a: is a directory; only files have further names: give -s for a symbolic link")]
    [InlineData("ln DIR /a/f /none/b", 1, "ln: /none/b: /none does not exist; make it first")]
    [InlineData("mv DIR /none /b", 1, "mv: /none: does not exist")]
    [InlineData("mv DIR /a /a/b/c", 1, "mv: /a/b/c: /a/b does not exist; make it first")]
    [InlineData("dump DIR --journal /a", 2, "--journal shows all of it; leave /a out")]
    [InlineData("mv DIR /a /a/b", 2, "mv: /a/b: a directory cannot be moved into itself")]
    [InlineData("mv DIR / /b", 2, "mv: the root cannot be moved")]
    [InlineData("rm DIR /a", 1, "is a directory; give -r")]
    [InlineData("rm DIR -r /", 2, "the root cannot be removed")]
    [InlineData("xattr get DIR /a user.none", 1, "has no such attribute")]
    [InlineData("xattr set DIR /a security.x 1", 2, "only attributes user.* and dir.pin are kept")]
    [InlineData("xattr set DIR /a dir.pin abc", 2, "dir.pin takes the number of a rank, 0 to 63, or -1 for none")]
    [InlineData("xattr set DIR /a dir.pin 99", 2, "dir.pin takes the number of a rank, 0 to 63, or -1 for none")]
    [InlineData("xattr set DIR /a user.x 0xabc", 2, "pairs of hexadecimal digits")]
    [InlineData("import DIR /none/such", 3, "it does not exist")]
    [InlineData("import DIR FILE", 3, "it is not a directory")]
    [InlineData("import DIR ROOT --to /a/f", 1, "is not a directory")]
    [InlineData("frobnicate DIR", 2, "frobnicate")]
    public void ARefusedRequest(string line, int exit, string says) => ExpectRefused(line, exit, says);

    [Theory]
    [InlineData("frag split DIR /", 1, "frag split: /: the root directory stays in one piece")]
    [InlineData("frag split DIR /a --frag 0*", 1, "frag split: /a: 0* is none of its fragments, which are *; name one of them")]
    [InlineData("mv DIR --exchange /a /a/f", 2, "mv: /a, /a/f: one lies in the other, or a rank of")]
    [InlineData("mv DIR --exchange /a/f /a", 2, "mv: /a/f, /a: one lies in the other")]
    [InlineData("mv DIR --exchange /a /none", 1, "mv: /none: does not exist")]
    [InlineData("mv DIR --exchange /none /a", 1, "mv: /none: does not exist")]
    [InlineData("mv DIR --exchange /a/f /none/b", 1, "mv: /none/b: /none does not exist")]
    [InlineData("mv DIR --exchange /a /", 2, "mv: the root cannot be moved")]
    [InlineData("frag split DIR /a --bits abc", 2, "--bits: allowed: 1 to 8")]
    [InlineData("mkdir DIR -p /a/f", 1, "mkdir: /a/f: exists already")]
    [InlineData("mv DIR /a/f /a/f", 1, "mv: /a/f, /a/f: are the same; nothing was moved")]
    [InlineData("xattr set DIR /a user.x BROKEN", 2, "not UTF-8; name files in UTF-8, and give a value's bytes as 0x")]
    [InlineData("xattr set DIR /a dir.pin zz", 2, "xattr set: /a: dir.pin takes the number of a rank, 0 to 63, or -1 for none\n")]
    [InlineData("xattr set DIR /a user. x", 2, "xattr set: /a: the name needs something behind 'user.'\n")]
    [InlineData("mv DIR /a/f/ /b", 1, "mv: /a/f/: it, or something on the way to it, is not a directory")]
    [InlineData("mv DIR /a /a/f/b", 1, "mv: /a/f/b: it, or something on the way to it, is not a directory")]
    [InlineData("create DIR /big --size 17592186040321", 1, "create: /big: is larger than a file can be (16 TiB less 4 KiB)")]
    [InlineData("dump DIR --journal --map", 2, "--map: its value is missing")]
    [InlineData("init DIR --journal", 2, "--journal: its value is missing")]
    [InlineData("xattr set DIR /l user.x 1", 1, "xattr set: /l: is a symbolic link, which has no attributes; name what it")]
    [InlineData("xattr rm DIR /l user.x", 1, "xattr rm: /l: is a symbolic link, which has no attributes")]
    [InlineData("xattr set DIR /a/f dir.pin 0", 1, "xattr set: /a/f: is a file; only a directory is kept at a rank")]
    [InlineData("xattr set DIR /l dir.pin 0", 1, "xattr set: /l: is a symbolic link; only a directory is kept at a rank")]
    public void AChangeThatDoesNotFitWhatIsThere(string line, int exit, string says) => ExpectRefused(line, exit, says);

    private void ExpectRefused(string line, int exit, string says)
    {
        string store = MakeStore();
        Assert.Equal(0, Run("fs", "mkdir", store, "/a").Exit);
        Assert.Equal(0, Run("fs", "create", store, "/a/f").Exit);
        Assert.Equal(0, Run("fs", "ln", store, "-s", "/a", "/l").Exit);
        File.WriteAllText(PathOf("file"), "hello");
        string[] words = [.. line.Split(' ').Select(word => word switch
        {
            "DIR" => store,
            "LONG" => "/" + new string('x', 256),
            "BROKEN" => "/\uFFFD",
            "FILE" => PathOf("file"),
            "ROOT" => Root,
            _ => word,
        })];
        CliResult result = Run(["fs", .. words]);
        Assert.Contains(says, result.Error, StringComparison.Ordinal);
        Assert.Equal(exit, result.Exit);
        Assert.Equal(1, result.Error.Count(letter => letter == '\n'));
        Assert.Equal(0, Run("fs", "check", store).Exit);
        Assert.Equal("a\nl\n", Run("fs", "ls", store).Output);
    }

    [Theory]
    [InlineData("/d", 2100, "longer than 4095 bytes")]
    [InlineData("x", 256, "a name is longer than 255 bytes")]
    public void AWayThatIsTooLong_IsNotBegun(string part, int times, string says)
    {
        string store = MakeStore();
        string path = "/new/" + string.Concat(Enumerable.Repeat(part, times));
        CliResult result = Run("fs", "mkdir", store, "-p", path);
        ExpectRefusal(result, 2, says);
        Assert.InRange(result.Error.Length, 1, 200);
        Assert.Empty(Run("fs", "ls", store).Output);
    }

    [Fact]
    public void AttributesThatAFileHasNoRoomFor_AreNoFullStore()
    {
        string store = MakeStore();
        Assert.Equal(0, Run("fs", "create", store, "/f").Exit);
        string value = new('x', 60_000);
        Assert.Equal(0, Run("fs", "xattr", "set", store, "/f", "user.a", value).Exit);
        ExpectRefusal(Run("fs", "xattr", "set", store, "/f", "user.b", value), 1, "attributes of one file take 68 KiB at most");
    }

    [Fact]
    public void ALinkThatLeadsNowhereOnTheWay()
    {
        string store = MakeStore();
        Assert.Equal(0, Run("fs", "ln", store, "-s", "nowhere", "/l").Exit);
        ExpectRefusal(Run("fs", "create", store, "/l/f"), 1, "create: /l/f: /l leads to what does not exist");
    }

    [Fact]
    public void ASoundJournalIsNotCut_ButWhatDoesNotAgreeIsPutRight()
    {
        string store = MakeStore();
        CliResult both = Run("fs", "check", store, "--cut", "--repair");
        Assert.True(both.Exit == 0, both.ToString());
        Assert.Contains("is not damaged; nothing was cut", both.Error, StringComparison.Ordinal);
        Assert.Contains(": clean (", both.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AJournalThatCannotBeOpenedIsNotToldOfACheck()
    {
        string store = MakeStore();
        string head = Path.Combine(store, "journal/head");
        File.Delete(head);
        Directory.CreateDirectory(head);
        foreach (string verb in (string[])["ls", "mkdir"])
            ExpectRefusal(Run("fs", verb, store, "/x"), 3, $"engine: open: {store}/journal cannot be opened: ");
    }

    [Fact]
    public void AnEmptyPath() => ExpectRefusal(Run("fs", "ls", MakeStore(), ""), 2, "a path is empty; the root is /");

    [Fact]
    public void ADamagedDirectoryIsFoundAndTheRestIsKept()
    {
        string store = MakeStore();
        Assert.Equal(0, Run("fs", "mkdir", store, "/lost", "/kept").Exit);
        Assert.Equal(0, Run("fs", "create", store, "/lost/1", "/lost/2", "/kept/3").Exit);
        FlipByte(ObjectOf(store, "/lost"), 600);
        CliResult check = Run("fs", "check", store);
        Assert.Equal(1, check.Exit);
        Assert.Contains("/lost: its directory dir.", check.Output, StringComparison.Ordinal);
        Assert.Contains(
            "the checksum is wrong; lost: the names of 2 files and 0 directories in it", check.Output, StringComparison.Ordinal);
        Assert.Contains("not lost: the rest of the namespace", check.Output, StringComparison.Ordinal);
        Assert.Contains(": 1 problem (", check.Output, StringComparison.Ordinal);
        ExpectRefusal(Run("fs", "ls", store, "/lost"), 1, "the store is damaged: directory /lost");
        Assert.Equal("3\n", Run("fs", "ls", store, "/kept").Output);
    }

    [Fact]
    public void AMissingOrOrphanedObjectIsFound()
    {
        string store = MakeStore();
        Assert.Equal(0, Run("fs", "mkdir", store, "/a", "/b").Exit);
        File.Move(ObjectOf(store, "/a"), Path.Combine(store, "objects/objects/dir.9999.00000000"));
        CliResult check = Run("fs", "check", store);
        Assert.Equal(1, check.Exit);
        Assert.Contains("/a: its directory dir.", check.Output, StringComparison.Ordinal);
        Assert.Contains("its object is missing", check.Output, StringComparison.Ordinal);
        Assert.Contains("object dir.9999.00000000: no directory leads to it", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void ADamagedJournalIsReportedWithWhatIsLost()
    {
        string store = MakeStore();
        Assert.Equal(0, Run("fs", "mkdir", store, "/a").Exit);
        byte[] zeros = new byte[4096];
        foreach (string segment in Directory.GetFiles(Path.Combine(store, "journal"), "*.segment"))
        {
            using FileStream file = File.OpenWrite(segment);
            for (long at = 0; at < file.Length; at += zeros.Length)
                file.Write(zeros);
        }

        CliResult check = Run("fs", "check", store);
        Assert.Equal(1, check.Exit);
        Assert.Contains("is damaged at position", check.Output, StringComparison.Ordinal);
        Assert.Contains("lost with the journal: what was changed and not yet written", check.Output, StringComparison.Ordinal);
        Assert.Contains("names are whole: the journal is damaged", check.Output, StringComparison.Ordinal);
        ExpectRefusal(Run("fs", "ls", store), 3, "is damaged at position");
    }

    [Fact]
    public void ALostJournalIsNotTakenForANewNamespace()
    {
        string store = MakeStore();
        Assert.Equal(0, Run("fs", "mkdir", store, "/a").Exit);
        Directory.Delete(Path.Combine(store, "journal"), recursive: true);
        ExpectRefusal(Run("fs", "ls", store), 3, "its journal is missing");
        CliResult without = Run("fs", "check", store);
        Assert.Equal(1, without.Exit);
        Assert.StartsWith("journal: it is missing\nlost with the journal: ", without.Output, StringComparison.Ordinal);
        Assert.Contains("names are whole: the journal is lost (", without.Output, StringComparison.Ordinal);
        Stores.FileLog.Format(Path.Combine(store, "journal"));
        ExpectRefusal(Run("fs", "ls", store), 3, "is another store's journal");
        Directory.Delete(Path.Combine(store, "journal"), recursive: true);
        Guid uuid = FsSession.IdentityOf(store).Uuid;
        Stores.FileLog.Format(Path.Combine(store, "journal"), new Stores.LogFormatOptions { Uuid = uuid });
        ExpectRefusal(Run("fs", "ls", store), 3, "is an old copy: it knows incarnations up to 0");
        using (var log = Stores.FileLog.Open(Path.Combine(store, "journal"), new Stores.LogOptions { Incarnation = 100 }))
            Assert.Equal(100UL, log.Incarnation);
        ExpectRefusal(Run("fs", "ls", store), 3, "the journal was lost");
        CliResult check = Run("fs", "check", store);
        Assert.Equal(1, check.Exit);
        Assert.Contains("the journal is lost", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AStoreWithoutItsObjectsSaysSo()
    {
        string store = MakeStore();
        Directory.Delete(Path.Combine(store, "objects"), recursive: true);
        ExpectRefusal(Run("fs", "ls", store), 3, $"{store}: its objects are missing; restore {store}/objects");
    }

    [Fact]
    public void HiddenVerbsAreNotOffered()
    {
        CliResult result = Run("fs");
        Assert.Contains("a command is missing: init, mkdir", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("churn", result.Error, StringComparison.Ordinal);
    }

    private string MakeStore()
    {
        string store = PathOf("ns");
        CliResult made = Run("fs", "init", store);
        Assert.True(made.Exit == 0, made.ToString());
        return store;
    }

    /// <summary>The file of a directory's object.</summary>
    private static string ObjectOf(string store, string path)
    {
        string[] lines = Run("fs", "stat", store, path).Output.Split('\n');
        string line = lines.Single(text => text.StartsWith("inode", StringComparison.Ordinal));
        ulong ino = ulong.Parse(line.Split("0x")[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return Path.Combine(store, string.Create(CultureInfo.InvariantCulture, $"objects/objects/dir.{ino:x}.00000000"));
    }

    private static void FlipByte(string path, int offset)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[offset] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}
