using Engine.Cli.Namespaces;

namespace Engine.Cli.Tests;

// Purpose: names as people give them and read them: what ends in dots is no name to remove or move; each of several names is
// served, whatever becomes of the one before; a listing keeps one name in one line.
public sealed class FsNamesTests : CliFixture
{
    private string Store { get; }

    public FsNamesTests()
    {
        Store = PathOf("ns");
        Assert.Equal(0, Run("fs", "init", Store).Exit);
        Fs("mkdir", "/a/b", "-p");
        Fs("mkdir", "/k");
        Fs("create", "/a/f", "/k/g");
    }

    [Theory]
    [InlineData("/..")]
    [InlineData("/.")]
    [InlineData("/k/.")]
    [InlineData("/k/..")]
    [InlineData("/a/b/..")]
    [InlineData("/a/f/..")]
    [InlineData("/a/b/../")]
    [InlineData("/a/b/./.")]
    [InlineData("..")]
    [InlineData("//")]
    public void WhatEndsInDotsIsNotRemoved(string path)
    {
        string before = Fs("dump");
        ExpectRefusal(Run("fs", "rm", Store, "-r", path), 2, "rm: ");
        ExpectRefusal(Run("fs", "rm", Store, "-r", "/k", path), 2, "rm: ");
        ExpectRefusal(Run("fs", "rm", Store, path), 2, "rm: ");
        ExpectRefusal(Run("fs", "mv", Store, path, "/a"), 2, "mv: ");
        Assert.Equal(before, Fs("dump"));
    }

    [Fact]
    public void DotsWithinAPathLeadAsEver()
    {
        Fs("rm", "-r", "/a/b/../../k");
        Assert.Equal("a\n", Fs("ls"));
        ExpectRefusal(Run("fs", "mv", Store, "/a/f", "/a/b/.."), 1, "mv: /a/f, /a/b/../f: are the same; nothing was moved");
        Assert.Equal("b\nf\n", Fs("ls", "/a"));
    }

    [Fact]
    public void ALinkToADirectoryIsNotEmptiedForASlash()
    {
        Fs("ln", "-s", "/a", "/link");
        ExpectRefusal(Run("fs", "rm", Store, "-r", "/link/"), 1, "rm: /link/: is not a directory");
        Assert.Equal("b\nf\n", Fs("ls", "/a"));
        Fs("rm", "-r", "/link");
        Fs("rm", "-r", "/a/");
        Assert.Equal("k\n", Fs("ls"));
    }

    [Fact]
    public void EachOfSeveralNamesIsServed()
    {
        CliResult made = Run("fs", "mkdir", Store, "/a", "/m", "/k", "/n");
        Assert.Equal(1, made.Exit);
        Assert.Equal("engine: mkdir: /a: exists already\nengine: mkdir: /k: exists already\n", made.Error);
        CliResult created = Run("fs", "create", Store, "/none/x", "/x");
        Assert.Equal(1, created.Exit);
        CliResult removed = Run("fs", "rm", Store, "-r", "/a", "/none", "/m");
        Assert.Equal(1, removed.Exit);
        Assert.Equal("engine: rm: /none: does not exist\n", removed.Error);
        Assert.Equal("k\nn\nx\n", Fs("ls"));
    }

    [Fact]
    public void ANameStaysInItsLine()
    {
        string name = "/a/red\e[31m\nnext\tC1\u009b \\ end";
        const string Shown = @"red\033[31m\nnext\tC1\302\233 \\ end";
        Fs("create", name);
        Fs("ln", "-s", "x\ny", "/a/link with -> in it");
        Assert.Equal($"b\nf\nlink with -> in it\n{Shown}\n", Fs("ls", "/a"));
        string[] lines = Fs("dump", "/a").TrimEnd('\n').Split('\n');
        Assert.Equal(5, lines.Length);
        Assert.EndsWith(@" /a/link\ with\ ->\ in\ it -> x\ny", lines[3], StringComparison.Ordinal);
        Assert.EndsWith(" /a/" + Shown.Replace(" ", @"\ ", StringComparison.Ordinal), lines[4], StringComparison.Ordinal);
        Assert.DoesNotContain("\e", Fs("dump", "--journal"), StringComparison.Ordinal);
        ExpectRefusal(Run("fs", "mkdir", Store, name), 1, $"mkdir: /a/{Shown}: exists already");
        Assert.Equal("path      " + "/a/" + Shown, Fs("stat", name).Split('\n')[0]);
        Assert.Equal("user.a\n", FsNames("user.a"));
        Assert.Equal(0, Run("fs", "check", Store).Exit);
    }

    [Fact]
    public void AnAttributeWithControlCharactersIsHexadecimal()
    {
        Assert.Equal("0x7f", FsXattr.Show([0x7f]));
        Assert.Equal("0xc29b", FsXattr.Show([0xc2, 0x9b]));
        Assert.Equal("green", FsXattr.Show("green"u8));
    }

    private string FsNames(string attribute)
    {
        Fs("xattr", "set", "/k/g", attribute, "1");
        return Fs("xattr", "list", "/k/g");
    }

    private string Fs(params string[] words)
    {
        int dir = words[0] is "xattr" ? 2 : 1;
        CliResult result = Run(["fs", .. words[..dir], Store, .. words[dir..]]);
        Assert.True(result.Exit == 0, result.ToString());
        return result.Output;
    }
}
