// What a rank sees to before it promises another one a name or a number of names, and what it does with promises that nobody
// decides any more.
//
// /a is rank 1's, /b rank 0's, as in CrossRenameTests and CrossLinkTests.

using System.Runtime.InteropServices;
using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;
using static Engine.Migration.Tests.CrossChanges;

namespace Engine.Migration.Tests;

/// <summary>Promises between two ranks: what is refused, and how they end. Source: migrator specification, 4.5.</summary>
public sealed class CrossGuardTests
{
    private const long Second = 1_000_000;
    private const int CrossRank = 18;

    /// <summary>A page of the largest kind, of which a change may take eight, and an entry that moves four more.</summary>
    private const long ChangeBytes = 8L * PageSize.BytesMax;

    private static readonly Credential s_root = Credential.Root;

    /// <summary>The file is open, and what the client changed is not flushed: nobody takes it away before it is back.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void BeforeItsClientsAreBackARankPromisesNothing(bool isLink)
    {
        using MigrationHarness world = Divided(5 * Second);
        if (isLink)
            Assert.Equal(IoError.None, world.Cluster.Call(0, Linking("/a/own", "/b/new")).Error);
        MigrationClient client = new(world.Cluster, 9, 0, 1);
        Ino file = client.Open(1, "/a/own").Ino;
        client.Write(1, file, 500);
        if (isLink)
            Assert.Equal(IoError.None, client.Call(1, Unlinking("/a/own")).Error);
        world.Cluster.Advance(Second, Second / 2);
        client.Disconnect(1, tellsRank: false);
        world.Cluster.Crash(1);
        world.Cluster.Start(1);
        Assert.Equal(RankState.Reconnect, world.Cluster[1].Rank.State);
        int before = world.Cluster.Delivered.Count;
        ulong asked = world.Cluster[0].Submit(isLink ? Unlinking("/b/new") : Renaming("/a/own", "/b/new"), 1);
        world.Cluster.Advance(Second, Second / 2);
        List<Message> said = [.. world.Cluster.Delivered.Skip(before).Select(static each => each.Message)];
        Assert.Contains(said, static each => each is NameClaim or LinkClaim);
        Assert.DoesNotContain(said, each => IsPromise(each, file));
        client.Connect(1);
        for (int i = 0; i < 16; i++)
        {
            client.Run();
            world.Cluster.Advance(Second / 2, Second / 2);
        }

        client.Run();
        // What it changed was flushed before the promise.
        Assert.Equal(isLink ? 0 : CrossRank, world.Cluster[0].RepliesTo(asked)[^1].Error.Errno);
        client.AssertAgrees(file, 1);
        client.Flush(1, file);
        Assert.Equal(500, (long)world.Cache(1).Inode(world.Cache(1).FindInode(file)).Size);
    }

    /// <summary>What the coordinator said last is lost, and it is over: it had decided nothing.</summary>
    [Fact]
    public void APromiseToARankThatHasLeftIsTakenBack()
    {
        using MigrationHarness world = Divided();
        world.Cluster.Loses = static (_, _, message) => message is NameOffered or NameDecision;
        SubmitToLearner(world);
        world.Cluster.Run();
        Assert.Equal(1, world.Cluster[0].Rank.Services.UpdateCount);
        Assert.Equal(MigrationRefusal.None, world[1].Leave());
        world.Poke(1);
        world.Cluster.Enter(1, ClusterRankState.Stopping);
        world.Cluster.Advance(6 * Second, Second / 2);
        Assert.Equal(RankState.Stopped, world.Cluster[1].Rank.State);
        Assert.NotEqual(0, world.Cluster[0].Rank.Services.UpdateCount);
        world.Cluster.Enter(1, ClusterRankState.Stopped);
        world.Cluster.Advance(2 * Second, Second / 2);
        Assert.Equal(0, world.Cluster[0].Rank.Services.UpdateCount);
        Assert.Equal(IoError.None, world.Cluster.Call(0, ClientOp.Lookup, "/b/f0").Error);
        Assert.Empty(world.Cluster[0].Rank.Audit(3));
    }

