// Capabilities that move with a region while their clients go on: whichever of the two ranks a client hears first, whether it has
// a session where they go, whatever was changed under them, on its way or asked for back.

using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Clients whose capabilities move.</summary>
public sealed class CapTests : IDisposable
{
    private readonly MigrationHarness _world = new(2);
    private readonly DirFrag _root;

    public CapTests() => _root = _world.Make("/a", 2);

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void MG053_WhatAClientChangedIsFlushedWhereItsCapabilityIs(bool wasSent)
    {
        (MigrationClient client, Ino file) = Open();
        client.Write(0, file, 500);
        client.HoldsBack = (_, message) => message is CapUpdate;
        if (wasSent)
            client.Flush(0, file);
        Move(client);
        client.HoldsBack = null;
        client.Run();
        Assert.Equal(1, client.Has(file).Rank);
        client.Flush(1, file);
        ClientCap cap = client.Has(file).Cap;
        Assert.Equal((0ul, CapBits.None), (cap.FlushTid, cap.Dirty));
        ExpectNoLoss(client);
        client.AssertAgrees(file, 1);
        _world.AssertAtRest();
        Assert.True(cap.Caps.HasFlag(MigrationClient.Writing));
        Assert.Equal(500, SizeAt(1, file));
    }

    /// <summary>The two ranks' words in either order, with and without a session where it goes.</summary>
    [Theory]
    [InlineData(typeof(CapExport), true)]
    [InlineData(typeof(CapImport), true)]
    [InlineData(typeof(CapExport), false)]
    public void MG054_WhicheverRankIsHeardFirst(Type late, bool hasSession)
    {
        MigrationClient client = new(_world.Cluster, 9, 0);
        if (hasSession)
            client.Connect(1);
        Ino file = client.Open(0, "/a/f1").Ino;
        client.Write(0, file, 500);
        client.Holds = (_, message) => message.GetType() == late;
        Move(client);
        if (!hasSession)
            client.Connect(1);
        client.Run();
        Assert.Equal(late == typeof(CapExport) && !hasSession ? 0 : 1, client.Has(file).Rank);
        client.Holds = null;
        client.Run();
        client.Flush(1, file);
        ExpectNoLoss(client);
        client.AssertAgrees(file, 1);
        _world.AssertAtRest();
        Assert.Equal(500, SizeAt(1, file));
    }

    /// <summary>What only the old rank has told of is not used.</summary>
    [Fact]
    public void MG054_UntilTheNewRankSaysSoNothingIsChanged()
    {
        (MigrationClient client, Ino file) = Open();
        client.Holds = (rank, _) => rank == 1;
        Move(client);
        Assert.Equal(1, client.Has(file).Rank);
        Assert.False(client[1].TryChange(file, CapBits.FileWrite, default));
        client.Holds = null;
        client.Run();
        client.Write(1, file, 7);
        client.Flush(1, file);
        client.AssertAgrees(file, 1);
    }

    [Fact]
    public void MG055_AClientWithoutASessionThereGetsOne()
    {
        MigrationClient client = new(_world.Cluster, 9, 0, 1);
        client[1].Close();
        client.Run();
        Assert.Null(_world.Cluster[1].Rank.Services.Sessions.Find(client.Id));
        Ino file = client.Open(0, "/a/f1").Ino;
        client.Write(0, file, 500);
        Move(client);
        Assert.True(client[1].IsOpen);
        client.Flush(1, file);
        client.AssertAgrees(file, 1);
        Assert.Equal(500, SizeAt(1, file));
    }

