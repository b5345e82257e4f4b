// A file's contents, and what directories count. What clients bring about is brought about by clients; what only another rank's
// words bring about is said for it. Afterwards clients of every rank use what has moved, or what is left is looked at.

using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>The lock of a file's contents goes along in whatever state it is. Source: migrator specification, 1.9 and 9 (52).
/// </summary>
public sealed class LockStateTests : IDisposable
{
    private readonly MigrationHarness _world = new(3);
    private readonly DirFrag _root;
    private readonly List<MigrationClient> _clients = [];

    public LockStateTests() => _root = _world.Make("/a", 2);

    public void Dispose() => _world.Dispose();

    /// <summary>What the old rank has of it afterwards is a replica's state, as the table says; then clients of all ranks read,
    /// change and write.</summary>
    [Theory]
    [InlineData(LockState.Sync, false, LockState.Sync)]
    [InlineData(LockState.Sync, true, LockState.Sync)]
    [InlineData(LockState.Lock, false, LockState.Sync)]
    [InlineData(LockState.Lock, true, LockState.Lock)]
    [InlineData(LockState.Mix, false, LockState.Mix)]
    [InlineData(LockState.Mix, true, LockState.Mix)]
    [InlineData(LockState.Excl, false, LockState.Lock)]
    [InlineData(LockState.Excl, true, LockState.Lock)]
    public void MG052_ALockInEachStateGoesAlong_AndServesClientsOfEveryRank(LockState state, bool hasCopies, LockState atOld)
    {
        if (hasCopies)
            _world.Learn(2, "a", "f1");
        Bring(state, hasCopies);
        NodeId kept = _world.Cache(0).Lookup(_world.Cache(0).FindDir(_root)!, "f1"u8);
        _world.Cache(0).Pin(kept, PinKind.Request);
        _world.Cluster.Holds = static (_, _, message) => message is ExportFinish { IsLast: true };
        Assert.Equal(MigrationRefusal.None, _world[0].Export(_root, new RankId(1)));
        _world.Poke(0);
        Settle();
        Assert.Equal((0, 1), (_world[0].ExportCount, _world[1].ImportCount));
        Assert.Equal(atOld, StateAt(0));
        _world.Cluster.Holds = null;
        Settle();
        Assert.Equal(0, _world[1].ImportCount);
        for (int rank = 0; rank < 3; rank++)
            Use(rank, 1000 * (rank + 1));
        _world.Cache(0).Unpin(kept, PinKind.Request);
        _world.Poke(0);
        _world.AssertAtRest();
        ClusterChecks.Expect(_world.Cluster);
        Assert.Equal(3002, SizeAt(1));
    }

    /// <summary>Who owns a part of a directory has come anew while the tree around stood still: what it counts is gathered by the
    /// next authority before anybody reads.</summary>
    [Fact]
    public void WhatMustBeGathered_IsGatheredByTheNextRank()
    {
        DirFrag part = _world.Make("/a/d", 1);
        _world.Move(0, 2, part);
        _world.Cluster.Holds = static (_, _, message) => message is ExportPrepAck;
        _world.Move(0, 1, _root);
        Assert.Equal(1, _world.Cache(0).FrozenTrees);
        MetadataLock sums = NestAt(0, part.Ino);
        _world.Cluster[0].Rank.Services.Locks.Import(
            sums, new LockRecord(LockState.Sync, 0, 1, false), new RankId(0), new RankId(1));
        _world.Cluster[2].Rank.Services.Locks.Adopt(NestAt(2, part.Ino), LockState.Sync);
        _world.Cluster[0].Rank.Services.Locks.OwnerCame(sums);
        Assert.True(sums is { State: LockState.Sync, MustGather: true });
        _world.Cluster.Holds = static (_, _, message) => message is LockMessage;
        _world.Cluster.Run();
        Assert.True(_world.Cache(1).FindDir(_root)!.IsAuth);
        Assert.Equal((0, 0), (_world[0].ExportCount, _world[1].ImportCount));
        Assert.False(_world.Cluster[1].Rank.Services.Locks.CanRead(NestAt(1, part.Ino), new ClientId(1)));
        _world.Cluster.Holds = null;
        _world.Cluster.Run();
        _world.AssertAtRest();
        Assert.False(NestAt(1, part.Ino).MustGather);
        ClusterChecks.Expect(_world.Cluster);
    }

