// Capabilities that move between two ranks while clients go on, with the messages of the two ranks in any order: C1, C3, and what
// clients believe in the end.

using Engine.Buffers;

namespace Engine.Metadata.Tests.Sessions;

public sealed class CapMigrationTests : IDisposable
{
    private static readonly LockObject s_inode = LockObject.OfInode(new Ino(0x1000), new NodeId(1));
    private readonly List<CapClient> _clients = [];
    private readonly CapMigrationRank[] _ranks;
    private readonly SortedDictionary<(ClientId Client, int Rank), Queue<Message>> _toClient = [];
    private readonly SortedDictionary<(ClientId Client, int Rank), Queue<Message>> _toRank = [];
    private readonly List<CapExportRecord> _exported = [];
    private readonly List<CapImportRecord> _imported = [];
    private int _owner;
    private bool _isImportDone;
    private bool _isExportDone;

    public CapMigrationTests()
    {
        for (int i = 1; i <= 3; i++)
            _clients.Add(new CapClient(new ClientId(i), (client, rank, message) => Enqueue(_toRank, client, rank, message)));
        _ranks = [.. Enumerable.Range(0, 2).Select(i => new CapMigrationRank(
            new RankId(i), _clients, (client, rank, message) => Enqueue(_toClient, client, rank, message)))];
        _ranks[0].IsOwner = true;
    }

    private bool IsMigrating { get; set; }

    private CapMigrationRank Owner => _ranks[_owner];

    private CapMigrationRank Other => _ranks[1 - _owner];