    /// <summary>A life that ends in order leaves no decision behind of which the other rank may not know: whoever hears that it
    /// has ended takes what it promised for undecided.</summary>
    [Fact]
    public void ARankDoesNotEndInOrderBeforeItsDecisionsAreKnown()
    {
        using MigrationHarness world = Divided();
        world.Cluster.Loses = static (_, _, message) => message is NameDecision;
        ulong asked = SubmitToLearner(world);
        world.Cluster.Run();
        Assert.Equal(IoError.None, world.Cluster[1].RepliesTo(asked)[^1].Error);
        world.Cluster[1].Rank.Stop();
        world.Cluster.Advance(3 * Second, Second / 2);
        Assert.Equal(RankState.Stopping, world.Cluster[1].Rank.State);
        world.Cluster.Loses = null;
        world.Cluster.Advance(3 * Second, Second / 2);
        Assert.Equal(RankState.Stopped, world.Cluster[1].Rank.State);
        Assert.Equal(0, world.Cluster[0].Rank.Services.UpdateCount);
    }

    /// <summary>The name stays, and there is no memory to say so: it is in doubt until the journal has it.</summary>
    [Fact]
    public void APromiseThatIsTakenBackWithoutRoomStandsUntilTheJournalHasIt()
    {
        using MigrationHarness world = Divided();
        world.Cluster.Holds = static (_, _, message) => message is NameOffered;
        world.Cluster[0].Submit(Renaming("/a/own", "/b/new"), 1);
        world.Cluster.Run();
        Assert.Equal(1, world.Cluster[1].Rank.Services.UpdateCount);
        world.Cluster.Crash(0);
        MetadataPagePool pool = world.Cache(1).Pool;
        Stack<PageId> others = TakeRoom(pool, 0);
        world.Cluster.Holds = null;
        world.Cluster.Start(0);
        world.Cluster.Advance(3 * Second, Second / 2);
        Assert.Contains(world.Cluster.Delivered, static each => each is { To: 1, Message: NameDecision { IsTaken: false } });
        Assert.Equal(1, world.Cluster[1].Rank.Services.UpdateCount);
        Assert.Empty(world.Cluster[1].Rank.Audit(3));
        GiveBack(pool, others);
        world.Cluster.Advance(Second, Second / 2);
        Assert.Equal(0, world.Cluster[1].Rank.Services.UpdateCount);
        world.Cluster.Holds = static (_, to, message) => to == 1 && message is NameDecision;
        world.Cluster.Crash(1);
        world.Cluster.Start(1);
        Assert.Equal(0, world.Cluster[1].Rank.Services.UpdateCount);
        Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Lookup, "/a/own").Error);
    }

    /// <summary>Whatever the participant's journal is given, it takes three seconds to be durable.</summary>
    [Fact]
    public void ASlowJournalDelaysARenameOfTwoRanks_AndNoMore()
    {
        using MigrationHarness world = Divided();
        MemoryLog log = world.Cluster[1].MemoryLog;
        log.StallsFlushes = true;
        ulong asked = world.Cluster[0].Submit(Renaming("/a/own", "/b/new"), 1);
        for (int seconds = 0; seconds < 60 && world.Cluster[0].RepliesTo(asked).Count == 0; seconds++)
        {
            world.Cluster.Advance(Second, Second / 2);
            if (seconds % 3 != 2)
                continue;
            // What was begun is done, and what begins now is slow again.
            log.StallsFlushes = false;
            log.StallsFlushes = true;
            world.Cluster.Run();
        }

        Assert.Equal(IoError.None, world.Cluster[0].RepliesTo(asked)[^1].Error);
        Assert.InRange(world.Cluster.Delivered.Count(static each => each.Message is NameClaim), 1, 5);
        log.StallsFlushes = false;
        AssertDone(world);
    }

    /// <summary>Nobody answers, and the participant lives: the client is told in the end.</summary>
    [Fact]
    public void WhoIsNeverAnsweredIsToldSo()
    {
        using MigrationHarness world = Divided();
        world.Cluster.Loses = static (_, _, message) => message is NameOffered;
        ulong asked = world.Cluster[0].Submit(Renaming("/a/own", "/b/new"), 1);
        world.Cluster.Advance(300 * Second, Second);
        Assert.Equal(IoError.TimedOut, Assert.Single(world.Cluster[0].RepliesTo(asked)).Error);
        world.Cluster.Loses = null;
        AssertDone(world);
        // The session of the one that asked may have ended for want of renewals by now.
        Assert.Equal(
            IoError.None, world.Cluster.Call(0, new ClientRequest(0, ClientOp.Lookup) { Path = "/a/own"u8.ToArray() }, 2).Error);
    }

    /// <summary>As long as the participant has no room for a change, and none can be made.</summary>
    [Fact]
    public void WantOfMemoryAtTheOtherRankEndsTheRequest()
    {
        using MigrationHarness world = Divided();
        WriteAllBack(world, 1);
        MetadataPagePool pool = world.Cache(1).Pool;
        Stack<PageId> others = TakeRoom(pool, 0);
        ulong asked = world.Cluster[0].Submit(Renaming("/a/own", "/b/new"), 1);
        world.Cluster.Advance(30 * Second, Second / 2);
        Assert.Equal(IoError.NoMemory, Assert.Single(world.Cluster[0].RepliesTo(asked)).Error);
        GiveBack(pool, others);
        world.Cluster.Tell(1, 0, new WriteBack(false));
        Assert.Equal(IoError.None, world.Cluster.Call(0, Renaming("/a/own", "/b/new")).Error);
        AssertDone(world);
    }

    /// <summary>What a link moves into a stray directory may need pages of its own.</summary>
    [Theory]
    [InlineData(0, "/b/new")]
    [InlineData(1, "/a/new")]
    public void ALinkOfAFileWithLongAttributesWaitsForRoomToMoveIt(int asked, string name)
    {
        using MigrationHarness world = Divided();
        Assert.Equal(IoError.None, world.Cluster.Call(
            1, ClientOp.SetXattr, "/a/own", each => each with { XattrName = "user.a", Value = new byte[1000] }).Error);
        WriteAllBack(world, 1);
        MetadataPagePool pool = world.Cache(1).Pool;
        Stack<PageId> others = TakeRoom(pool, ChangeBytes + PageSize.BytesMax);
        Assert.True(world.Cache(1).HasRoomForChange && !world.Cache(1).HasRoomToMove(1));
        ulong tid = world.Cluster[asked].Submit(Linking("/a/own", name), 1);
        world.Cluster.Advance(10 * Second, Second / 2);
        Assert.Equal(IoError.NoMemory, Assert.Single(world.Cluster[asked].RepliesTo(tid)).Error);
        GiveBack(pool, others);
        world.Cluster.Tell(1, 0, new WriteBack(false));
        Assert.Equal(IoError.None, world.Cluster.Call(asked, Linking("/a/own", name)).Error);
        AssertDone(world);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ARankWhoseStoreIsReadOnlyPromisesNothing(bool isLink)
    {
        using MigrationHarness world = Divided(
            configure: static options => options with { SegmentEventsMax = 4, SegmentsMax = 1 });
        RankHarness owner = world.Cluster[1];
        owner.GatedStore.Failure = owner.GatedStore.RemoveFailure = IoError.ReadOnly;
        IoError error = IoError.None;
        for (int made = 0; error.IsNone && made < 200; made++)
            error = world.Cluster.Call(1, ClientOp.Create, $"/a/more{made}").Error;
        Assert.Equal(IoError.ReadOnly, error);
        long before = owner.Rank.LastSeq;
        Assert.Equal(
            IoError.ReadOnly,
            world.Cluster.Call(0, isLink ? Linking("/a/own", "/b/new") : Renaming("/a/own", "/b/new")).Error);
        Assert.Equal(before, owner.Rank.LastSeq);
    }

    /// <summary>Nothing that clients have no way to: neither out of a rank's own directories nor by half a claim.</summary>
    [Fact]
    public void ClaimsThatCannotBeAreRefused()
    {
        using MigrationHarness world = Divided();
        Assert.Equal(IoError.None, world.Cluster.Call(1, Linking("/a/own", "/a/other")).Error);
        Ino file = world.Cluster.Call(1, ClientOp.Lookup, "/a/own").Stat.Ino;
        Ino stray = world.Cache(1).Inode(world.Cache(1).TryDirOf(world.Cache(1).FindInode(file))!.Inode).Ino;
        Assert.True(stray.IsStray);
        byte[] inStray = Encoding.ASCII.GetBytes(file.Value.ToString("x16", System.Globalization.CultureInfo.InvariantCulture));
        Ino directory = world.DirOf(1, "/a").Name.Ino;
        ClientId client = new(1);
        long before = world.Cluster[1].Rank.LastSeq;
        Message[] claims =
        [
            new NameClaim(Id(1), client, s_root, stray, inStray, false, false),
            new LinkClaim(Id(2), client, s_root, default, stray, inStray, true, IoError.None),
            new LinkClaim(Id(3), client, s_root, default, directory, "own"u8.ToArray(), false, IoError.None),
            new LinkClaim(Id(4), client, s_root, file, directory, "own"u8.ToArray(), true, IoError.None),
            new LinkClaim(Id(5), client, s_root, default, default, [], true, IoError.None),
        ];
        foreach (Message claim in claims)
        {
            world.Cluster.Tell(1, 0, claim);
            world.Cluster.Run();
            Assert.Equal(0, world.Cluster[1].Rank.Services.UpdateCount);
            Assert.Equal(IoError.Invalid, ((NameOffered)world.Cluster.Delivered[^1].Message).Error);
        }

        Assert.Equal(before, world.Cluster[1].Rank.LastSeq);
        AssertDone(world);
    }

    /// <summary>The inode that another rank promises a name of is not the one that was asked for, or a directory.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void WhatIsPromisedIsWhatWasAskedFor(bool isLink, bool isDirectory)
    {
        using MigrationHarness world = Divided();
        Assert.Equal(IoError.None, world.Cluster.Call(0, Linking("/a/own", "/b/new")).Error);
        AssertDone(world);
        NameOffered? promise = null;
        world.Cluster.Loses = (_, _, message) => (promise = message as NameOffered ?? promise) == message;
        ulong asked = world.Cluster[0].Submit(isLink ? Unlinking("/b/new") : Renaming("/a/f0", "/b/came"), 1);
        world.Cluster.Run();
        byte[] record = [.. promise!.Entry!.Record];
        ref EntryRecord entry = ref MemoryMarshal.AsRef<EntryRecord>(record.AsSpan());
        if (isDirectory)
            entry.Inode.Mode = (entry.Inode.Mode & 0xFFF) | Metadata.FileMode.Directory;
        else
            entry.Inode.Ino = new Ino(entry.Inode.Ino.Value + 1);
        world.Cluster.Tell(0, 1, promise with { Entry = promise.Entry with { Record = record } });
        world.Cluster.Run();
        Assert.Equal(IoError.Damaged, world.Cluster[0].RepliesTo(asked)[^1].Error);
        world.Cluster.Loses = null;
        AssertDone(world);
        Assert.Equal(2u, world.Cluster.Call(0, ClientOp.Lookup, "/b/new").Stat.Links);
    }

    private static UpdateId Id(uint number) => new(new RankId(0), 1, 1000 + number);

    private static bool IsPromise(Message message, Ino file) =>
        message is NameOffered { Entry: { } entry } && MemoryMarshal.Read<EntryRecord>(entry.Record).Inode.Ino == file;

    /// <summary>Others' pages, until so many bytes are left.</summary>
    private static Stack<PageId> TakeRoom(MetadataPagePool pool, long left)
    {
        Stack<PageId> taken = [];
        pool.LimitTo(pool.BytesUsed + (4 << 20));
        while (pool.BytesMax - pool.BytesUsed > left && pool.TryRent(PageSize.ClassCount - 1, out PageId page))
            taken.Push(page);
        return taken;
    }

    private static void GiveBack(MetadataPagePool pool, Stack<PageId> pages)
    {
        while (pages.TryPop(out PageId page))
            pool.Return(page);
    }

    private static void WriteAllBack(MigrationHarness world, int rank)
    {
        world.Cluster.Tell(rank, 1 - rank, new WriteBack(true));
        world.Cluster.Run();
    }

    /// <summary>A rename for which rank 1 has to learn where the old name is; rank 1 decides.</summary>
    private static ulong SubmitToLearner(MigrationHarness world)
    {
        byte hops = ClusterHarness.LearningHops;
        Assert.Equal(
            IoError.NoEntry, world.Cluster.Call(1, ClientOp.Lookup, "/b/none", each => each with { Hops = hops }).Error);
        return world.Cluster[1].Submit(Renaming("/b/f0", "/a/new") with { Hops = hops }, 1);
    }

    private static MigrationHarness Divided(
        long reconnectMicros = 0, Func<RankOptions, RankOptions>? configure = null)
    {
        MigrationHarness world = new(2, reconnectMicros: reconnectMicros, configure: configure);
        DirFrag root = world.Make("/a", 1);
        world.Make("/b", 1);
        world.Move(0, 1, root);
        Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Create, "/a/own").Error);
        return world;
    }
}
