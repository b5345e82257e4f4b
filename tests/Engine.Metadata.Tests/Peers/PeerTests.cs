// Two and three ranks that share one namespace: who serves what, how each learns the way, what copies cost those who change
// things. Every message goes through the codec; after every test all ranks are checked alone and together.

using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>Requests, copies and locks between ranks.</summary>
public sealed class PeerTests : IDisposable
{
    private readonly ClusterHarness _cluster = new(2);

    public PeerTests()
    {
        _cluster.Start();
        Make(0, "/a");
        Make(0, "/a/sub");
        Touch(0, "/a/f");
        Make(0, "/b");
        _cluster.Give("/a", from: 0, to: 1);
    }

    public void Dispose()
    {
        ClusterChecks.Expect(_cluster);
        _cluster.Dispose();
    }

    [Fact]
    public void ARequestForWhatAnotherRankHasIsSentOn_AndServedThere()
    {
        int rank = 0;
        ClientReply reply = _cluster.Call(ref rank, new ClientRequest(0, ClientOp.Lookup) { Path = "/a/f"u8.ToArray() });
        Assert.True(reply.Error.IsNone, reply.Error.Name);
        Assert.Equal(1, rank);
        Assert.Equal(InodeType.File, reply.Stat.Type);
    }

    [Fact]
    public void ChangesAreMadeByWhoeverHasTheDirectory_UnderNumbersOfItsOwn()
    {
        Ino made = Touch(0, "/a/new").Stat.Ino;
        Assert.Equal(new RankId(1), made.Maker);
        Assert.Equal(new RankId(0), Touch(1, "/b/new").Stat.Ino.Maker);
        Assert.Equal(["f", "new", "sub"], Names(0, "/a"));
        Assert.Equal(["new"], Names(1, "/b"));
        Assert.True(_cluster.Call(0, ClientOp.Unlink, "/a/f").Error.IsNone);
        Assert.Equal(["new", "sub"], Names(1, "/a"));
    }

    [Fact]
    public void ADirectoryOfTwoRanksIsCountedWhole()
    {
        for (int i = 0; i < 3; i++)
            Touch(0, $"/a/n{i}");
        FileStat stat = Stat(1, "/a");
        Assert.Equal(5, stat.Size);
        Assert.Equal(3u, stat.Links);
        Touch(0, "/a/later");
        Assert.Equal(6, Stat(0, "/a").Size);
        Assert.Equal(6, Stat(0, "/a").Size);
    }

    [Fact]
    public void ALockGathersFromACopyBeforeAChange()
    {
        _cluster.Delivered.Clear();
        ClientReply reply = _cluster.Call(
            0, ClientOp.SetAttributes, "/a", request => request with { Changes = new AttributeChanges { Mode = 0x1C0 } });
        Assert.True(reply.Error.IsNone, reply.Error.Name);
        List<(int, LockKind, LockAction)> said = [.. _cluster.Delivered
            .Where(each => each.Message is LockMessage { Kind: LockKind.Auth })
            .Select(each => (each.From, ((LockMessage)each.Message).Kind, ((LockMessage)each.Message).Action))];
        Assert.Equal(
            [(0, LockKind.Auth, LockAction.Lock), (1, LockKind.Auth, LockAction.LockAck), (0, LockKind.Auth, LockAction.Sync)],
            said);
        Assert.True(_cluster[1].Rank.TryStat(reply.Stat.Ino, out FileStat copy));
        Assert.Equal(0x1C0u, copy.Mode);
        ClientReply refused = _cluster.Call(
            1, ClientOp.Create, "/a/mine", request => request with { Caller = new Credential(7, 7) });
        Assert.Equal(IoError.Access, refused.Error);
    }

    [Fact]
    public void ARankLearnsTheWayWhereSendingOnDoesNotHelp()
    {
        ClientReply made = _cluster.Call(
            0, ClientOp.SymbolicLink, "/to", request => request with { Value = "a/sub"u8.ToArray() });
        Assert.True(made.Error.IsNone);
        MakeByLearning("/to/deep");
        Assert.Equal(["deep"], Names(0, "/a/sub"));
        MetadataCache cache = _cluster[1].Rank.Cache;
        Assert.False(cache.FindInode(made.Stat.Ino).IsNone);
        Assert.False(cache.IsAuth(cache.FindInode(made.Stat.Ino)));
    }

