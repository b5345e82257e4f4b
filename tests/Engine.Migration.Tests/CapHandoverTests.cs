// Clients that come back to a rank which gave away what they have capabilities on, while they, or the rank itself, were not
// there: the rank hands the capabilities over to the authority.

using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Capabilities that a rank with a copy hands over to the authority.</summary>
public sealed class CapHandoverTests
{
    private const long Second = 1_000_000;

    /// <summary>The client was away from both ranks while its file moved.</summary>
    [Fact]
    public void WhoWasAwayMeanwhileHasItsCapabilityAtTheAuthority()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        Ino file = MoveWhileAway(world, client, root);
        client.Connect(0);
        client.Run();
        Assert.Equal([file], world.Cluster[0].Rank.Services.DisplacedCaps);
        world.Cluster.Advance(Second / 2, Second / 10);
        client.Run();
        Assert.Equal(1, world[0].Counters.CapsExported);
        client.Connect(1);
        client.Run();
        AssertFlushes(world, client, file, 1);
    }

    [Fact]
    public void MG065_WhileTheAuthorityIsFrozenItIsTriedAgain()
    {
        using MigrationHarness world = new(3);
        DirFrag root = world.Make("/a", 2);
        MigrationClient client = new(world.Cluster, 9, 0, 1, 2);
        Ino file = MoveWhileAway(world, client, root);
        client.Connect(0);
        client.Run();
        // Nobody has been told yet.
        world.Cluster.Holds = static (_, _, message) => message is ExportPrepAck;
        Assert.Equal(MigrationRefusal.None, world[1].Export(root, new RankId(2)));
        world.Poke(1);
        Assert.Equal(1, world.Cache(1).FrozenTrees);
        world.Cluster.Advance(2 * Second, Second / 10);
        ExportCapsAck refused = world.Cluster.Delivered.Select(static each => each.Message).OfType<ExportCapsAck>().First();
        Assert.Equal(MigrationRefusal.Frozen, refused.Refusal);
        Assert.Equal([file], world.Cluster[0].Rank.Services.DisplacedCaps);
        world.Cluster.Holds = null;
        world.Cluster.Advance(3 * Second, Second / 10);
        Assert.Equal((1L, 1L), (world[0].Counters.CapsExported, world[2].Counters.CapsImported));
        client.Connect(1);
        client.Run();
        AssertFlushes(world, client, file, 2);
        world.AssertAtRest();
    }

    /// <summary>The authority opens a session for a client that has none there, and the old rank's answer has it look
    /// there.</summary>
    [Fact]
    public void MG065_AClientWithoutASessionAtTheAuthorityGetsOne()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        client[1].Close();
        client.Run();
        Ino file = MoveWhileAway(world, client, root);
        End(world, client);
        Assert.Null(world.Cluster[1].Rank.Services.Sessions.Find(client.Id));
        client.Connect(0);
        client.Run();
        world.Cluster.Advance(Second / 2, Second / 10);
        client.Run();
        Session session = world.Cluster[1].Rank.Services.Sessions.Find(client.Id)!;
        Assert.Equal((SessionState.Open, 0), (session.State, session.ImportingCount));
        client.Connect(1);
        client.Run();
        Assert.Equal(1, client.Has(file).Rank);
        client.AssertAgrees(file, 1);

        // Others could have had it meanwhile: what it had changed is lost, and it is told so.
        Assert.True(client[0].TryTakeLoss(out _) || client[1].TryTakeLoss(out _));
        Assert.Equal(0, SizeAt(world, 1, file));
        for (int i = 0; i < 4; i++)
        {
            world.Cluster.Advance(Second, Second / 10);
            client.Run();
        }

        world.AssertAtRest();
    }

    /// <summary>The exporter dies when its journal has the word; the client comes back to its next life before it hears anything
    /// of the new authority, or the other way round.</summary>
    [Theory]
    [InlineData(KillPoint.Export11, 0)]
    [InlineData(KillPoint.Export12, 0)]
    [InlineData(KillPoint.Export12, 1)]
    [InlineData(KillPoint.Export13, 0)]
    [InlineData(KillPoint.Export13, 1)]
    public void MG108_AfterTheExportersDeathTheClientFlushesToTheOwner(KillPoint point, int heardFirst)
    {
        using MigrationHarness world = new(2, reconnectMicros: 5 * Second);
        DirFrag root = world.Make("/a", 2);
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        Ino file = client.Open(0, "/a/f1").Ino;
        client.Write(0, file, 500);
        client[0].Flush(file);
        client[0].Out.Clear();
        world[0].Reached = reached =>
        {
            if (reached == point)
                world.Cluster[0].Gate.Open(0);
        };
        Assert.Equal(MigrationRefusal.None, world[0].Export(root, new RankId(1)));
        world.Poke(0);
        client.Run();
        Assert.True(world.Cluster[0].Gate.IsCut);
        client.Disconnect(0, tellsRank: false);
        client.Holds = (rank, _) => rank != heardFirst;
        world.Cluster.Crash(0);
        world.Cluster.Start(0);
        client.Connect(0);
        for (int i = 0; i < 20; i++)
        {
            client.Run();
            world.Cluster.Advance(Second / 2, Second / 10);
        }

        client.Holds = null;
        client.Run();
        AssertFlushes(world, client, file, 1);
        world.AssertAtRest();
    }

    /// <summary>The importer dies when the region is in its journal, and so are sessions of clients that never had one there:
    /// those do not come back, and are ended without ado.</summary>
    [Fact]
    public void MG107_SessionsThatNobodyKnowsOfEnd()
    {
        using MigrationHarness world = new(2, reconnectMicros: 5 * Second);
        DirFrag root = world.Make("/a", 2);
        MigrationClient client = new(world.Cluster, 9, 0);
        Ino file = client.Open(0, "/a/f1").Ino;
        world[1].Reached = reached =>
        {
            if (reached == KillPoint.Import7)
                world.Cluster[1].Gate.Open(0);
        };
        Assert.Equal(MigrationRefusal.None, world[0].Export(root, new RankId(1)));
        world.Poke(0);
        client.Run();
        Assert.True(world.Cluster[1].Gate.IsCut);
        world.Cluster.Crash(1);
        world.Cluster.Start(1);
        Assert.NotNull(world.Cluster[1].Rank.Services.Sessions.Find(client.Id));
        world.Cluster.Advance(10 * Second);
        client.Run();
        Assert.Null(world.Cluster[1].Rank.Services.Sessions.Find(client.Id));
        client.AssertAgrees(file, 0);
        client.Connect(1);
        client.Run();
        Assert.True(client[1].IsOpen);
        world.AssertAtRest();
    }

    /// <summary>What another client has got meanwhile is not given a second time.</summary>
    [Fact]
    public void WhatIsAnothersByNowIsNotTakenFromIt()
    {
        using MigrationHarness world = new(2);
        DirFrag root = world.Make("/a", 2);
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        MigrationClient other = new(world.Cluster, 10, 0, 1);
        Ino file = MoveWhileAway(world, client, root);

        // The new rank gave another one everything.
        End(world, client);
        other.Open(1, "/a/f1");
        other.Write(1, file, 700);
        client.Connect(0);
        client.Run();
        world.Cluster.Advance(Second / 2, Second / 10);
        client.Connect(1);
        for (int i = 0; i < 3; i++)
        {
            client.Run();
            other.Run();
        }

        Assert.Equal(1, client.Has(file).Rank);
        Assert.True((client.Has(file).Cap.Caps & CapBits.FileBuffer) == 0);
        Assert.True(client[0].TryTakeLoss(out _) || client[1].TryTakeLoss(out _));
        other.Flush(1, file);
        client.AssertAgrees(file, 1);
        other.AssertAgrees(file, 1);
        Assert.Equal(700, SizeAt(world, 1, file));
    }

    private static Ino MoveWhileAway(MigrationHarness world, MigrationClient client, DirFrag root)
    {
        Ino file = client.Open(0, "/a/f1").Ino;
        client.Write(0, file, 500);
        client.Disconnect(0);
        client.Disconnect(1);
        Assert.Equal(MigrationRefusal.None, world[0].Export(root, new RankId(1)));
        world.Poke(0);
        Assert.Equal(1, world[0].Counters.Exported);
        return file;
    }

    /// <summary>The new rank ends the session of a client that it does not hear of.</summary>
    private static void End(MigrationHarness world, MigrationClient client)
    {
        SessionTable sessions = world.Cluster[1].Rank.Services.Sessions;
        Assert.True(sessions.TryKill(client.Id, out _));
        sessions.CloseDurable(new SessionStateSeq(client.Id, sessions.Find(client.Id)!.StateSeq));
    }

    private static void AssertFlushes(MigrationHarness world, MigrationClient client, Ino file, int owner)
    {
        Assert.Equal(owner, client.Has(file).Rank);
        client.Flush(owner, file);
        client.AssertAgrees(file, owner);
        Assert.Equal((0ul, CapBits.None), (client.Has(file).Cap.FlushTid, client.Has(file).Cap.Dirty));
        Assert.Empty(world.Cluster[0].Rank.Services.DisplacedCaps);
        Assert.False(client[0].TryTakeLoss(out _) || client[1].TryTakeLoss(out _));
        Assert.Equal(500, SizeAt(world, owner, file));
    }

    private static long SizeAt(MigrationHarness world, int rank, Ino file) =>
        (long)world.Cache(rank).Inode(world.Cache(rank).FindInode(file)).Size;
}
