// Capabilities that move with a region while their clients go on: whichever of the two ranks a client hears first, whether it has
// a session where they go, whatever was changed under them, on its way or asked for back.

using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Clients whose capabilities move.</summary>
public sealed class CapTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void MG053_WhatAClientChangedIsFlushedWhereItsCapabilityIs(bool wasSent)
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        Ino file = client.Open(0, "/a/f1").Ino;
        client.Write(0, file, 500);
        client.HoldsBack = (_, message) => message is CapUpdate;
        if (wasSent)
            client.Flush(0, file);
        Move(world, client, root);
        client.HoldsBack = null;
        client.Run();
        Assert.Equal(1, client.Has(file).Rank);
        client.Flush(1, file);
        ClientCap cap = client.Has(file).Cap;
        Assert.Equal((0ul, CapBits.None), (cap.FlushTid, cap.Dirty));
        Assert.False(client[0].TryTakeLoss(out _) || client[1].TryTakeLoss(out _));
        client.AssertAgrees(file, 1);
        world.AssertAtRest();
        Assert.True(cap.Caps.HasFlag(MigrationClient.Writing));
        Assert.Equal(500, SizeAt(world, 1, file));
    }

    /// <summary>The two ranks' words in either order, with and without a session where it goes.</summary>
    [Theory]
    [InlineData(typeof(CapExport), true)]
    [InlineData(typeof(CapImport), true)]
    [InlineData(typeof(CapExport), false)]
    public void MG054_WhicheverRankIsHeardFirst(Type late, bool hasSession)
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        MigrationClient client = new(world.Cluster, 9, 0);
        if (hasSession)
            client.Connect(1);
        Ino file = client.Open(0, "/a/f1").Ino;
        client.Write(0, file, 500);
        client.Holds = (_, message) => message.GetType() == late;
        Move(world, client, root);
        if (!hasSession)
            client.Connect(1);
        client.Run();
        Assert.Equal(late == typeof(CapExport) && !hasSession ? 0 : 1, client.Has(file).Rank);
        client.Holds = null;
        client.Run();
        client.Flush(1, file);
        Assert.False(client[0].TryTakeLoss(out _) || client[1].TryTakeLoss(out _));
        client.AssertAgrees(file, 1);
        world.AssertAtRest();
        Assert.Equal(500, SizeAt(world, 1, file));
    }

    /// <summary>What only the old rank has told of is not used.</summary>
    [Fact]
    public void MG054_UntilTheNewRankSaysSoNothingIsChanged()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        Ino file = client.Open(0, "/a/f1").Ino;
        client.Holds = (rank, _) => rank == 1;
        Move(world, client, root);
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
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        client[1].Close();
        client.Run();
        Assert.Null(world.Cluster[1].Rank.Services.Sessions.Find(client.Id));
        Ino file = client.Open(0, "/a/f1").Ino;
        client.Write(0, file, 500);
        Move(world, client, root);
        Assert.True(client[1].IsOpen);
        client.Flush(1, file);
        client.AssertAgrees(file, 1);
        Assert.Equal(500, SizeAt(world, 1, file));
    }

    [Fact]
    public void MG056_ASessionOnItsWayOutIsOpenAgain()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        Ino file = client.Open(0, "/a/f1").Ino;
        world.Cluster.Holds = static (_, _, message) => message is ExportDir;
        Move(world, client, root);
        client[1].Close();
        SessionClose close = Assert.IsType<SessionClose>(Assert.Single(client[1].Out));
        client[1].Out.Clear();
        world.Cluster[1].Rank.Step(new RankEvent(RankEventKind.Message, From: Peer.Of(client.Id), Message: close));
        Assert.Equal(SessionState.Closing, world.Cluster[1].Rank.Services.Sessions.Find(client.Id)!.State);
        world.Cluster.Holds = null;
        Assert.True(world.Cluster.DeliverNext());
        Assert.Equal(SessionState.Opening, world.Cluster[1].Rank.Services.Sessions.Find(client.Id)!.State);
        client.Run();
        Assert.True(client[1].IsOpen);
        client.AssertAgrees(file, 1);
        world.AssertAtRest();
    }

    /// <summary>Another client asks for what the first has: it gets that from the new rank, when the first has given it
    /// back there.</summary>
    [Fact]
    public void MG057_WhatIsTakenBackMeanwhileIsGivenWhenItIsBack()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        MigrationClient first = new(world.Cluster, 9, 0, 1);
        MigrationClient second = new(world.Cluster, 10, 0, 1);
        Ino file = first.Open(0, "/a/f1").Ino;
        first.Write(0, file, 500);
        world.Cluster.Holds = static (_, _, message) => message is ExportAck;
        Move(world, first, root);
        ulong asked = second.Begin(0, new ClientRequest(0, ClientOp.Open)
        {
            Path = "/a/f1"u8.ToArray(), Flags = OpenFlags.Write | OpenFlags.Read | OpenFlags.Keep,
        });
        second.Run();
        world.Cluster.Holds = null;
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
        Assert.False(first[0].TryTakeLoss(out _) || first[1].TryTakeLoss(out _));
        Assert.Equal(500, SizeAt(world, 1, file));
        world.AssertAtRest();
    }

    /// <summary>A client asks a rank for something while that rank does not know whether it will have it.</summary>
    [Fact]
    public void MG059_WhatWasAskedForInDoubtIsGivenAfterwards()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        world.Learn(1, "a", "f1");
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        world.Cluster.Holds = static (_, _, message) => message is ExportAck;
        Move(world, client, root);
        ulong asked = client.Begin(1, new ClientRequest(0, ClientOp.Open)
        {
            Path = "/a/f1"u8.ToArray(), Flags = OpenFlags.Write | OpenFlags.Keep,
        });
        client.Run();
        Assert.Null(client.AnswerTo(asked));
        world.Cluster.Holds = null;
        client.Run();
        Ino file = client.AnswerTo(asked)!.Stat.Ino;
        client.Write(1, file, 7);
        client.Flush(1, file);
        client.AssertAgrees(file, 1);
        world.AssertAtRest();
    }

    /// <summary>The client ends its session with the old rank while its capabilities are on their way.</summary>
    [Fact]
    public void MG060_AClientThatEndsMeanwhileHasNothingAfterwards()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        Ino file = client.Open(0, "/a/f1").Ino;
        world.Cluster.Holds = static (_, _, message) => message is ExportAck;
        Move(world, client, root);
        client[0].Close();
        client.Run();
        Assert.Null(world.Cluster[0].Rank.Services.Sessions.Find(client.Id));
        world.Cluster.Holds = null;
        client.Run();
        Assert.Empty(client[0].Caps.Concat(client[1].Caps));
        Assert.Equal((0, 0), (world.Cluster[0].Rank.Services.Caps.Count, world.Cluster[1].Rank.Services.Caps.Count));
        Assert.Null(world.Cluster[1].Rank.Services.Caps.Find(file));
        world.AssertAtRest();
    }

    /// <summary>What a client gives up on the way it has nowhere afterwards.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhatIsGivenUpOnTheWayIsGone(bool asks)
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        Ino file = client.Open(0, "/a/f1").Ino;
        world.Cluster.Holds = static (_, _, message) => message is ExportAck;
        Move(world, client, root);
        ulong asked = asks ? client.Begin(0, new ClientRequest(0, ClientOp.Close) { Base = file }) : 0;
        Assert.True(asks || client[0].TryRelease(file));
        client.Run();
        Assert.True(world.Cluster[0].Rank.Services.Caps.TryGet(file, client.Id, out _));
        world.Cluster.Holds = null;
        client.Run();
        Assert.Empty(client[0].Caps.Concat(client[1].Caps));
        Assert.Equal((0, 0), (world.Cluster[0].Rank.Services.Caps.Count, world.Cluster[1].Rank.Services.Caps.Count));
        Assert.True(!asks || client.AnswerTo(asked) is not null);
        world.AssertAtRest();
    }

    [Fact]
    public void MG061_MG062_WhenTheExporterDiesNothingOfItsCapabilitiesStays_AndSessionsEnd()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        MigrationClient[] clients = [.. Enumerable.Range(9, 64).Select(id => new MigrationClient(world.Cluster, id, 0, 1))];
        foreach (MigrationClient client in clients)
            client.Open(0, "/a/f1", OpenFlags.Read);
        world.Cluster.Holds = static (_, _, message) => message is ExportAck;
        Assert.Equal(MigrationRefusal.None, world[0].Export(root, new RankId(1)));
        world.Poke(0);
        foreach (MigrationClient client in clients)
            client.Run();
        Assert.Equal("Acking", Assert.Single(world[1].Live()).State);
        Assert.Equal(64, world.Cluster[1].Rank.Services.Caps.Count);
        world.Cluster.Holds = null;
        world.Cluster.Crash(0);
        world.Cluster.Start(0);
        world.Cluster.Run();
        world.AssertAtRest();
        Assert.Equal(0, world.Cluster[1].Rank.Services.Caps.Count);
        Assert.All(clients, client => Assert.Equal(
            0, world.Cluster[1].Rank.Services.Sessions.Find(client.Id)!.ImportingCount));
        foreach (MigrationClient client in clients)
        {
            client[1].Close();
            client.Run();
        }

        Assert.DoesNotContain(world.Cluster[1].Rank.Services.Sessions.Sessions, session => session.Client.Value >= 9);
    }

    [Fact]
    public void MG073_AClientThatDoesNotFlushEndsTheExport()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        Ino file = client.Open(0, "/a/f1").Ino;
        int asked = 0;
        client.Holds = (_, message) =>
        {
            asked += message is SessionFlush ? 1 : 0;
            return false;
        };
        client.HoldsBack = static (_, message) => message is SessionFlushAck;
        Move(world, client, root);
        Assert.Equal("Warning", Assert.Single(world[0].Live()).State);
        for (int i = 0; i < 12; i++)
        {
            world.Cluster.Advance(500_000, 500_000);
            client.Run();
        }

        Assert.InRange(asked, 4, 6);
        Assert.Equal(MigrationRefusal.Deadline, world[0].History.Reports.Single().Refusal);
        Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Create, "/a/after").Error);
        client.HoldsBack = null;
        client.Run();
        client.AssertAgrees(file, 0);
        world.AssertAtRest();
    }

    [Fact]
    public void MG074_AClientThatEndsNeedNotFlush()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        client.Open(0, "/a/f1");
        client.HoldsBack = static (_, message) => message is SessionFlushAck;
        Move(world, client, root);
        Assert.Equal("Warning", Assert.Single(world[0].Live()).State);
        ulong said = world.Cluster[0].Rank.Services.Sessions.Find(client.Id)!.CapPushSeq;
        world.Cluster[0].Tell(client.Id.Value, new SessionClose(said));
        world.Cluster.Run();
        world.AssertAtRest();
        Assert.Equal(1, world[0].Counters.Exported);
    }

    /// <summary>A flush that waits for the end of the migration does not keep back that the client knows of all it was
    /// told.</summary>
    [Fact]
    public void AFlushInTheFrozenRegionDoesNotHoldTheExportUp()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        Ino file = client.Open(0, "/a/f1").Ino;
        client.HoldsBack = static (_, message) => message is SessionFlushAck;
        Move(world, client, root);
        client.HoldsBack = null;
        client.Write(0, file, 500);
        client[0].Flush(file);
        world.Cluster[0].Tell(client.Id.Value, Assert.IsType<CapUpdate>(Assert.Single(client[0].Out)));
        client[0].Out.Clear();
        client.Run();
        Assert.Equal(1, world[0].Counters.Exported);
        client.AssertAgrees(file, 1);
        Assert.Equal((0ul, CapBits.None), (client.Has(file).Cap.FlushTid, client.Has(file).Cap.Dirty));
        Assert.Equal(500, SizeAt(world, 1, file));
    }

    /// <summary>What the new rank said was lost with its channel: the client comes back there without naming what it does not
    /// know of.</summary>
    [Fact]
    public void WhatWasSaidWhileTheClientWasAwayIsSaidAgain()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        Ino file = client.Open(0, "/a/f1").Ino;
        client.Write(0, file, 500);
        client.Disconnect(1);
        client.Holds = static (rank, message) => rank == 0 && message is CapExport;
        Move(world, client, root);
        client.Connect(1);
        client.Run();
        Assert.Equal(1, client.Has(file).Rank);
        client.Holds = null;
        client.Run();
        client.Flush(1, file);
        client.AssertAgrees(file, 1);
        Assert.False(client[0].TryTakeLoss(out _) || client[1].TryTakeLoss(out _));
        Assert.Equal(500, SizeAt(world, 1, file));
    }

    /// <summary>To and fro with a client that writes all the time: nothing grows but the migration's number.</summary>
    [Fact]
    public void MG049_CapabilitiesMoveToAndFro()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        Ino file = client.Open(0, "/a/f1").Ino;
        for (int i = 0; i < 50; i++)
        {
            (int from, int to) = (i % 2, 1 - (i % 2));
            client.Write(from, file, i + 1);
            Move(world, client, root, from, to);
            client.AssertAgrees(file, to);
        }

        client.Flush(0, file);
        Assert.Equal(50u, client.Has(file).Cap.MigrationSeq);
        Assert.Equal(50, SizeAt(world, 0, file));
        Assert.Equal((1, 0), (world.Cluster[0].Rank.Services.Caps.Count, world.Cluster[1].Rank.Services.Caps.Count));
        world.AssertAtRest();
    }

    private static long SizeAt(MigrationHarness world, int rank, Ino file) =>
        (long)world.Cache(rank).Inode(world.Cache(rank).FindInode(file)).Size;

    private static void Move(MigrationHarness world, MigrationClient client, DirFrag root, int from = 0, int to = 1)
    {
        Assert.Equal(MigrationRefusal.None, world[from].Export(root, new RankId(to)));
        world.Poke(from);
        client.Run();
    }
}