    [Fact]
    public void MG056_ASessionOnItsWayOutIsOpenAgain()
    {
        (MigrationClient client, Ino file) = Open();
        MoveUntil<ExportDir>(client);
        client[1].Close();
        SessionClose close = Assert.IsType<SessionClose>(Assert.Single(client[1].Out));
        client[1].Out.Clear();
        _world.Cluster[1].Rank.Step(new RankEvent(RankEventKind.Message, From: Peer.Of(client.Id), Message: close));
        Assert.Equal(SessionState.Closing, _world.Cluster[1].Rank.Services.Sessions.Find(client.Id)!.State);
        _world.Cluster.Holds = null;
        Assert.True(_world.Cluster.DeliverNext());
        Assert.Equal(SessionState.Opening, _world.Cluster[1].Rank.Services.Sessions.Find(client.Id)!.State);
        client.Run();
        Assert.True(client[1].IsOpen);
        client.AssertAgrees(file, 1);
        _world.AssertAtRest();
    }

    /// <summary>Another client asks for what the first has: it gets that from the new rank, when the first has given it
    /// back there.</summary>
    [Fact]
    public void MG057_WhatIsTakenBackMeanwhileIsGivenWhenItIsBack()
    {
        MigrationClient first = new(_world.Cluster, 9, 0, 1);
        MigrationClient second = new(_world.Cluster, 10, 0, 1);
        Ino file = first.Open(0, "/a/f1").Ino;
        first.Write(0, file, 500);
        MoveUntil<ExportAck>(first);
        ulong asked = second.Begin(0, new ClientRequest(0, ClientOp.Open)
        {
            Path = "/a/f1"u8.ToArray(), Flags = OpenFlags.Write | OpenFlags.Read | OpenFlags.Keep,
        });
        second.Run();
        _world.Cluster.Holds = null;
        first.HoldsBack = static (_, message) => message is CapUpdate;
        second.Run();
        first.Run();
        second.Run();
        // It waits at the new rank, for the answer of the first.
        Assert.Equal(1, first.Has(file).Rank);
        Assert.False(second[1].TryGetCap(file, out ClientCap? had) && (had.Caps & CapBits.FileBuffer) != 0);
        first.HoldsBack = null;
        first.Run();
        second.Run();
        first.Run();
        Assert.Equal(IoError.None, second.AnswerTo(asked)!.Error);
        first.AssertAgrees(file, 1);
        second.AssertAgrees(file, 1);
        ExpectNoLoss(first);
        Assert.Equal(500, SizeAt(1, file));
        _world.AssertAtRest();
    }

    /// <summary>A client asks a rank for something while that rank does not know whether it will have it.</summary>
    [Fact]
    public void MG059_WhatWasAskedForInDoubtIsGivenAfterwards()
    {
        _world.Learn(1, "a", "f1");
        MigrationClient client = new(_world.Cluster, 9, 0, 1);
        MoveUntil<ExportAck>(client);
        ulong asked = client.Begin(1, new ClientRequest(0, ClientOp.Open)
        {
            Path = "/a/f1"u8.ToArray(), Flags = OpenFlags.Write | OpenFlags.Keep,
        });
        client.Run();
        Assert.Null(client.AnswerTo(asked));
        _world.Cluster.Holds = null;
        client.Run();
        Ino file = client.AnswerTo(asked)!.Stat.Ino;
        client.Write(1, file, 7);
        client.Flush(1, file);
        client.AssertAgrees(file, 1);
        _world.AssertAtRest();
    }

    /// <summary>The client ends its session with the old rank while its capabilities are on their way.</summary>
    [Fact]
    public void MG060_AClientThatEndsMeanwhileHasNothingAfterwards()
    {
        (MigrationClient client, Ino file) = Open();
        MoveUntil<ExportAck>(client);
        client[0].Close();
        client.Run();
        Assert.Null(_world.Cluster[0].Rank.Services.Sessions.Find(client.Id));
        _world.Cluster.Holds = null;
        client.Run();
        Assert.Empty(client[0].Caps.Concat(client[1].Caps));
        Assert.Equal((0, 0), (_world.Cluster[0].Rank.Services.Caps.Count, _world.Cluster[1].Rank.Services.Caps.Count));
        Assert.Null(_world.Cluster[1].Rank.Services.Caps.Find(file));
        _world.AssertAtRest();
    }