    /// <summary>Who sends a request on says where the link leads: so it need not go further than to the next rank.</summary>
    [Fact]
    public void ARankThatSendsOnSaysWhereALinkLeads()
    {
        ClientReply made = _cluster.Call(0, ClientOp.SymbolicLink, "/to", r => r with { Value = "/a/sub"u8.ToArray() });
        int rank = 0;
        ClientReply deep = _cluster.Call(
            ref rank, new ClientRequest(0, ClientOp.MakeDirectory) { Path = "/to/deep"u8.ToArray() });
        Assert.Equal((IoError.None, 1), (deep.Error, rank));
        Assert.True(_cluster[1].Rank.Cache.FindInode(made.Stat.Ino).IsNone);
    }

    [Fact]
    public void AnEntryThatOthersHaveCopiesOfIsCalledBackBeforeItChanges()
    {
        ClientReply made = _cluster.Call(0, ClientOp.SymbolicLink, "/to", r => r with { Value = "a/sub"u8.ToArray() });
        MakeByLearning("/to/deep");
        Assert.False(_cluster[1].Rank.Cache.FindInode(made.Stat.Ino).IsNone);
        Assert.True(_cluster.Call(0, ClientOp.Unlink, "/to").Error.IsNone);
        Assert.True(_cluster[1].Rank.Cache.FindInode(made.Stat.Ino).IsNone);
        Touch(0, "/to");
        Assert.Equal(InodeType.File, Stat(1, "/to").Type);
    }

    [Fact]
    public void TheWayToAnothersSubtreeStays()
    {
        Assert.Equal(IoError.Busy, Rename(0, "/a", "/c"));
        Assert.Equal(IoError.NotEmpty, _cluster.Call(0, ClientOp.RemoveDirectory, "/a").Error);
        Assert.True(Rename(1, "/b", "/a/b").IsNone);
        Assert.True(Rename(0, "/a/b", "/b").IsNone);
        Assert.True(Rename(0, "/a/f", "/b/f").IsNone);
        Assert.True(Rename(0, "/b/f", "/a/f").IsNone);
        Assert.True(Rename(0, "/a/f", "/a/sub/g").IsNone);
        Assert.Equal(["g"], Names(0, "/a/sub"));
    }

    [Fact]
    public void NamesOfTwoRanksAreNotExchanged()
    {
        Touch(0, "/b/f");
        Make(0, "/c");
        Assert.Equal(IoError.Busy, Rename(0, "/a", "/c", OpenFlags.Exchange));
        Assert.Equal(IoError.Busy, Rename(0, "/c", "/a", OpenFlags.Exchange));
        Assert.Equal(new IoError(18), Rename(0, "/a/f", "/b/f", OpenFlags.Exchange));
        Assert.Equal(new IoError(18), Rename(1, "/b/f", "/a/f", OpenFlags.Exchange));
        Assert.Equal(new IoError(18), Rename(0, "/a/f", "/b/none", OpenFlags.Exchange));
        Assert.True(Rename(0, "/a/f", "/a/sub", OpenFlags.Exchange).IsNone);
        Assert.Equal((InodeType.Directory, InodeType.File), (Stat(0, "/a/f").Type, Stat(1, "/a/sub").Type));
        Assert.Equal((2, 3u), (Stat(0, "/a").Size, Stat(0, "/a").Links));
    }

    [Fact]
    public void ACopyThatIsTrimmedIsToldOf()
    {
        Learn(0, "/a/f", from: 1);
        MetadataCache owner = _cluster[1].Rank.Cache;
        NodeId file = owner.Lookup(Directory(owner, "/a"), "f"u8);
        Assert.Equal(1ul, owner.ReplicasOf(file));
        MetadataCache copies = _cluster[0].Rank.Cache;
        Assert.False(copies.Lookup(Directory(copies, "/a"), "f"u8).IsNone);
        while (copies.Trim(1000) + copies.Trim(1000) > 0)
        {
        }

        _cluster[0].Rank.Step(new RankEvent(RankEventKind.Posted));
        _cluster.Run();
        Assert.Equal(0ul, owner.ReplicasOf(file));
    }

    [Fact]
    public void MG127_AnOldNumberOfACopyIsIgnored()
    {
        Learn(0, "/a/f", from: 1);
        MetadataCache owner = _cluster[1].Rank.Cache;
        NodeId file = owner.Lookup(Directory(owner, "/a"), "f"u8);
        _cluster.Holds = (_, _, message) => message is CacheExpire;
        MetadataCache copies = _cluster[0].Rank.Cache;
        NodeId copy = copies.Lookup(Directory(copies, "/a"), "f"u8);
        uint first = copies.NonceOf(copy, new RankId(0));
        CacheExpire late = new([new ExpireRealm(
            new DirFrag(copies.Inode(Directory(copies, "/a")).Ino, Frag.Root),
            [new ExpiredEntry(new DirFrag(copies.Inode(Directory(copies, "/a")).Ino, Frag.Root), "f"u8.ToArray(), first)], [])]);
        Assert.True(copies.TryDropReplica(copy));
        Learn(0, "/a/f", from: 1);
        Assert.Equal(first + 1, owner.NonceOf(file, new RankId(0)));
        _cluster.Tell(1, 0, late);
        Assert.Equal(1ul, owner.ReplicasOf(file));
        _cluster.Holds = null;
        _cluster.Run();
        Assert.Equal(1ul, owner.ReplicasOf(file));
    }

