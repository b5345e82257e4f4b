using Engine.Buffers;
using Engine.Cli.Commands;
using Engine.Cli.Namespaces;
using Engine.Cli.Sessions;
using Engine.Metadata;
using Engine.Stores;
using Engine.Testing.Metadata;

namespace Engine.Cli.Tests;

// Purpose: a store that goes away under a rank at work, or is somebody else's by then: the rank says so and stops, and what was
// acknowledged is there when the store is back.
public sealed class FsStoreLossTests : CliFixture
{
    private string Store => PathOf("ns");

    [Fact]
    public void AStoreThatANewerInstanceTookEndsTheRank()
    {
        Assert.Equal(0, Run("fs", "init", Store).Exit);
        using (FsSession session = Open())
        {
            Make(session, "/a");
            FileStore.Open(FsSession.ObjectsOf(Store), new FileStoreOptions { Incarnation = 1000 }).Dispose();
            CliException refusal = Assert.Throws<CliException>(() => session.Close());
            Assert.Contains("a newer instance took the store over: nothing is served", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(ExitCode.Environment, refusal.ExitCode);
            Assert.Throws<CliException>(() => Make(session, "/b"));
        }

        ExpectRefusal(Run("fs", "ls", Store), 3, "what belongs to it was written by 1000");
        CliResult check = Run("fs", "check", Store);
        Assert.Equal(1, check.Exit);
        Assert.Contains("is an old copy", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void ObjectsThatGoAwayAreNamedAndNothingIsLost()
    {
        Assert.Equal(0, Run("fs", "init", Store).Exit);
        using (FsSession session = Open())
        {
            Make(session, "/a");
            Directory.Move(FsSession.ObjectsOf(Store), PathOf("away"));
            Make(session, "/b");
            // Which object was looked for first is named where one was.
            string? why = session.Close();
            Assert.StartsWith("ENOENT", why, StringComparison.Ordinal);
            Assert.EndsWith("; mend that", why, StringComparison.Ordinal);
        }

        ExpectRefusal(Run("fs", "ls", Store), 3, "its objects are missing; restore ");
        Directory.Move(PathOf("away"), FsSession.ObjectsOf(Store));
        Assert.Equal("a\nb\n", Run("fs", "ls", Store).Output);
        Assert.Contains(": clean (", Run("fs", "check", Store).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void ObjectsThatCannotBeWrittenAreSaid_WhateverElseHadNoRoom()
    {
        Assert.Equal(0, Run("fs", "init", Store).Exit);
        using var output = new StringWriter();
        using var error = new StringWriter();
        FsCommands.Run(new CliConsole(output, error, false, false), Open(), session =>
        {
            Make(session, "/a");
            Directory.Move(FsSession.ObjectsOf(Store), PathOf("away"));
            // The second one takes more than a file's attributes may.
            ClientRequest set = FsTree.Ask(ClientOp.SetXattr, FsPath.Parse("/a")) with { Value = new byte[60_000] };
            Assert.Equal(IoError.None, session.Client.Call(set with { XattrName = "user.a" }).Error);
            Assert.Equal(IoError.NoSpace, session.Client.Call(set with { XattrName = "user.b" }).Error);
        });
        Assert.Contains("safe in the journal, but directories cannot be written", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ObjectsThatCannotBeReadAreNotCalledDamaged()
    {
        Assert.Equal(0, Run("fs", "init", Store).Exit);
        Assert.Equal(0, Run("fs", "mkdir", Store, "/d", "/d/e").Exit);
        // Behind these the journal tells of them no more.
        Assert.Equal(0, Run("fs", "mkdir", Store, "/other").Exit);
        Assert.Equal(0, Run("fs", "mkdir", Store, "/another").Exit);
        using FsJournal journal = FsJournal.Open(Store, FsSession.IdentityOf(Store));
        ulong incarnation = journal.Log.Incarnation;
        using FileStore store = FileStore.Open(
            FsSession.ObjectsOf(Store), new FileStoreOptions { Incarnation = incarnation });
        var objects = new GatedObjects(store, new EffectGate()) { ReadFailure = IoError.Io };
        var options = new RankOptions { Incarnation = incarnation, ReconnectMicros = 0 };
        using var loop = new RankLoop(options, journal.Log, objects, TimeProvider.System, 1);
        using var client = new RankFsClient(loop, "ns", new ClientId(1));
        loop.Start();
        ReadOnlyMemory<byte> path = FsPath.Parse("/d/e");
        CliException refusal = Assert.Throws<CliException>(
            () => client.Call(FsTree.Ask(ClientOp.GetAttributes, path)).Must(client, "stat", path));
        Assert.StartsWith("stat: /d/e: the store cannot be read", refusal.Message, StringComparison.Ordinal);
        objects.ReadFailure = IoError.None;
        client.Call(FsTree.Ask(ClientOp.GetAttributes, path)).Must(client, "stat", path);
    }

    [Fact]
    public void ABugInTheRankIsOneLineAndExitCodeOne()
    {
        Assert.Equal(0, Run("fs", "init", Store).Exit);
        using (FsSession session = Open())
        {
            session.Client.Submit(
                FsTree.Ask(ClientOp.GetAttributes, FsPath.Parse("/")), (_, _, _) => Invariant.Fail("planted"));
            CliException refusal = Assert.Throws<CliException>(session.Client.WaitForAll);
            Assert.Contains("a bug in Engine stopped the rank: InvariantException", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(ExitCode.Failure, refusal.ExitCode);
        }

        Assert.Equal(0, Run("fs", "ls", Store).Exit);
    }

    private FsSession Open()
    {
        FsSession session = FsSession.Open(Store);
        session.Client.WaitUntilActive();
        return session;
    }

    private static void Make(IFsSession session, string path) =>
        session.Client.Call(FsTree.Ask(ClientOp.MakeDirectory, FsPath.Parse(path))).Must("mkdir", FsPath.Parse(path));
}