    /// <summary>What a client gives up on the way it has nowhere afterwards.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhatIsGivenUpOnTheWayIsGone(bool asks)
    {
        (MigrationClient client, Ino file) = Open();
        MoveUntil<ExportAck>(client);
        ulong asked = asks ? client.Begin(0, new ClientRequest(0, ClientOp.Close) { Base = file }) : 0;
        Assert.True(asks || client[0].TryRelease(file));
        client.Run();
        Assert.True(_world.Cluster[0].Rank.Services.Caps.TryGet(file, client.Id, out _));
        _world.Cluster.Holds = null;
        client.Run();
        Assert.Empty(client[0].Caps.Concat(client[1].Caps));
        Assert.Equal((0, 0), (_world.Cluster[0].Rank.Services.Caps.Count, _world.Cluster[1].Rank.Services.Caps.Count));
        Assert.True(!asks || client.AnswerTo(asked) is not null);
        _world.AssertAtRest();
    }

    [Fact]
    public void MG061_MG062_WhenTheExporterDiesNothingOfItsCapabilitiesStays_AndSessionsEnd()
    {
        MigrationClient[] clients = [.. Enumerable.Range(9, 64).Select(id => new MigrationClient(_world.Cluster, id, 0, 1))];
        foreach (MigrationClient client in clients)
            client.Open(0, "/a/f1", OpenFlags.Read);
        _world.Cluster.Holds = static (_, _, message) => message is ExportAck;
        Assert.Equal(MigrationRefusal.None, _world[0].Export(_root, new RankId(1)));
        _world.Poke(0);
        foreach (MigrationClient client in clients)
            client.Run();
        Assert.Equal("Acking", Assert.Single(_world[1].Live()).State);
        Assert.Equal(64, _world.Cluster[1].Rank.Services.Caps.Count);
        _world.Cluster.Holds = null;
        _world.Cluster.Crash(0);
        _world.Cluster.Start(0);
        _world.Cluster.Run();
        _world.AssertAtRest();
        Assert.Equal(0, _world.Cluster[1].Rank.Services.Caps.Count);
        Assert.All(clients, client => Assert.Equal(
            0, _world.Cluster[1].Rank.Services.Sessions.Find(client.Id)!.ImportingCount));
        foreach (MigrationClient client in clients)
        {
            client[1].Close();
            client.Run();
        }

        Assert.DoesNotContain(_world.Cluster[1].Rank.Services.Sessions.Sessions, session => session.Client.Value >= 9);
    }

    [Fact]
    public void MG073_AClientThatDoesNotFlushEndsTheExport()
    {
        (MigrationClient client, Ino file) = Open();
        int asked = 0;
        client.Holds = (_, message) =>
        {
            asked += message is SessionFlush ? 1 : 0;
            return false;
        };
        client.HoldsBack = static (_, message) => message is SessionFlushAck;
        Move(client);
        Assert.Equal("Warning", Assert.Single(_world[0].Live()).State);
        for (int i = 0; i < 12; i++)
        {
            _world.Cluster.Advance(500_000, 500_000);
            client.Run();
        }

        Assert.InRange(asked, 4, 6);
        Assert.Equal(MigrationRefusal.Deadline, _world[0].History.Reports.Single().Refusal);
        Assert.Equal(IoError.None, _world.Cluster.Call(0, ClientOp.Create, "/a/after").Error);
        client.HoldsBack = null;
        client.Run();
        client.AssertAgrees(file, 0);
        _world.AssertAtRest();
    }

    [Fact]
    public void MG074_AClientThatEndsNeedNotFlush()
    {
        MigrationClient client = new(_world.Cluster, 9, 0, 1);
        client.Open(0, "/a/f1");
        client.HoldsBack = static (_, message) => message is SessionFlushAck;
        Move(client);
        Assert.Equal("Warning", Assert.Single(_world[0].Live()).State);
        ulong said = _world.Cluster[0].Rank.Services.Sessions.Find(client.Id)!.CapPushSeq;
        _world.Cluster[0].Tell(client.Id.Value, new SessionClose(said));
        _world.Cluster.Run();
        _world.AssertAtRest();
        Assert.Equal(1, _world[0].Counters.Exported);
    }

