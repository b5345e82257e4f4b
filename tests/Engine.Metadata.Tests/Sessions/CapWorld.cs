// One rank with locks, capabilities and sessions put together as a rank does it, some inodes and some clients. Channels keep
// order; everything else happens in an order that the test chooses.

using Engine.Metadata.Tests.Locks;

namespace Engine.Metadata.Tests.Sessions;

internal sealed class CapWorld : ILockHost, ICapHost, ISessionHost, IDisposable
{
    private static readonly RankId s_rank = new(0);
    private readonly Dictionary<(LockObject On, LockKind Kind), MetadataLock> _locks = [];
    private readonly List<(LockBlock On, LockSet Set)> _waiters = [];
    private readonly HashSet<LockObject> _capped = [];
    private readonly Queue<(ClientId Client, Ino Ino, ulong FlushTid, CapBits Dirty)> _journal = [];

    public CapWorld(int inodes, int clients)
    {
        Machine = new LockMachine(this, 0);
        Caps = new CapTable(this, 0);
        Sessions = new SessionTable(this);
        for (int i = 0; i < inodes; i++)
            Inodes.Add(LockObject.OfInode(new Ino(0x1000 + (ulong)i), new NodeId(i + 1)));
        for (int i = 0; i < clients; i++)
        {
            var client = new CapClient(new ClientId(i + 1), (from, _, message) => ToRank[from].Enqueue(message));
            Clients.Add(client);
            ToRank[client.Id] = [];
            ToClient[client.Id] = [];
            OpenSession(client);
        }
    }

    public LockMachine Machine { get; }

    public CapTable Caps { get; }

    public SessionTable Sessions { get; }

    public List<LockObject> Inodes { get; } = [];

    public List<CapClient> Clients { get; } = [];

    public SortedDictionary<ClientId, Queue<Message>> ToRank { get; } = [];

    public SortedDictionary<ClientId, Queue<Message>> ToClient { get; } = [];

    public List<LockSet> Acquired { get; } = [];

    public Queue<Action> Ready { get; } = [];

    public List<string> Recovered { get; } = [];

    public long NowMicros { get; set; }

    public int Waiting => _waiters.Count;

    public void Dispose() => Caps.Dispose();

    public void OpenSession(CapClient client)
    {
        if (Sessions.TryOpen(client.Id, "", NowMicros, out _))
            Sessions.OpenDurable(new SessionStateSeq(client.Id, Sessions.Find(client.Id)!.StateSeq));
    }

    public static void Open(CapClient client, LockObject inode, CapBits wanted) => client.Open(inode.Ino, s_rank, wanted);

    public void Try(LockSet set)
    {
        if (set.Acquire(LockPatience.Wait) == LockOutcome.Acquired)
            Acquired.Add(set);
        else
            _waiters.Add((set.BlockedOn, set));
    }

    public bool DeliverToRank(CapClient client)
    {
        if (!ToRank[client.Id].TryDequeue(out Message? message))
            return false;
        if (Sessions.Find(client.Id) is not { IsLive: true } session)
            return true;
        if (message is CapOpen open)
            Answer(session, open);
        else if (message is CapUpdate update)
            Update(session, update);
        else if (message is CapRelease release)
            Caps.Release(session, release);
        else if (message is SessionRenew renew)
            Sessions.Renew(client.Id, renew.Seq, NowMicros);
        return true;
    }

    public bool DeliverToClient(CapClient client)
    {
        if (!ToClient[client.Id].TryDequeue(out Message? message))
            return false;
        client.Handle(s_rank, message);
        return true;
    }

    public bool CompleteJournal()
    {
        if (!_journal.TryDequeue(out (ClientId Client, Ino Ino, ulong FlushTid, CapBits Dirty) flush))
            return false;
        Caps.FlushDurable(flush.Client, flush.Ino, flush.FlushTid, flush.Dirty);
        return true;
    }

    public void Kill(CapClient client)
    {
        if (Sessions.TryKill(client.Id, out _))
            Sessions.CloseDurable(new SessionStateSeq(client.Id, Sessions.Find(client.Id)!.StateSeq));
    }

    /// <summary>C2, and that no client believes to have what the rank does not know of.</summary>
    public void Check()
    {
        foreach (LockObject inode in Inodes)
        {
            List<Cap> caps = [];
            if (Caps.Find(inode.Ino) is { } found)
                Caps.List(found, caps);
            for (int i = 0; i < caps.Count; i++)
            {
                for (int j = 0; j < i; j++)
                    CheckAgree(caps[i], caps[j]);
                CheckLocks(inode, caps[i]);
            }

            foreach (CapClient client in Clients)
                CheckBelief(client, inode, caps);
        }
    }

    bool ILockHost.IsAuthority(LockObject on) => true;

    bool ICapHost.IsAuthority(LockObject inode) => true;

    public MetadataLock Find(LockObject on, LockKind kind)
    {
        if (!_locks.TryGetValue((on, kind), out MetadataLock? item))
            _locks[(on, kind)] = item = new MetadataLock(on, kind, LockState.Sync);
        return item;
    }

    public void Retire(MetadataLock item) => Assert.True(item.IsIdle);

    public ulong Replicas(LockObject on) => 0;

    public bool TryGetLoner(LockObject on, out ClientId loner)
    {
        ClientId? found = Caps.Find(on.Ino)?.Loner;
        loner = found ?? default;
        return found is not null;
    }

    public LockWants Wants(MetadataLock item) =>
        Caps.Find(item.Object.Ino) is { } inode ? Caps.Wants(inode, item.Kind, isDelegation: false) : default;

