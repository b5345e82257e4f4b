// Single cases of capabilities: what a client has after which messages, what stale and gone clients leave, reconnect.

namespace Engine.Metadata.Tests.Sessions;

public sealed class CapTableTests : IDisposable
{
    private const CapBits FileAll = CapBits.FileRead | CapBits.FileCache | CapBits.FileWrite | CapBits.FileBuffer;
    private static readonly RankId s_rank = new(0);
    private readonly CapWorld _world = new(inodes: 1, clients: 3);

    private LockObject Inode => _world.Inodes[0];

    public void Dispose() => _world.Dispose();

    [Fact]
    public void TheOnlyClientGetsAllItWantsInTheAnswer()
    {
        Open(0, FileAll | CapBits.AuthExclusive);
        CapGrant grant = Assert.IsType<CapAnswer>(_world.ToClient[Client(0).Id].Last()).Grant;
        Assert.False(grant.IsRevoke);
        Assert.Equal(FileAll | CapBits.AuthExclusive, grant.Caps & (FileAll | CapBits.AuthExclusive));
        Assert.Equal(Client(0).Id, _world.Caps.Find(Inode.Ino)!.Loner);
        Assert.False(_world.Caps.TryTakeNew(Inode.Ino, Client(0).Id, out _));
        Assert.Equal(1UL, _world.Sessions.Find(Client(0).Id)!.CapPushSeq);
    }

    [Fact]
    public void ASecondReaderMakesTheWriterGiveUpItsCaches()
    {
        Open(0, FileAll);
        Deliver();
        Client(0).Write(Held(0));
        Open(1, CapBits.FileRead);
        Assert.True(Get(0).IsRevoking);
        Assert.False(Get(1).Pending.HasFlag(CapBits.FileRead));
        Deliver();
        Assert.Equal(CapBits.FileRead | CapBits.FileWrite, Get(0).Pending & FileAll);
        Assert.True(Get(1).Pending.HasFlag(CapBits.FileRead));
        Assert.Equal(LockState.Mix, _world.StateOf(Inode, LockKind.File));
        Assert.Single(Client(0).Flushing);
        Assert.True(_world.CompleteJournal());
        Deliver();
        Assert.Empty(Client(0).Flushing);
    }

    [Fact]
    public void ALateAnswerConfirmsOnlyWhatItHasSeen()
    {
        Open(0, FileAll);
        Deliver();
        Cap first = Get(0);
        Open(1, CapBits.FileRead);
        Cap revoked = Get(0);
        Assert.Equal(first.Seq + 1, revoked.Seq);
        Session session = _world.Sessions.Find(Client(0).Id)!;
        Assert.True(_world.Caps.TryUpdate(session, Answer(first, first.Seq, first.Pending)));
        Assert.True(Get(0).IsRevoking);
        Assert.Equal(first.Issued, Get(0).Issued);
        Assert.False(_world.Caps.TryUpdate(session, Answer(first, revoked.Seq + 1, first.Pending)));
        Assert.True(_world.Caps.TryUpdate(session, Answer(first, revoked.Seq, revoked.Pending)));
        Assert.Equal(revoked.Pending, Get(0).Issued & revoked.Issued & first.Pending);
    }

    [Fact]
    public void UpdatesOfAnotherCapabilityOrOfAnEarlierMigrationAreRefused()
    {
        Open(0, FileAll);
        Cap cap = Get(0);
        Session session = _world.Sessions.Find(Client(0).Id)!;
        Assert.False(_world.Caps.TryUpdate(session, Answer(cap, cap.Seq, cap.Pending) with { CapId = cap.Id + 1 }));
        Assert.False(_world.Caps.TryUpdate(session, Answer(cap, cap.Seq, cap.Pending) with { Ino = new Ino(5) }));
        Assert.False(_world.Caps.TryUpdate(
            _world.Sessions.Find(Client(1).Id)!, Answer(cap, cap.Seq, cap.Pending)));
        Assert.Equal(cap, Get(0));
    }

    [Fact]
    public void AReleaseThatCrossesAGrantIsVoid()
    {
        Open(0, CapBits.FileRead);
        Deliver();
        uint seen = Held(0).IssueSeq;
        _world.Caps.Open(Inode, _world.Sessions.Find(Client(0).Id)!, FileAll | CapBits.XattrExclusive);
        Assert.True(Get(0).IssueSeq > seen);
        Client(0).Release(Held(0));
        Assert.True(_world.DeliverToRank(Client(0)));
        Assert.True(_world.Caps.TryGet(Inode.Ino, Client(0).Id, out _));
        Deliver();
        Assert.Equal(0, _world.Caps.Count);
        Assert.Null(_world.Caps.Find(Inode.Ino));
    }

    [Fact]
    public void AStaleWriterKeepsThePinAndOthersGoOn()
    {
        Open(0, FileAll);
        Deliver();
        Open(1, FileAll);
        GoStale(0);
        RunReady();
        Assert.Equal(CapBits.Pin, Get(0).Issued);
        Assert.Equal(FileAll, Get(1).Pending & FileAll);
        Assert.NotEmpty(_world.Recovered);
        Client(0).Write(Held(0));
        _world.Sessions.Renew(Client(0).Id, 1, _world.NowMicros);
        Deliver();
        Assert.Equal(CapBits.FileRead | CapBits.FileWrite, Get(0).Pending & FileAll);
        Assert.Equal(CapBits.FileRead | CapBits.FileWrite, Get(1).Pending & FileAll);
    }

