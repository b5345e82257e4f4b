using Engine.Cli.Sessions;
using Engine.Metadata;
using Engine.Stores;

namespace Engine.Cli.Tests;

/// <summary>A life of a store's rank that ends in order, but for that the journal keeps all events: what a kill leaves behind the
/// last object that is written.</summary>
internal static class UntrimmedLife
{
    public static void Run(string store, Action<FsClient> work)
    {
        using FsJournal journal = FsJournal.Open(store, FsSession.IdentityOf(store));
        var log = new UntrimmedLog(journal.Log);
        using FileStore objects = FileStore.Open(
            FsSession.ObjectsOf(store), new FileStoreOptions { Incarnation = log.Incarnation });
        var options = new RankOptions { Incarnation = log.Incarnation, ReconnectMicros = 0 };
        using var loop = new RankLoop(options, log, objects, TimeProvider.System, 1);
        using var client = new RankFsClient(loop, store, new ClientId((long)log.Incarnation));
        loop.Start();
        client.WaitUntilActive();
        work(client);
        loop.Stop();
        Assert.Null(client.WaitUntilStopped());
        loop.Dispose();
        loop.Rank.Dispose();
    }
}