    /// <summary>A flush that waits for the end of the migration does not keep back that the client knows of all it was
    /// told.</summary>
    [Fact]
    public void AFlushInTheFrozenRegionDoesNotHoldTheExportUp()
    {
        (MigrationClient client, Ino file) = Open();
        client.HoldsBack = static (_, message) => message is SessionFlushAck;
        Move(client);
        client.HoldsBack = null;
        client.Write(0, file, 500);
        client[0].Flush(file);
        _world.Cluster[0].Tell(client.Id.Value, Assert.IsType<CapUpdate>(Assert.Single(client[0].Out)));
        client[0].Out.Clear();
        client.Run();
        Assert.Equal(1, _world[0].Counters.Exported);
        client.AssertAgrees(file, 1);
        Assert.Equal((0ul, CapBits.None), (client.Has(file).Cap.FlushTid, client.Has(file).Cap.Dirty));
        Assert.Equal(500, SizeAt(1, file));
    }

    /// <summary>What the new rank said was lost with its channel: the client comes back there without naming what it does not
    /// know of.</summary>
    [Fact]
    public void WhatWasSaidWhileTheClientWasAwayIsSaidAgain()
    {
        (MigrationClient client, Ino file) = Open();
        client.Write(0, file, 500);
        client.Disconnect(1);
        client.Holds = static (rank, message) => rank == 0 && message is CapExport;
        Move(client);
        client.Connect(1);
        client.Run();
        Assert.Equal(1, client.Has(file).Rank);
        client.Holds = null;
        client.Run();
        client.Flush(1, file);
        client.AssertAgrees(file, 1);
        ExpectNoLoss(client);
        Assert.Equal(500, SizeAt(1, file));
    }

    /// <summary>To and fro with a client that writes all the time: nothing grows but the migration's number.</summary>
    [Fact]
    public void MG049_CapabilitiesMoveToAndFro()
    {
        (MigrationClient client, Ino file) = Open();
        for (int i = 0; i < 50; i++)
        {
            (int from, int to) = (i % 2, 1 - (i % 2));
            client.Write(from, file, i + 1);
            Move(client, from, to);
            client.AssertAgrees(file, to);
        }

        client.Flush(0, file);
        Assert.Equal(50u, client.Has(file).Cap.MigrationSeq);
        Assert.Equal(50, SizeAt(0, file));
        Assert.Equal((1, 0), (_world.Cluster[0].Rank.Services.Caps.Count, _world.Cluster[1].Rank.Services.Caps.Count));
        _world.AssertAtRest();
    }

    /// <summary>A client of both ranks that has /a/f1 open, to write, at the first.</summary>
    private (MigrationClient Client, Ino File) Open()
    {
        MigrationClient client = new(_world.Cluster, 9, 0, 1);
        return (client, client.Open(0, "/a/f1").Ino);
    }

    private void Move(MigrationClient client, int from = 0, int to = 1)
    {
        Assert.Equal(MigrationRefusal.None, _world[from].Export(_root, new RankId(to)));
        _world.Poke(from);
        client.Run();
    }

    /// <summary>Moves as far as a message between the ranks, which is held.</summary>
    private void MoveUntil<T>(MigrationClient client)
        where T : Message
    {
        _world.Cluster.Holds = static (_, _, message) => message is T;
        Move(client);
    }

    private static void ExpectNoLoss(MigrationClient client) =>
        Assert.False(client[0].TryTakeLoss(out _) || client[1].TryTakeLoss(out _));

    private long SizeAt(int rank, Ino file) =>
        (long)_world.Cache(rank).Inode(_world.Cache(rank).FindInode(file)).Size;
}