    [Fact]
    public void AnEvictedClientLeavesNothing()
    {
        Open(0, FileAll);
        Deliver();
        Open(1, FileAll);
        _world.Kill(Client(0));
        RunReady();
        Assert.False(_world.Caps.TryGet(Inode.Ino, Client(0).Id, out _));
        Assert.Equal(FileAll, Get(1).Pending & FileAll);
        Deliver();
        Assert.Empty(Client(0).Held);
        Assert.Equal(1, _world.Caps.Count);
    }

    [Fact]
    public void WhoDoesNotGiveBackInTimeIsFound()
    {
        Open(0, FileAll);
        Deliver();
        _world.NowMicros = 10;
        Open(1, CapBits.FileRead);
        List<LateCap> late = [];
        _world.Caps.FindLate(70, 60, late);
        Assert.Empty(late);
        _world.Caps.FindLate(71, 60, late);
        Assert.Equal([new LateCap(Client(0).Id, Inode.Ino, Get(0).Seq)], late);
        late.Clear();
        Deliver();
        _world.Caps.FindLate(1000, 60, late);
        Assert.Empty(late);
    }

    [Fact]
    public void WantsOfReplicasKeepAClientFromBeingTheLoner()
    {
        Open(0, FileAll);
        Deliver();
        _world.Caps.SetWantedElsewhere(Inode, CapBits.FileRead);
        Deliver();
        Assert.Null(_world.Caps.Find(Inode.Ino)!.Loner);
        Assert.False(Get(0).Pending.HasFlag(CapBits.FileCache));
        _world.Caps.SetWantedElsewhere(Inode, CapBits.None);
        Deliver();
        Assert.True(Get(0).Pending.HasFlag(CapBits.FileCache));
    }

    [Theory]
    [InlineData(CapBits.FileRead | CapBits.FileCache, LockState.Sync)]
    [InlineData(CapBits.FileRead | CapBits.FileWrite, LockState.Mix)]
    [InlineData(CapBits.FileRead | CapBits.FileWrite | CapBits.FileBuffer, LockState.Excl)]
    [InlineData(CapBits.FileExclusive, LockState.Excl)]
    public void ReconnectedCapabilitiesDecideTheStateOfTheLock(CapBits issued, LockState state)
    {
        Session session = _world.Sessions.Find(Client(0).Id)!;
        CapReconnect item = new(Inode.Ino, 77, issued, issued, default);
        Assert.True(_world.Caps.TryReconnect(Inode, session, item));
        Assert.False(_world.Caps.TryReconnect(Inode, session, item));
        CapInode inode = _world.Caps.Find(Inode.Ino)!;
        Assert.Equal(state, _world.Caps.StateFor(inode, LockKind.File));
        Assert.Equal(LockState.Sync, _world.Caps.StateFor(inode, LockKind.Auth));
        _world.Find(Inode, LockKind.File).State = state;
        _world.Caps.ReconnectEnded(inode);
        Assert.Equal((77UL, issued), (Get(0).Id, Get(0).Issued & issued));
        Assert.False(Get(0).IsRevoking);
    }

    [Fact]
    public void ClientsOfOneInodeAreInOrderOfNumber()
    {
        foreach (int client in new[] { 1, 2, 0 })
            Open(client, CapBits.FileRead);
        List<Cap> caps = [];
        _world.Caps.List(_world.Caps.Find(Inode.Ino)!, caps);
        Assert.Equal([1, 2, 3], caps.Select(cap => cap.Client.Value));
    }

    private static CapUpdate Answer(in Cap cap, uint seq, CapBits retained) =>
        new(cap.Ino, cap.Id, seq, cap.IssueSeq, cap.MigrationSeq, retained, cap.Wanted, CapBits.None, 0, default);

    private CapClient Client(int index) => _world.Clients[index];

    private HeldCap Held(int index) => Client(index).Held[(Inode.Ino, s_rank)];

    private Cap Get(int index)
    {
        Assert.True(_world.Caps.TryGet(Inode.Ino, Client(index).Id, out Cap cap));
        return cap;
    }

    private void Open(int index, CapBits wanted)
    {
        CapWorld.Open(Client(index), Inode, wanted);
        while (_world.DeliverToRank(Client(index)))
            RunReady();
    }

    private void GoStale(int index)
    {
        _world.NowMicros += 100;
        foreach (CapClient other in _world.Clients.Where(other => other != Client(index)))
            _world.Sessions.Renew(other.Id, 0, _world.NowMicros);
        _world.Sessions.Tick(_world.NowMicros, 50, 1000, []);
    }

    private void Deliver()
    {
        while (_world.Clients.Exists(_world.DeliverToClient) || _world.Clients.Exists(_world.DeliverToRank)
            || _world.Ready.Count > 0)
        {
            RunReady();
            _world.Check();
        }
    }

    private void RunReady()
    {
        while (_world.Ready.TryDequeue(out Action? next))
            next();
    }
}