    public bool HasCapsBeyond(MetadataLock item) =>
        Caps.Find(item.Object.Ino) is { } inode && Caps.HasBeyond(inode, item.Kind, item.State);

    public void IssueCaps(MetadataLock item)
    {
        if (Caps.Find(item.Object.Ino) is { } inode)
            Caps.Issue(inode);
    }

    public bool HasWaiters(MetadataLock item, LockWaits waits) => _waiters.Exists(waiter => IsFor(waiter.On, item, waits));

    public bool Wake(MetadataLock item, LockWaits waits)
    {
        var woken = _waiters.FindAll(waiter => IsFor(waiter.On, item, waits));
        foreach ((LockBlock On, LockSet Set) waiter in woken)
        {
            _waiters.Remove(waiter);
            Ready.Enqueue(() => Try(waiter.Set));
        }

        return woken.Count > 0;
    }

    public void EvaluateLater(MetadataLock item) => Ready.Enqueue(() => Machine.Evaluate(Find(item.Object, item.Kind)));

    public bool TryAuthPin(LockObject on) => true;

    public bool TryPin(LockObject on) => true;

    public void Unpin(LockObject on) => Assert.True(on.IsInode);

    public void Send(RankId to, MetadataLock item, LockAction action, ulong epoch) => Assert.Fail("there is no other rank");

    public void SendToAuthority(MetadataLock item, LockAction action) => Assert.Fail("there is no other rank");

    public bool TryTakeShare(MetadataLock item, RankId from, ReadOnlySpan<byte> share) => false;

    public bool TryTakeState(MetadataLock item, ReadOnlySpan<byte> state) => false;

    public void WriteBehind(MetadataLock item) => Assert.Fail("there is no other rank");

    public void ShareFlushed(MetadataLock item) => Assert.Fail("there is no other rank");

    public Session? FindSession(ClientId client) => Sessions.Find(client);

    public void Send(ClientId client, Message message) => ToClient[client].Enqueue(message);

    public LockState StateOf(LockObject inode, LockKind kind) => Find(inode, kind).State;

    public void CapsChanged(LockObject inode)
    {
        foreach (LockKind kind in new[] { LockKind.Auth, LockKind.Link, LockKind.Xattr, LockKind.File })
            Machine.CapsReturned(Find(inode, kind));
    }

    public void CapsBegan(LockObject inode) => Assert.True(_capped.Add(inode));

    public void CapsEnded(LockObject inode) => Assert.True(_capped.Remove(inode));

    public void NeedsRecovery(LockObject inode) => Recovered.Add($"{inode}");

    public void Ended(Session session) => Caps.Ended(session);

    public void WentStale(Session session) => Caps.WentStale(session);

    public void Resumed(Session session) => Caps.Resumed(session);

    public void Flushed(ClientId client, ulong token) => Assert.Fail("nobody asked");

    private static bool IsFor(LockBlock block, MetadataLock item, LockWaits waits) =>
        block.On == item.Object && block.Kind == item.Kind && (block.Waits & waits) != 0;

    private static void CheckAgree(in Cap one, in Cap other)
    {
        foreach (LockKind kind in new[] { LockKind.Auth, LockKind.Link, LockKind.Xattr, LockKind.File })
        {
            if (!LockCapsRules.Agree(LockRules.Part(kind, one.Issued), LockRules.Part(kind, other.Issued)))
                Assert.Fail($"{kind}: {one.Client} has {one.Issued}, {other.Client} has {other.Issued}");
        }
    }

    private void Update(Session session, CapUpdate update)
    {
        CapBits dirty = Caps.DirtyOf(session, update);
        if (Caps.TryUpdate(session, update) && update.Dirty != 0)
            _journal.Enqueue((session.Client, update.Ino, update.FlushTid, dirty));
    }

    private void Answer(Session session, CapOpen open)
    {
        if (session.State == SessionState.Stale)
            Sessions.Renew(session.Client, 0, NowMicros);
        Caps.Open(Inodes.Find(inode => inode.Ino == open.Ino), session, open.Wanted);
        if (Caps.TryTakeNew(open.Ino, session.Client, out CapGrant grant))
            ToClient[session.Client].Enqueue(new CapAnswer(grant));
    }

    private void CheckLocks(LockObject inode, in Cap cap)
    {
        foreach (LockKind kind in new[] { LockKind.Auth, LockKind.Link, LockKind.Xattr, LockKind.File })
        {
            MetadataLock item = Find(inode, kind);
            LockCaps part = LockRules.Part(kind, cap.Issued);
            bool isLoner = cap.Client == Caps.Find(inode.Ino)!.Loner;
            LockCaps forbidden = item.Owner != 0 ? ~(LockCaps.Cache | LockCaps.Buffer)
                : item.Writers > 0 && !isLoner ? LockCaps.Shared | LockCaps.Exclusive
                : LockCaps.None;
            if ((part & forbidden) != 0)
                Assert.Fail($"{item} and {cap.Client} has {part}");
        }
    }

    private void CheckBelief(CapClient client, LockObject inode, List<Cap> caps)
    {
        if (!client.Held.TryGetValue((inode.Ino, s_rank), out HeldCap? held)
            || Sessions.Find(client.Id) is not { State: SessionState.Open }
            || ToClient[client.Id].Any(message => message is SessionStale or SessionClosed))
            return;
        Cap cap = caps.Find(other => other.Client == client.Id && other.Id == held.CapId);
        if (cap.Id != 0 && (held.Caps & ~cap.Issued) != 0)
            Assert.Fail($"{client.Id} believes to have {held.Caps} of {inode}, the rank knows of {cap.Issued}");
    }
}
