// What a rank has promised to another that is away.
//
// /a is rank 1's, /b rank 0's, which asks and dies. Rank 1 goes on: what it promised is in doubt until rank 0 is back, and
// nothing else waits for that, least of all its journal.

using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;
using static Engine.Migration.Tests.CrossChanges;

namespace Engine.Migration.Tests;

/// <summary>A promise whose coordinator is away for long. Source: migrator specification, 4.5.</summary>
public sealed class PromiseTests
{
    private const long Second = 1_000_000;
    private const int SegmentEventsMax = 8;
    private const int SegmentsMax = 4;

    [Theory]
    [InlineData("rename", false)]
    [InlineData("rename", true)]
    [InlineData("link", false)]
    [InlineData("link", true)]
    [InlineData("unlink", false)]
    [InlineData("unlink", true)]
    public void TheJournalGoesOnWithoutTheOtherRank_AndKeepsThePromise(string what, bool isDecided)
    {
        using MigrationHarness world = Divided();
        if (what == "unlink")
            Assert.Equal(IoError.None, world.Cluster.Call(0, Linking("/a/own", "/b/new")).Error);
        world.Cluster.Advance(Second, Second / 2);
        LeaveInDoubt(world, isDecided, RequestOf(what));
        MemoryLog log = world.Cluster[1].MemoryLog;
        long promised = log.End;
        MakeFiles(world, 0, 300);
        Assert.True(log.Start > promised, $"the journal is kept from {log.Start} on, the promise is before {promised}");
        Assert.InRange(log.Count, 1, (SegmentsMax + 2) * (SegmentEventsMax + 2));
        // What the next life knows is in the heads alone, and it tells it again in its own.
        for (int life = 0; life < 2; life++)
        {
            world.Cluster.Crash(1);
            world.Cluster.Start(1);
            Assert.Equal(1, world.Cluster[1].Rank.Services.UpdateCount);
        }

        world.Cluster.Start(0);
        world.Cluster.Advance(6 * Second, Second / 2);
        AssertDone(world);
        AssertEnd(world, what, isDecided);
        for (int i = 0; i < 300; i++)
            Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Lookup, $"/a/d/n{i}").Error);
    }

    /// <summary>The log has room for a few segments: changes would be refused, or wait, if the promise kept one.</summary>
    [Fact]
    public void ABoundedLogDoesNotFill()
    {
        using MigrationHarness world = Divided();
        MemoryLog log = world.Cluster[1].MemoryLog;
        log.BytesMax = log.End + (512 << 10);
        world.Cluster.Crash(1);
        world.Cluster.Start(1);
        world.Cluster.Advance(Second, Second / 2);
        LeaveInDoubt(world, false, RequestOf("rename"));
        long began = log.End;
        for (int i = 0; log.End - began < 2 * log.BytesMax; i++)
            MakeFiles(world, i, 1);
        Assert.Equal(1, world.Cluster[1].Rank.Services.UpdateCount);
        world.Cluster.Start(0);
        world.Cluster.Advance(6 * Second, Second / 2);
        AssertDone(world);
        AssertEnd(world, "rename", false);
    }

    /// <summary>A segment's head has no room for all of them: the others keep the segments that they are in.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void MorePromisesThanAHeadHasRoomForStayToo(bool isDecided)
    {
        const int Files = 24;
        using MigrationHarness world = Divided(Files);
        world.Cluster[1].MemoryLog.RecordBytesMax = 16 << 10;
        LeaveInDoubt(
            world, isDecided, [.. Enumerable.Range(0, Files).Select(static i => Renaming($"/a/f{i}", $"/b/new{i}"))]);
        MakeFiles(world, 0, 100);
        for (int life = 0; life < 2; life++)
        {
            world.Cluster.Crash(1);
            world.Cluster.Start(1);
            Assert.Equal(Files, world.Cluster[1].Rank.Services.UpdateCount);
        }

        world.Cluster.Start(0);
        world.Cluster.Advance(6 * Second, Second / 2);
        AssertDone(world);
        for (int i = 0; i < Files; i++)
        {
            IoError[] found = [.. ((string[])[$"/a/f{i}", $"/b/new{i}"])
                .Select(name => world.Cluster.Call(1, ClientOp.Lookup, name).Error)];
            Assert.Equal(isDecided ? [IoError.NoEntry, IoError.None] : [IoError.None, IoError.NoEntry], found);
        }
    }

    private static MigrationHarness Divided(int files = 1)
    {
        MigrationHarness world = new(
            2, configure: static each => each with { SegmentEventsMax = SegmentEventsMax, SegmentsMax = SegmentsMax });
        DirFrag root = world.Make("/a", files);
        world.Make("/b", 0);
        world.Move(0, 1, root);
        Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Create, "/a/own").Error);
        Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.MakeDirectory, "/a/d").Error);
        return world;
    }

    /// <summary>Rank 1 has promised, rank 0 has decided or not, and is gone.</summary>
    private static void LeaveInDoubt(MigrationHarness world, bool isDecided, params ReadOnlySpan<ClientRequest> requests)
    {
        world.Cluster.Loses = (_, _, message) => isDecided ? message is NameDecision : message is NameOffered;
        foreach (ClientRequest request in requests)
            world.Cluster[0].Submit(request, 1);
        world.Cluster.Run();
        Assert.Equal(requests.Length, world.Cluster[1].Rank.Services.UpdateCount);
        Assert.Equal(isDecided ? requests.Length : 0, world.Cluster[0].Rank.Services.UpdateCount);
        world.Cluster.Crash(0);
        world.Cluster.Loses = null;
    }

    private static void MakeFiles(MigrationHarness world, int first, int count)
    {
        for (int i = first; i < first + count; i++)
            Assert.Equal(IoError.None, world.Cluster.Call(1, ClientOp.Create, $"/a/d/n{i}").Error);
    }

    private static ClientRequest RequestOf(string what) => what switch
    {
        "rename" => Renaming("/a/own", "/b/new"),
        "link" => Linking("/a/own", "/b/new"),
        _ => new ClientRequest(0, ClientOp.Unlink) { Path = "/b/new"u8.ToArray() },
    };

    private static void AssertEnd(MigrationHarness world, string what, bool isDecided)
    {
        bool hasNew = what == "unlink" ? !isDecided : isDecided;
        bool hasOwn = what != "rename" || !isDecided;
        uint links = (hasNew ? 1u : 0) + (hasOwn ? 1u : 0);
        (string Name, bool IsThere)[] names = [("/a/own", hasOwn), ("/b/new", hasNew)];
        foreach ((string name, bool isThere) in names)
        {
            ClientReply found = world.Cluster.Call(1, ClientOp.Lookup, name);
            Assert.Equal(
                (name, isThere ? IoError.None : IoError.NoEntry, isThere ? links : 0), (name, found.Error, found.Stat.Links));
        }
    }
}