    /// <summary>Has the lock in a state: by what clients have open; where no client brings that about, by what other ranks would
    /// have said.</summary>
    private void Bring(LockState state, bool hasCopies)
    {
        if (state is LockState.Excl or LockState.Mix)
            Open(0, OpenFlags.Write | OpenFlags.Read);
        if (state is LockState.Sync or LockState.Mix)
            Open(0, OpenFlags.Read);
        if (state == LockState.Lock)
        {
            LockRecord record = new(LockState.Lock, 0, 1, false);
            _world.Cluster[0].Rank.Services.Locks.Import(LockAt(0), record, new RankId(0), new RankId(1));
            if (hasCopies)
                _world.Cluster[2].Rank.Services.Locks.Adopt(LockAt(2), LockState.Lock);
        }

        Settle();
        Assert.Equal(state, StateAt(0));
    }

    /// <summary>A client that has asked only that rank reads, changes the size, and opens the file and writes.</summary>
    private void Use(int rank, long size)
    {
        Assert.Equal(IoError.None, Call(rank, new ClientRequest(0, ClientOp.Lookup) { Path = "/a/f1"u8.ToArray() }).Error);
        ClientRequest change = new(0, ClientOp.SetAttributes)
        {
            Path = "/a/f1"u8.ToArray(), Changes = new AttributeChanges { Size = size },
        };
        Assert.Equal(IoError.None, Call(rank, change).Error);
        Assert.Equal(size, SizeAt(1));
        MigrationClient writer = Open(rank, OpenFlags.Write | OpenFlags.Read);
        Ino file = Inode(1).Ino;
        (int at, ClientCap cap) = writer.Has(file);
        Assert.Equal(1, at);
        Assert.True(cap.Caps.HasFlag(CapBits.FileWrite));
        Assert.True(writer[1].TryChange(file, CapBits.FileWrite, new CapAttributes { Size = size + 2, ModifiedAt = size }));
        writer.Flush(1, file);
        Settle();
        Assert.Equal(size + 2, SizeAt(1));
        Assert.True(writer[1].TryRelease(file));
        Settle();
    }

    private ClientReply Call(int rank, ClientRequest request)
    {
        MigrationClient client = new(_world.Cluster, 20 + _clients.Count, 0, 1, 2);
        _clients.Add(client);
        ulong asked = client.Begin(rank, request);
        Settle();
        return client.AnswerTo(asked)!;
    }

    private MigrationClient Open(int rank, OpenFlags flags)
    {
        ClientReply reply = Call(rank, new ClientRequest(0, ClientOp.Open)
        {
            Path = Encoding.UTF8.GetBytes("/a/f1"), Flags = flags | OpenFlags.Keep,
        });
        Assert.Equal(IoError.None, reply.Error);
        return _clients[^1];
    }

    private void Settle()
    {
        for (int i = 0; i < 4; i++)
        {
            _world.Cluster.Run();
            foreach (MigrationClient client in _clients)
                client.Run();
        }
    }

    private InodeFields Inode(int rank) => _world.Cache(rank).Inode(NodeAt(rank));

    private NodeId NodeAt(int rank) => _world.Cache(rank).Lookup(_world.Cache(rank).FindDir(_root)!, "f1"u8);

    private MetadataLock LockAt(int rank) => _world.Cluster[rank].Rank.Services.LockHost.Find(
        LockObject.OfInode(Inode(rank).Ino, NodeAt(rank)), LockKind.File);

    private MetadataLock NestAt(int rank, Ino ino) => _world.Cluster[rank].Rank.Services.LockHost.Find(
        LockObject.OfInode(ino, _world.Cache(rank).FindInode(ino)), LockKind.Nest);

    private LockState StateAt(int rank)
    {
        MetadataLock item = LockAt(rank);
        LockState state = item.State;
        _world.Cluster[rank].Rank.Services.LockHost.Retire(item);
        return state;
    }

    private long SizeAt(int rank) => (long)Inode(rank).Size;
}