    public void Dispose()
    {
        foreach (CapMigrationRank rank in _ranks)
            rank.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void EveryClientEndsWithItsCapabilityAtTheOwner(ulong seed)
    {
        var random = new SeededRandom(seed);
        int moves = 0;
        for (int i = 0; i < 4000; i++)
        {
            moves += Step(random) ? 1 : 0;
            CheckOneAuthority();
        }

        Assert.True(moves > 20, $"{moves} moves");
        while (IsMigrating)
            Step(random);
        while (Deliver(random))
            CheckOneAuthority();
        CheckAtRest();
    }

    [Fact]
    public void AClientThatTheImporterCouldNotTakeIsTold()
    {
        Open(_clients[0], CapBits.FileRead);
        Open(_clients[1], CapBits.FileRead);
        BeginMigration(client => client.Id != _clients[0].Id);
        FinishImport();
        FinishExport();
        while (Deliver(new SeededRandom(1)))
            CheckOneAuthority();
        Assert.Empty(_clients[0].Held);
        CheckAtRest();
    }

    [Fact]
    public void WhatWasBeingRevokedIsRevokedByTheImporter()
    {
        Open(_clients[0], CapBits.FileRead);
        CapInode inode = Owner.Caps.Find(s_inode.Ino)!;
        List<CapExportRecord> records = [];
        Owner.Caps.Export(inode, records);
        CapExportRecord revoking = records[0] with { Issued = records[0].Issued | CapBits.FileWrite, Seq = 5, MigrationSeq = 9 };
        Session session = Other.Sessions.Find(_clients[0].Id)!;
        CapImportRecord record = Other.Caps.BeginImport(s_inode, session, revoking);
        Assert.Equal((1U, 9U), (record.IssueSeq, record.MigrationSeq));
        Other.IsOwner = true;
        inode = Other.Caps.Find(s_inode.Ino)!;
        Other.Caps.FinishImport(inode, revoking, Owner.Id, isAuthority: true);
        Assert.True(Other.Caps.TryGet(s_inode.Ino, _clients[0].Id, out Cap cap));
        Assert.Equal((1U, 9U, true), (cap.Seq, cap.MigrationSeq, cap.Pending.HasFlag(CapBits.FileWrite)));
        Other.Caps.ImportEnded(inode);
        Assert.True(Other.Caps.TryGet(s_inode.Ino, _clients[0].Id, out cap));
        Assert.True(cap.IsRevoking && !cap.Pending.HasFlag(CapBits.FileWrite));
    }

    [Fact]
    public void AClientThatGoesStaleDuringAnExportKeepsItsBitsUntilThatIsDecided()
    {
        Open(_clients[0], CapBits.FileRead);
        Session session = Owner.Sessions.Find(_clients[0].Id)!;
        CapInode inode = Owner.Caps.Find(s_inode.Ino)!;
        Owner.Caps.Export(inode, []);
        Owner.Caps.WentStale(session);
        Assert.True(Owner.Caps.TryGet(s_inode.Ino, _clients[0].Id, out Cap cap) && cap.Issued.HasFlag(CapBits.FileRead));
        Owner.Caps.CancelExport(inode);
        Assert.True(Owner.Caps.TryGet(s_inode.Ino, _clients[0].Id, out cap));
        Assert.Equal(CapBits.Pin, cap.Issued);
    }

    private static void Enqueue(
        SortedDictionary<(ClientId Client, int Rank), Queue<Message>> channels, ClientId client, RankId rank, Message message)
    {
        if (!channels.TryGetValue((client, rank.Value), out Queue<Message>? channel))
            channels[(client, rank.Value)] = channel = [];
        channel.Enqueue(message);
    }

    /// <summary>True when a migration was decided for the importer.</summary>
    private bool Step(SeededRandom random)
    {
        CapClient client = _clients[random.NextInt(_clients.Count)];
        switch (random.NextInt(10))
        {
            case 0:
                CapBits wanted = random.NextBool(0.5) ? CapBits.FileRead : CapBits.FileCache | CapBits.AuthShared;
                client.Open(s_inode.Ino, Owner.Id, wanted);
                return false;
            case 1 when Held(client) is { } held:
                client.Want(held, random.NextBool(0.5) ? CapBits.None : CapBits.FileRead);
                return false;
            case 2 when Held(client) is { } held && random.NextBool(0.2):
                client.Release(held);
                return false;
            case 3 when !IsMigrating:
                BeginMigration(_ => true);
                return false;
            case 4 when IsMigrating && !_isImportDone && random.NextBool(0.3):
                Cancel();
                return false;
            case 5 when IsMigrating:
                if (!_isImportDone)
                    FinishImport();
                else
                    return FinishExport();
                return false;
            default:
                Deliver(random);
                return false;
        }
    }

    private HeldCap? Held(CapClient client) => client.Held.GetValueOrDefault((s_inode.Ino, Owner.Id));

    private void Open(CapClient client, CapBits wanted)
    {
        Owner.Caps.Open(s_inode, Owner.Sessions.Find(client.Id)!, wanted);
        if (Owner.Caps.TryTakeNew(s_inode.Ino, client.Id, out CapGrant grant))
            Owner.Send(client.Id, new CapAnswer(grant));
    }

    private void BeginMigration(Predicate<CapClient> isTaken)
    {
        if (Owner.Caps.Find(s_inode.Ino) is not { } inode)
            return;
        IsMigrating = true;
        (_isImportDone, _isExportDone) = (false, false);
        _exported.Clear();
        _imported.Clear();
        Owner.Caps.Export(inode, _exported);
        foreach (CapExportRecord record in _exported)
        {
            if (isTaken(_clients.Find(client => client.Id == record.Client)!))
                _imported.Add(Other.Caps.BeginImport(s_inode, Other.Sessions.Find(record.Client)!, record));
        }
    }

    private void Cancel()
    {
        Other.Caps.CancelImport(Other.Caps.Find(s_inode.Ino)!);
        Owner.Caps.CancelExport(Owner.Caps.Find(s_inode.Ino)!);
        IsMigrating = false;
        Assert.Null(Other.Caps.Find(s_inode.Ino));
    }

    private void FinishImport()
    {
        CapInode inode = Other.Caps.Find(s_inode.Ino)!;
        Other.IsOwner = true;
        foreach (CapExportRecord record in _exported)
            Other.Caps.FinishImport(inode, record, Owner.Id, isAuthority: true);
        Other.Caps.ImportEnded(inode);
        foreach (CapExportRecord record in _exported)
        {
            if (Other.Caps.TryGet(s_inode.Ino, record.Client, out Cap cap))
                Assert.Equal(record.MigrationSeq, cap.MigrationSeq);
        }

        _isImportDone = true;
    }

    private bool FinishExport()
    {
        Owner.IsOwner = false;
        Owner.Caps.FinishExport(Owner.Caps.Find(s_inode.Ino)!, Other.Id, _imported);
        Assert.Equal(0, Owner.Caps.Count);
        _owner = 1 - _owner;
        IsMigrating = false;
        _isExportDone = true;
        return true;
    }

    /// <summary>Delivers one message; those to a rank whose inode is frozen wait. False when there is none.</summary>
    private bool Deliver(SeededRandom random)
    {
        var channels = _toClient.Where(pair => pair.Value.Count > 0).Select(pair => (pair.Key, IsToClient: true))
            .Concat(_toRank.Where(pair => pair.Value.Count > 0 && !IsMigrating).Select(pair => (pair.Key, IsToClient: false)))
            .ToList();
        if (channels.Count == 0)
            return false;
        ((ClientId client, int rank), bool isToClient) = channels[random.NextInt(channels.Count)];
        if (isToClient)
        {
            _clients.Find(other => other.Id == client)!.Handle(new RankId(rank), _toClient[(client, rank)].Dequeue());
            return true;
        }

        Session session = _ranks[rank].Sessions.Find(client)!;
        Message message = _toRank[(client, rank)].Dequeue();
        if (message is CapOpen open)
            Open(_clients.Find(other => other.Id == client)!, open.Wanted);
        else if (message is CapUpdate update)
            _ranks[rank].Caps.TryUpdate(session, update);
        else
            _ranks[rank].Caps.Release(session, (CapRelease)message);
        return true;
    }

    /// <summary>C1: a client has one capability at most that is in force; C3 is asserted where it moves.</summary>
    private void CheckOneAuthority()
    {
        foreach (CapClient client in _clients)
        {
            int count = 0;
            foreach (CapMigrationRank rank in _ranks)
            {
                if (rank.Caps.Find(s_inode.Ino) is { IsExporting: false }
                    && rank.Caps.TryGet(s_inode.Ino, client.Id, out Cap cap) && !cap.Flags.HasFlag(CapFlags.Importing))
                    count++;
            }

            Assert.InRange(count, 0, 1);
        }
    }

    private void CheckAtRest()
    {
        Assert.True(_isExportDone || _exported.Count > 0);
        foreach (CapClient client in _clients)
        {
            bool has = Owner.Caps.TryGet(s_inode.Ino, client.Id, out Cap cap);
            Assert.False(Other.Caps.TryGet(s_inode.Ino, client.Id, out _));
            Assert.Equal(has ? 1 : 0, client.Held.Count);
            if (!has)
                continue;
            HeldCap held = Held(client)!;
            Assert.Equal((cap.Id, cap.Pending, cap.MigrationSeq), (held.CapId, held.Caps, held.MigrationSeq));
            Assert.False(cap.IsRevoking);
            Assert.Equal(cap.Wanted, held.Wanted);
        }
    }
}
