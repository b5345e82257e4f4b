// Directories that are divided anew, through a whole rank: by size and on request, under crashes and failing stores.
// The journal and the store are judged by the offline check at the end of every test.

using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>Splits and merges through a whole rank.</summary>
public sealed class RefragmentTests : IDisposable
{
    private const int Split = 8;

    private readonly RankHarness _rank = new RankHarness(Small).Start();

    public void Dispose()
    {
        _rank.Run();
        Assert.Empty(_rank.Rank.Cache.Audit(3));
        Assert.Empty(StoreVerdict.Of(_rank.MemoryLog, _rank.Store));
        _rank.Dispose();
    }

    [Fact]
    public void MG002_ADirectorySplitsAsItGrows_AndMergesAsItShrinks()
    {
        Fill(100);
        Assert.True(_rank.Rank.Fragmentations.Splits >= 4, $"{_rank.Rank.Fragmentations}");
        Assert.True(Leaves().Length >= 8);
        Assert.Equal(100, _rank.List("/d", limit: 7).Distinct().Count());
        Assert.Equal(100, _rank.Call(ClientOp.Lookup, "/d").Stat.Size);
        for (int i = 0; i < 98; i++)
            Assert.Equal(IoError.None, _rank.Call(ClientOp.Unlink, $"/d/f{i}").Error);
        Assert.True(_rank.Rank.Fragmentations.Merges > 0, $"{_rank.Rank.Fragmentations}");
        Assert.Equal([Frag.Root], Leaves());
        Assert.Equal(["f98", "f99"], _rank.List("/d").Order());
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Unlink, "/d/f98").Error);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Unlink, "/d/f99").Error);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.RemoveDirectory, "/d").Error);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void MG003_ADividedDirectorySurvivesARestart(bool inOrder)
    {
        Fill(60);
        Frag[] leaves = Leaves();
        Restart(inOrder);
        Assert.Equal(60, _rank.List("/d").Count);
        Assert.Equal(leaves, Leaves());
        Assert.Equal(IoError.None, Divide("/d", Frag.Root, 0).Error);
        Assert.Equal([Frag.Root], Leaves());
        Restart(!inOrder);
        Assert.Equal(60, _rank.List("/d").Distinct().Count());
        Fill(70, from: 60);
        Assert.Equal(70, _rank.List("/d").Count);
    }

    [Fact]
    public void ByRequest_FragmentsAreSplitAndMerged_AndNamed()
    {
        Fill(5);
        Assert.Equal("0* 1*"u8.ToArray(), Divide("/d", Frag.Root, 1).Value.ToArray());
        Assert.True(Frag.TryParse("1*", out Frag right));
        Assert.Equal("0* 10* 11*"u8.ToArray(), Divide("/d", right, 1).Value.ToArray());
        Assert.Equal(IoError.Invalid, Divide("/d", Frag.Root, 1).Error);
        Assert.Equal("0* 1*"u8.ToArray(), Divide("/d", right, 0).Value.ToArray());
        Assert.Equal("*"u8.ToArray(), Divide("/d", Frag.Root, 0).Value.ToArray());
        Assert.Equal(IoError.Invalid, Divide("/d", Frag.Root, 0).Error);
        Assert.Equal(IoError.NotDirectory, Divide("/d/f1", Frag.Root, 1).Error);
        Assert.Equal(5, _rank.List("/d").Count);
    }

    [Fact]
    public void SystemDirectoriesAndOthersUsersAreRefused()
    {
        Fill(1);
        Assert.Equal(IoError.Invalid, Divide("/", Frag.Root, 1).Error);
        ClientReply reply = _rank.Call(ClientOp.Fragment, "/d", request => request with
        {
            Fragment = Frag.Root, SplitBits = 1, Caller = new Credential(1000, 1000),
        });
        Assert.Equal(IoError.NotPermitted, reply.Error);
    }

    [Fact]
    public void ListingsGoOnWhereTheyWere()
    {
        Fill(7);
        List<string> names = [];
        DirectoryCursor cursor = default;
        int page = 0;
        while (true)
        {
            ClientReply reply = _rank.Call(
                ClientOp.ReadDirectory, "/d", request => request with { Cursor = cursor, Limit = 1 });
            names.AddRange(reply.Items.Select(item => Encoding.UTF8.GetString(item.Name.Span)));
            cursor = reply.Cursor;
            if (reply.IsEnd)
                break;
            Assert.Equal(IoError.None, Divide("/d", Frag.Root, page++ % 2 == 0 ? 2 : 0).Error);
        }

        Assert.Equal(["f0", "f1", "f2", "f3", "f4", "f5", "f6"], names.Order());
    }

    [Fact]
    public void MG028_ADirectoryInAFrozenTreeIsLeftAlone()
    {
        Fill(5);
        MetadataCache cache = _rank.Rank.Cache;
        Dir dir = cache.FindDir(new DirFrag(_rank.Call(ClientOp.Lookup, "/d").Stat.Ino, Frag.Root))!;
        Assert.True(cache.FreezeTree(dir));
        Assert.Equal(IoError.Busy, Divide("/d", Frag.Root, 1).Error);
        cache.UnfreezeTree(dir);
        cache.Subtrees.TryMerge(dir);
        Assert.Equal(IoError.None, Divide("/d", Frag.Root, 1).Error);
    }

    [Fact]
    public void ChangesWaitWhileItStandsStill_AndAreMadeThen()
    {
        Fill(5);
        ulong divided = _rank.Submit(new ClientRequest(0, ClientOp.Fragment) { Path = "/d"u8.ToArray(), SplitBits = 1 });
        ulong made = _rank.Submit(new ClientRequest(0, ClientOp.Create) { Path = "/d/late"u8.ToArray() });
        Assert.Empty(_rank.RepliesTo(divided));
        Assert.Empty(_rank.RepliesTo(made));
        _rank.Run();
        Assert.True(_rank.RepliesTo(divided)[^1].Error.IsNone);
        Assert.True(_rank.RepliesTo(made)[^1] is { Error.IsNone: true, IsSafe: true });
        Assert.Equal(6, _rank.List("/d").Count);
    }

    [Fact]
    public void AStoreThatFails_LeavesTheDirectoryAsItWas()
    {
        Fill(7);
        _rank.GatedStore.Failure = IoError.NoSpace;
        Assert.Equal(IoError.NoSpace, Divide("/d", Frag.Root, 2).Error);
        Assert.Equal((0, 0, 1), _rank.Rank.Fragmentations);
        Assert.Equal([Frag.Root], Leaves());
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Create, "/d/more").Error);
        _rank.GatedStore.Failure = IoError.None;
        _rank.Advance(3_000_000);
        Assert.Equal(8, _rank.List("/d").Count);
        Restart(inOrder: true);
        Assert.Equal(8, _rank.List("/d").Count);
        Assert.Equal(IoError.None, Divide("/d", Frag.Root, 2).Error);
    }

    /// <summary>One part finds no space, and those behind it do.</summary>
    [Fact]
    public void WhatFailedFirstIsToldOf()
    {
        Fill(7);
        (_rank.GatedStore.Failure, _rank.GatedStore.Failures) = (IoError.NoSpace, 1);
        Assert.Equal(IoError.NoSpace, Divide("/d", Frag.Root, 2).Error);
        Assert.Equal([Frag.Root], Leaves());
    }

    [Fact]
    public void RemovalsThatFailedAndHappened_AreMadeDurableBeforeItIsOver()
    {
        Fill(7);
        _rank.GatedStore.CommitIsDurable = true;
        Assert.Equal(IoError.None, Divide("/d", Frag.Root, 1).Error);
        _rank.GatedStore.RemoveFailure = IoError.Io;
        _rank.GatedStore.RemovesAllTheSame = true;
        Assert.Equal(IoError.None, Divide("/d", Frag.Root, 0).Error);
        int flushes = _rank.GatedStore.Flushes;

        // Not over: it is not divided again.
        Assert.Equal(IoError.Busy, Divide("/d", Frag.Root, 1).Error);
        _rank.GatedStore.RemoveFailure = IoError.None;
        _rank.Advance(3_000_000);
        Assert.Equal(flushes + 1, _rank.GatedStore.Flushes);
        Assert.Equal(IoError.None, Divide("/d", Frag.Root, 1).Error);
    }

    [Fact]
    public void AMoveOfTheDirectoryDoesNotDisturb()
    {
        Fill(7);
        _rank.Submit(new ClientRequest(0, ClientOp.Fragment) { Path = "/d"u8.ToArray(), SplitBits = 1 });
        _rank.Submit(new ClientRequest(0, ClientOp.Rename) { Path = "/d"u8.ToArray(), Path2 = "/e"u8.ToArray() });
        _rank.Run();
        Assert.Equal(7, _rank.List("/e").Count);
        Restart(inOrder: false);
        Assert.Equal(7, _rank.List("/e").Count);
    }

    private static RankOptions Small(RankOptions options) => options with
    {
        SplitEntries = Split, MergeEntries = 3, SplitBits = 1, SegmentEventsMax = 16, SegmentsMax = 2,
    };

    private void Fill(int count, int from = 0)
    {
        if (from == 0)
            Assert.Equal(IoError.None, _rank.Call(ClientOp.MakeDirectory, "/d").Error);
        for (int i = from; i < count; i++)
            Assert.Equal(IoError.None, _rank.Call(ClientOp.Create, $"/d/f{i}").Error);
    }

    private ClientReply Divide(string path, Frag frag, int splitBits) =>
        _rank.Call(ClientOp.Fragment, path, request => request with { Fragment = frag, SplitBits = splitBits });

    private Frag[] Leaves()
    {
        MetadataCache cache = _rank.Rank.Cache;
        NodeId inode = cache.FindInode(_rank.Call(ClientOp.Lookup, "/d").Stat.Ino);
        return cache.TreeOf(inode) is { } tree ? tree.Leaves.ToArray() : [Frag.Root];
    }

    private void Restart(bool inOrder)
    {
        if (inOrder)
        {
            _rank.Rank.Stop();
            _rank.Run();
            Assert.Equal(RankState.Stopped, _rank.Rank.State);
        }

        _rank.Crash();
        _rank.Start();
        Assert.Equal(RankState.Active, _rank.Rank.State);
    }
}
