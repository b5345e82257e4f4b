// What must hold between a rank and its clients: C1, C2, C3, C6, C7 of the migrator specification, as seen by an observer who
// knows both sides and what is on its way between them.
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>Checks of capabilities over a rank and its clients.</summary>
internal sealed class CapChecks(SimWorld world)
{
    private static readonly LockKind[] s_kinds = [LockKind.Auth, LockKind.Link, LockKind.Xattr, LockKind.File];

    private readonly SortedDictionary<Ino, long> _flushed = [];
    private readonly List<long> _shrinks = [];
    private readonly List<CapInode> _inodes = [];
    private readonly List<Cap> _caps = [];

    /// <summary>A request goes out that makes a file so long: it may be any that is longer by now.</summary>
    public void MayShrinkTo(long size)
    {
        _shrinks.Add(size);
        foreach (Ino ino in _flushed.Keys.ToArray())
            _flushed[ino] = Math.Min(size, _flushed[ino]);
    }

    /// <summary>A flush goes out.</summary>
    public void NoteFlushing(SimFlush flush, long leastSizeUnderWay) =>
        (flush.LeastSize, flush.Shrinks) = (leastSizeUnderWay, _shrinks.Count);

    /// <summary>A client was told that so much of a file is durable. What was asked before that, and is answered, may have come
    /// behind the flush and made the file shorter.</summary>
    public void NoteFlushed(SimFlush flush)
    {
        long size = Math.Min(flush.Size, flush.LeastSize);
        for (int i = flush.Shrinks; i < _shrinks.Count; i++)
            size = Math.Min(size, _shrinks[i]);
        _flushed[flush.Ino] = Math.Max(size, _flushed.GetValueOrDefault(flush.Ino));
    }

    /// <summary>C3: a client was told a migration number lower than one before.</summary>
    public void MigrationWentBack(ClientCap cap, uint seq) =>
        world.Report("C3", $"inode {cap.Ino}: migration number {seq} after {cap.MigrationSeq}");

    /// <summary>C7: within one life of the rank a request was answered as done, and then as what comes of doing it
    /// again.</summary>
    public void DoneTwice(RankClient client, ClientReply reply) =>
        world.Report("C7", $"{client}: answered as done, and then with {reply.Error.Name}");

    /// <summary>C1, C2 and C6 of what a step of the rank was about.</summary>
    public void CheckStep(Rank rank, Peer self, IReadOnlyList<SimProcess> clients, IReadOnlyList<Ino> touched)
    {
        if (touched.Count == 0)
            return;
        foreach (Ino ino in touched)
        {
            if (rank.Caps.Find(ino) is { } inode)
                CheckAgree(rank, inode);
            if (_flushed.TryGetValue(ino, out long size))
                CheckFlushed(rank, ino, size);
        }

        foreach (SimProcess process in clients)
        {
            if (process.Life is { Actor: RankClient client } life)
                CheckBelief(rank, self, life.Self, client);
        }
    }

    /// <summary>C1 and C2 of everything.</summary>
    public void Check(Rank rank, Peer self, IReadOnlyList<SimProcess> clients)
    {
        _inodes.Clear();
        rank.Caps.List(_inodes);
        foreach (CapInode inode in _inodes)
            CheckAgree(rank, inode);
        foreach (SimProcess process in clients)
        {
            if (process.Life is { Actor: RankClient client } life)
                CheckBelief(rank, self, life.Self, client);
        }

        CheckFlushed(rank);
    }

    /// <summary>C6 of what the rank is authority over, and serves.</summary>
    public void CheckFlushed(Rank rank)
    {
        foreach ((Ino ino, long size) in _flushed)
        {
            NodeId node = rank.Cache.FindInode(ino);
            if (!node.IsNone && rank.Cache.IsAuth(node) && !rank.Cache.IsFrozen(node))
                CheckFlushed(rank, ino, size);
        }
    }

    /// <summary>C6: what a client had changed is lost, and its session had not ended.</summary>
    public void Lost(string who, ClientLoss loss) =>
        world.Report("C6", $"{who}: what it changed of {loss.Ino} under {loss.Bits} is lost");

    private void CheckFlushed(Rank rank, Ino ino, long size)
    {
        if (rank.TryStat(ino, out FileStat stat) && stat.Size < size)
            world.Report("C6", $"inode {ino} has {stat.Size} bytes, {size} were acknowledged");
    }

    /// <summary>C2 of an inode.</summary>
    public void CheckAgree(Rank rank, CapInode inode)
    {
        _caps.Clear();
        rank.Caps.List(inode, _caps);
        for (int i = 1; i < _caps.Count; i++)
        {
            for (int j = 0; j < i; j++)
                CheckAgree(_caps[i], _caps[j]);
        }
    }

    private void CheckAgree(in Cap one, in Cap other)
    {
        foreach (LockKind kind in s_kinds)
        {
            LockCaps left = LockRules.Part(kind, one.Issued);
            LockCaps right = LockRules.Part(kind, other.Issued);
            if (!Agree(left, right) || !Agree(right, left))
                world.Report("C2", $"inode {one.Ino}: {one.Client} has {one.Issued}, {other.Client} has {other.Issued}");
        }
    }

    /// <summary>What others may have beside one who has this. Source: migrator specification, 1.9.</summary>
    private static bool Agree(LockCaps one, LockCaps other)
    {
        if ((one & (LockCaps.Exclusive | LockCaps.Extend)) != 0 && other != LockCaps.None)
            return false;
        if ((one & LockCaps.Write) != 0 && (other & (LockCaps.Shared | LockCaps.Cache | LockCaps.Buffer)) != 0)
            return false;
        return (one & LockCaps.Buffer) == 0
            || (other & (LockCaps.Read | LockCaps.Write | LockCaps.Buffer | LockCaps.Shared)) == 0;
    }

    /// <summary>A client in good standing, to whom nothing is on its way, has of the rank what it believes to have, unless it
    /// lies about that.</summary>
    public void CheckBelief(Rank rank, Peer self, Peer peer, RankClient client)
    {
        if (!client.IsErratic && client.Serving == self && IsCurrent(rank, self, peer, client.Id))
            CheckBelief(rank, client.Id, client.Held, $"{client}");
    }

    /// <summary>Do rank and client know of one another all that there is to know?</summary>
    public bool IsCurrent(Rank rank, Peer self, Peer peer, ClientId client) =>
        rank.Sessions.Find(client) is { State: SessionState.Open, IsReconnecting: false }
        && world.Network.InFlight(self, peer) == 0 && world.Network.InFlight(peer, self) == 0;

    /// <summary>C1 and C2: what a client believes to have of a rank, the rank knows that it has.</summary>
    public void CheckBelief(Rank rank, ClientId id, IReadOnlyCollection<ClientCap> belief, string client)
    {
        foreach (ClientCap held in belief)
        {
            if (!rank.Caps.TryGet(held.Ino, id, out Cap cap) || cap.Id != held.Id)
                world.Report("C1", $"{client} believes to have a capability on {held.Ino}, the rank does not know of it");
            // What only the rank before has told of is kept and not used until this one says what there is of it.
            else if (!held.IsClaimed && (held.Caps & ~cap.Issued) != 0)
                world.Report("C2", $"{client} believes to have {held.Caps} of {held.Ino}, the rank gave {cap.Issued}");
        }
    }
}
