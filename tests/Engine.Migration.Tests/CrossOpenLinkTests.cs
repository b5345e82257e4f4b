// Links and unlinks of a name of one rank's and an inode of another's that a client has open.
//
// /a/own is rank 1's, and made there; the other name is in rank 0's /b. The client has sessions with both. What is cut short is
// cut short as in CrossLinkTests.

using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;
using static Engine.Migration.Tests.CrossChanges;

namespace Engine.Migration.Tests;

/// <summary>Links and unlinks of two ranks of an open file. Source: migrator specification, 1.12 and 4.5.</summary>
public sealed class CrossOpenLinkTests
{
    private const long Second = 1_000_000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhoHasItOpenWritesBeforeMeanwhileAndAfter(bool adds)
    {
        using MigrationHarness world = Divided(adds);
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        Ino file = client.Open(1, "/a/own").Ino;
        client.Write(1, file, 100);
        // It has the number of names too, and may keep it.
        Assert.NotEqual(CapBits.None, client.Has(file).Cap.Caps & CapBits.LinkShared);
        world.Cluster.Holds = static (_, _, message) => message is NameDecision;
        ulong changed = world.Cluster[0].Submit(RequestOf(adds), 1);
        client.Run();
        Assert.Equal(IoError.None, world.Cluster[0].RepliesTo(changed)[^1].Error);
        Assert.Equal(CapBits.None, client.Has(file).Cap.Caps & (CapBits.LinkShared | CapBits.LinkExclusive));
        client.Write(1, file, 200);
        client.Flush(1, file);
        Assert.Equal((200, 0ul), (SizeAt(world, 1, file), client.Has(file).Cap.FlushTid));
        client.Write(1, file, 300);
        world.Cluster.Holds = null;
        Settle(world, client);
        client.Flush(1, file);
        client.AssertAgrees(file, 1);
        Assert.Equal(MigrationClient.Writing, client.Has(file).Cap.Caps & MigrationClient.Writing);
        AssertEnd(world, client, file, adds ? 2u : 1u, 300);
    }

    /// <summary>The client does not answer: nothing is promised, and nothing is lost.</summary>
    [Fact]
    public void NothingIsPromisedBeforeItsNumberIsGivenBack()
    {
        using MigrationHarness world = Divided(adds: true);
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        Ino file = client.Open(1, "/a/own").Ino;
        client.Write(1, file, 100);
        client.HoldsBack = static (_, message) => message is CapUpdate;
        ulong changed = world.Cluster[0].Submit(RequestOf(adds: true), 1);
        client.Run();
        Assert.Empty(world.Cluster[0].RepliesTo(changed));
        Assert.DoesNotContain(world.Cluster.Delivered, static each => each.Message is NameOffered);
        client.HoldsBack = null;
        client.Run();
        Assert.Equal(IoError.None, world.Cluster[0].RepliesTo(changed)[^1].Error);
        Settle(world, client);
        client.Flush(1, file);
        AssertEnd(world, client, file, 2, 100);
    }

    /// <summary>Where it is cut short, who dies, and whether it is done then.</summary>
    public static TheoryData<bool, string, string, bool> Deaths
    {
        get
        {
            TheoryData<bool, string, string, bool> all = [];
            foreach (object[] each in CrossRenameTests.Deaths)
            {
                all.Add(true, (string)each[0], (string)each[1], (bool)each[2]);
                all.Add(false, (string)each[0], (string)each[1], (bool)each[2]);
            }

            return all;
        }
    }

    /// <summary>Rank 0 decides, rank 1 promises.</summary>
    [Theory]
    [MemberData(nameof(Deaths))]
    public void AfterADeathTheClientHasTheFileOpen(bool adds, string at, string who, bool isDone)
    {
        using MigrationHarness world = Divided(adds);
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        Ino file = client.Open(1, "/a/own").Ino;
        client.Write(1, file, 100);
        CrossLinkTests.StopAt(world, at);
        world.Cluster[0].Submit(RequestOf(adds), 1);
        client.Run();
        int[] ranks = [.. who.Select(static each => each - '0')];
        foreach (int rank in ranks)
            client.Disconnect(rank, tellsRank: false);
        world.Cluster.Crash(ranks);
        world.Cluster.Holds = null;
        for (int i = 0; i < 2; i++)
            world.Cluster[i].MemoryLog.StallsFlushes = false;
        Settle(world, client);
        foreach (int rank in ranks)
        {
            world.Cluster.Start(rank);
            client.Connect(rank);
        }

        Settle(world, client);
        Settle(world, client);
        client.Write(1, file, 300);
        client.Flush(1, file);
        client.AssertAgrees(file, 1);
        bool isAlive = !ranks.Contains(0);
        AssertEnd(world, client, file, (isDone || isAlive) == adds ? 2u : 1u, 300);
    }

    /// <summary>Its last name goes by another rank's unlink: who has it open has it until it is closed.</summary>
    [Fact]
    public void WithoutNamesItStaysWhileItIsOpen()
    {
        using MigrationHarness world = Divided(adds: false);
        Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Unlink, "/a/own").Error);
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        Ino file = client.Open(1, "/b/new").Ino;
        ulong changed = world.Cluster[0].Submit(RequestOf(adds: false), 1);
        client.Run();
        Assert.Equal(IoError.None, world.Cluster[0].RepliesTo(changed)[^1].Error);
        Settle(world, client);
        client.Write(1, file, 300);
        client.Flush(1, file);
        client.AssertAgrees(file, 1);
        Assert.Equal(300, SizeAt(world, 1, file));
        Assert.True(client[1].TryRelease(file));
        client.Run();
        AssertDone(world);
        Assert.True(world.Cache(1).FindInode(file).IsNone);
    }

    private static ClientRequest RequestOf(bool adds) => adds ? Linking("/a/own", "/b/new") : Unlinking("/b/new");

    private static MigrationHarness Divided(bool adds)
    {
        MigrationHarness world = new(2, reconnectMicros: Second);
        DirFrag root = world.Make("/a", 0);
        world.Make("/b", 0);
        world.Move(0, 1, root);
        Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Create, "/a/own").Error);
        if (!adds)
            Assert.Equal(IoError.None, world.Cluster.Call(0, Linking("/a/own", "/b/new")).Error);
        AssertDone(world);
        return world;
    }

    private static void Settle(MigrationHarness world, MigrationClient client)
    {
        for (int i = 0; i < 10; i++)
        {
            client.Run();
            client.AskAgain();
            world.Cluster.Advance(Second / 2, Second / 10);
        }

        client.Run();
    }

    private static long SizeAt(MigrationHarness world, int rank, Ino file) =>
        (long)world.Cache(rank).Inode(world.Cache(rank).FindInode(file)).Size;

    private static void AssertEnd(MigrationHarness world, MigrationClient client, Ino file, uint links, long size)
    {
        Assert.Equal(size, SizeAt(world, 1, file));
        Assert.False(client[0].TryTakeLoss(out _) || client[1].TryTakeLoss(out _));
        ulong asked = world.Cluster[1].Submit(new ClientRequest(0, ClientOp.GetAttributes) { Path = "/a/own"u8.ToArray() }, 3);
        client.Run();
        FileStat stat = world.Cluster[1].RepliesTo(asked)[^1].Stat;
        Assert.Equal((file, links, size), (stat.Ino, stat.Links, stat.Size));
        Assert.True(client[1].TryRelease(file));
        client.Run();
        AssertDone(world);
    }
}