    [Fact]
    public void ARankComesBackWithItsSubtree_AndTheWayToIt()
    {
        Touch(0, "/a/before");
        _cluster.Crash(1);
        _cluster.Start(1);
        Assert.Equal(RankState.Active, _cluster[1].Rank.State);
        Assert.Equal(["before", "f", "sub"], Names(0, "/a"));
        Touch(1, "/a/after");
        Assert.Equal(4, Stat(0, "/a").Size);
    }

    [Fact]
    public void TheRankAboveComesBack_AndIsToldWhoHasCopies()
    {
        Touch(0, "/a/before");
        _cluster.Crash(0);
        Make(1, "/a/sub/meanwhile");
        ulong waits = _cluster[1].Submit(new ClientRequest(0, ClientOp.Create) { Path = "/a/waits"u8.ToArray() });
        _cluster.Run();
        Assert.Empty(_cluster[1].RepliesTo(waits));
        _cluster.Start(0);
        Assert.Equal(RankState.Active, _cluster[0].Rank.State);
        Assert.True(_cluster[1].RepliesTo(waits)[^1].Error.IsNone);
        Touch(0, "/a/after");
        Assert.Equal(5, Stat(0, "/a").Size);
        Assert.Equal(IoError.Busy, Rename(0, "/a", "/c"));
    }

    [Fact]
    public void BothComeBack()
    {
        Touch(0, "/a/before");
        _cluster.Crash(0);
        _cluster.Crash(1);
        _cluster.Start(1);
        Assert.Equal(RankState.Rejoin, _cluster[1].Rank.State);
        _cluster.Start(0);
        Assert.Equal(RankState.Active, _cluster[1].Rank.State);
        Touch(0, "/a/after");
        Assert.Equal(4, Stat(0, "/a").Size);
    }

    private static NodeId Directory(MetadataCache cache, string path)
    {
        NodeId at = cache.FindInode(Ino.Root);
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
            at = cache.Lookup(at, Encoding.UTF8.GetBytes(name));
        return at;
    }

    private void Learn(int rank, string path, int from)
    {
        Assert.NotEqual(rank, from);
        ClientReply reply = _cluster.Call(rank, ClientOp.Lookup, path, r => r with { Hops = ClusterHarness.LearningHops });
        Assert.True(reply.Error.IsNone, reply.Error.Name);
    }

    /// <summary>Rank 1 was sent the request on so often that it learns the way.</summary>
    private void MakeByLearning(string path)
    {
        ClientReply reply = _cluster.Call(1, ClientOp.MakeDirectory, path, request => request with { Hops = 2 });
        Assert.True(reply.Error.IsNone, reply.Error.Name);
    }

    private void Make(int rank, string path) =>
        Assert.True(_cluster.Call(rank, ClientOp.MakeDirectory, path).Error is { IsNone: true }, path);

    private ClientReply Touch(int rank, string path)
    {
        ClientReply reply = _cluster.Call(rank, ClientOp.Create, path);
        Assert.True(reply.Error.IsNone, $"{path}: {reply.Error.Name}");
        return reply;
    }

    private FileStat Stat(int rank, string path)
    {
        ClientReply reply = _cluster.Call(rank, ClientOp.Lookup, path);
        Assert.True(reply.Error.IsNone, $"{path}: {reply.Error.Name}");
        return reply.Stat;
    }

    private IoError Rename(int rank, string from, string to, OpenFlags flags = OpenFlags.None) => _cluster.Call(
        rank, ClientOp.Rename, from, request => request with { Path2 = Encoding.UTF8.GetBytes(to), Flags = flags }).Error;

    private List<string> Names(int rank, string path)
    {
        ClientReply reply = _cluster.Call(rank, ClientOp.ReadDirectory, path);
        Assert.True(reply.Error.IsNone, $"{path}: {reply.Error.Name}");
        return [.. reply.Items.Select(item => Encoding.UTF8.GetString(item.Name.Span)).Order(StringComparer.Ordinal)];
    }
}
