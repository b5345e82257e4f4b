using Engine.Stores;

namespace Engine.Cli.Tests;

/// <summary>Several commands that make one namespace: one makes it, the others are refused and leave it as it is.</summary>
public sealed class FsInitTests : CliFixture
{
    private const int Rounds = 12;
    private const int Commands = 4;

    [Fact]
    public void OneOfSeveralMakesIt()
    {
        for (int round = 0; round < Rounds; round++)
        {
            string store = PathOf("ns" + round);
            CliResult[] results = new CliResult[Commands];
            using var start = new Barrier(Commands);
            Thread[] threads = [.. Enumerable.Range(0, Commands).Select(index => new Thread(() =>
            {
                start.SignalAndWait();
                results[index] = Run("fs", "init", store);
            }))];
            foreach (Thread thread in threads)
                thread.Start();
            foreach (Thread thread in threads)
                thread.Join();

            Assert.Single(results, static result => result.Exit == 0);
            foreach (CliResult refused in results.Where(static result => result.Exit != 0))
            {
                ExpectRefusal(refused, 3, $"engine: init: {store} holds ");
                Assert.Matches(
                    "; (name a new or empty directory|wait for it, or where it was killed remove that)\n", refused.Error);
            }

            Assert.Equal(0, Run("fs", "mkdir", store, "/a").Exit);
            CliResult check = Run("fs", "check", store);
            Assert.True(check.Exit == 0, check.ToString());
        }
    }

    /// <summary>Both take the same file for their journal: who comes second makes nothing, and takes nothing from the
    /// first.</summary>
    [Fact]
    public void AJournalIsOneNamespacesAlone()
    {
        string journal = PathOf("journal");
        Assert.Equal(0, Run("fs", "init", PathOf("one"), "--journal", journal, "--journal-size", "20MiB").Exit);
        ExpectRefusal(Run("fs", "init", PathOf("two"), "--journal", journal), 3, "holds an Engine log");
        Assert.False(Path.Exists(PathOf("two")));
        Assert.Equal(0, Run("fs", "mkdir", PathOf("one"), "/a").Exit);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatWasKilledEarlyIsSaidToBeSo(bool hasJournal)
    {
        string store = PathOf("ns");
        FileStore.Format(Path.Combine(store, "objects"));
        if (hasJournal)
            FileLog.Format(Path.Combine(store, "journal"), new LogFormatOptions());
        const string Says =
            " holds what an init has made that has not ended, and nothing else; wait for it, or where it was killed remove that";
        ExpectRefusal(Run("fs", "init", store), 3, $"engine: init: {store}{Says}\n");
        foreach (string verb in (string[])["ls", "mkdir", "check"])
            ExpectRefusal(Run("fs", verb, store, verb == "check" ? "--cut" : "/x"), 3, $"engine: {store}{Says}, and make it");
        Directory.Delete(store, recursive: true);
        Assert.Equal(0, Run("fs", "init", store).Exit);
        Assert.Equal(0, Run("fs", "ls", store).Exit);
    }

    [Fact]
    public void WhatCannotBeEndedLeavesNothing()
    {
        ExpectRefusal(
            Run("fs", "init", PathOf("ns"), "--journal", PathOf("none/journal"), "--journal-size", "20MiB"), 3,
            "make the directory first");
        Assert.Empty(Directory.EnumerateFileSystemEntries(Root));
        Directory.CreateDirectory(PathOf("ns"));
        ExpectRefusal(
            Run("fs", "init", PathOf("ns"), "--journal", PathOf("none/journal"), "--journal-size", "20MiB"), 3,
            "make the directory first");
        Assert.Empty(Directory.EnumerateFileSystemEntries(PathOf("ns")));
    }
}
