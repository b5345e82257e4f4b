namespace Engine.Cli.Tests;

/// <summary>The journal's head keeps two copies of each part: where one is bad the other stands in, a check says so, and a repair
/// or any change writes it anew.</summary>
public sealed class FsHeadCopyTests : CliFixture
{
    private const int HeaderBytes = 64 << 10;
    private const int BlockBytes = 4096;

    private string Store => PathOf("ns");

    private string Ring => PathOf("ring");

    [Theory]
    [InlineData(false, 0, HeaderBytes - BlockBytes, "first of the two copies of its superblock")]
    [InlineData(false, HeaderBytes - BlockBytes, 0, "second of the two copies of its superblock")]
    [InlineData(false, BlockBytes, HeaderBytes - (2 * BlockBytes), "first of the two copies of its state")]
    [InlineData(false, HeaderBytes - (2 * BlockBytes), BlockBytes, "second of the two copies of its state")]
    [InlineData(true, 0, HeaderBytes - BlockBytes, "first of the two copies of its superblock")]
    [InlineData(true, HeaderBytes - BlockBytes, 0, "second of the two copies of its superblock")]
    [InlineData(true, BlockBytes, HeaderBytes - (2 * BlockBytes), "first of the two copies of its state")]
    [InlineData(true, HeaderBytes - (2 * BlockBytes), BlockBytes, "second of the two copies of its state")]
    public void ABadCopyIsToldOf_AndWrittenAnew(bool isRing, int copy, int other, string what)
    {
        MakeStore(isRing);
        Flip(isRing, copy);
        Assert.Equal("kept\n", Run("fs", "ls", Store).Output);
        CliResult check = Run("fs", "check", Store);
        Assert.Equal(1, check.Exit);
        Assert.StartsWith(
            $"journal: the {what} is bad; the other stands in for it, and nothing is lost\n", check.Output,
            StringComparison.Ordinal);
        Assert.Contains($"by: engine fs check {Store} --repair\n", check.Output, StringComparison.Ordinal);
        Assert.Contains(": 1 problem (", check.Output, StringComparison.Ordinal);

        CliResult repair = Run("fs", "check", Store, "--repair");
        Assert.Equal(1, repair.Exit);
        Assert.Contains("journal: all copies of its head are written anew\n", repair.Output, StringComparison.Ordinal);
        Assert.Contains(": clean (", repair.Output, StringComparison.Ordinal);
        Assert.Equal(0, Run("fs", "check", Store).Exit);

        // The one that was bad is whole: it stands in for the other now.
        Flip(isRing, other);
        Assert.Equal("kept\n", Run("fs", "ls", Store).Output);
        Assert.Equal(0, Run("fs", "mkdir", Store, "/more").Exit);
        Assert.Contains(": clean (", Run("fs", "check", Store).Output, StringComparison.Ordinal);
        Assert.Equal("kept\nmore\n", Run("fs", "ls", Store).Output);
    }

    [Fact]
    public void WhatElseIsWrongIsPutRightWithIt()
    {
        MakeStore(isRing: false);
        Assert.Equal(0, Run("fs", "create", Store, "/kept/first-name").Exit);
        string[] objects = Directory.GetFiles(Path.Combine(Store, "objects"), "dir.*", SearchOption.AllDirectories);
        string old = objects.Single(path => File.ReadAllBytes(path).AsSpan().IndexOf("first-name"u8) >= 0);
        byte[] bytes = File.ReadAllBytes(old);
        Assert.Equal(0, Run("fs", "create", Store, "/kept/second-name").Exit);
        File.WriteAllBytes(old, bytes);
        Flip(isRing: false, copy: 0);
        CliResult check = Run("fs", "check", Store);
        Assert.Contains("is bad; the other stands in", check.Output, StringComparison.Ordinal);
        Assert.Matches(": [2-9] problems \\(", check.Output);
        Assert.Equal(1, Run("fs", "check", Store, "--repair").Exit);
        Assert.Contains(": clean (", Run("fs", "check", Store).Output, StringComparison.Ordinal);
    }

    private void MakeStore(bool isRing)
    {
        string[] place = isRing ? ["--journal", Ring, "--journal-size", "20MiB"] : [];
        Assert.Equal(0, Run(["fs", "init", Store, .. place]).Exit);
        Assert.Equal(0, Run("fs", "mkdir", Store, "/kept").Exit);
    }

    private void Flip(bool isRing, int copy)
    {
        string path = isRing ? Ring : Path.Combine(Store, "journal/head");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[copy + 40] ^= 0x10;
        File.WriteAllBytes(path, bytes);
    }
}
