namespace Engine.Cli.Tests;

/// <summary>Standard streams that are closed or full: a command does what it is to do and has its exit code; what cannot be shown
/// is said where anything can.</summary>
public sealed class StandardStreamsTests : CliFixture
{
    private const string Lost = "engine: standard output cannot be written: ";

    private string Store => PathOf("ns");

    [Theory]
    [InlineData(">&-", "it is closed")]
    [InlineData("<&- >&-", "it is closed")]
    [InlineData(">/dev/full", "no space is left there (ENOSPC)")]
    public void WhatCannotBeShownIsSaid(string redirection, string why)
    {
        CliResult init = RunInShell(redirection, "fs", "init", Store);
        Assert.Equal(
            $"{Lost}{why}; what the command was to show is lost, what it was to do is done\n", init.Error);
        Assert.Equal(3, init.Exit);
        Assert.Equal(0, Run("fs", "check", Store).Exit);
    }

    [Theory]
    [InlineData("2>&-")]
    [InlineData("2>/dev/full")]
    [InlineData(">/dev/full 2>/dev/full")]
    [InlineData(">&- 2>&-")]
    [InlineData("<&- >&- 2>&-")]
    public void ARefusalThatCannotBeSaidKeepsItsExitCode(string redirection)
    {
        Assert.Equal(3, RunInShell(redirection, "fs", "ls", PathOf("none")).Exit);
        Assert.Equal(2, RunInShell(redirection, "fs", "frobnicate").Exit);
    }

    /// <summary>The first of two lines is lost; the command goes on to what it is there for.</summary>
    [Fact]
    public void ARepairIsNotEndedByWhatItCannotShow()
    {
        Assert.Equal(0, Run("fs", "init", Store).Exit);
        string head = Path.Combine(Store, "journal", "head");
        File.WriteAllBytes(head, new byte[new FileInfo(head).Length]);
        CliResult cut = RunInShell(">/dev/full", "fs", "check", Store, "--cut");
        Assert.Equal(1, cut.Exit);
        Assert.StartsWith(Lost, cut.Error, StringComparison.Ordinal);
        Assert.Equal(0, Run("fs", "check", Store).Exit);
    }
}
