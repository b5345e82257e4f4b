// The locks of a rank's inodes that are not at rest, and what the lock machine asks of the cache.
//
// Ownership: a lock is in the table while it is not idle in SYNC or somebody waits for it; meanwhile its node is pinned and
// counts as shared, so that who uses a node that is not shared need not look here.
// Invariants: nothing here runs an operation: whoever is woken stands in the ready queue; what other ranks are told goes through
// the peer server.

using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>The locks of one rank that are not at rest.</summary>
internal sealed class LockTable : ILockHost
{
    private const int WaitBitsPerKind = 4;
    private const int FirstWaitBit = 16;

    private readonly MetadataCache _cache;
    private readonly Dictionary<(LockObject On, LockKind Kind), MetadataLock> _locks = [];
    private readonly HashSet<Ino> _thawing = [];
    private readonly List<RequestLocks> _held = [];

    public LockTable(MetadataCache cache, ulong epochFirst)
    {
        _cache = cache;
        Machine = new LockMachine(this, epochFirst);
    }

    /// <summary>What changes the locks.</summary>
    public LockMachine Machine { get; }

    /// <summary>The capabilities that the locks allow.</summary>
    public required CapTable Caps { get; set; }

    /// <summary>The other ranks; set before anything is served.</summary>
    public PeerServer Peers { get; set; } = null!;

    /// <summary>Locks that are not at rest.</summary>
    public int Count => _locks.Count;

    /// <summary>What a request that waits for a lock waits for at its node.</summary>
    public static WaitMask MaskOf(LockKind kind, LockWaits waits) =>
        (WaitMask)((ulong)waits << (FirstWaitBit + (WaitBitsPerKind * (int)kind)));

    /// <summary>The lock, if it is not at rest.</summary>
    public MetadataLock? TryFind(LockObject on, LockKind kind) => _locks.GetValueOrDefault((on, kind));

    /// <summary>The state of a lock.</summary>
    public LockState StateOf(LockObject on, LockKind kind) => TryFind(on, kind)?.State ?? LockState.Sync;

    /// <summary>After a restart: the lock is in a state that allows what clients have.</summary>
    public void Restore(LockObject on, LockKind kind, LockState state)
    {
        if (TryFind(on, kind) is { } known)
        {
            // Other ranks asked for it before all clients had come back, and it went where those allowed that had.
            bool isFree = known is { IsStable: true, Readers: 0, Writers: 0, Owner: 0 } && Replicas(on) == 0;
            if (isFree && HasCapsBeyond(known))
                known.State = state;
            return;
        }

        if (state != LockState.Sync)
            Add(new MetadataLock(on, kind, state));
    }

    /// <inheritdoc/>
    public MetadataLock Find(LockObject on, LockKind kind) =>
        TryFind(on, kind) ?? Add(new MetadataLock(on, kind, LockState.Sync));

    /// <inheritdoc/>
    public void Retire(MetadataLock item)
    {
        bool isNeeded = item.State != LockState.Sync || HasWaiters(item, LockWaits.All);
        if (!isNeeded && _locks.Remove((item.Object, item.Kind)))
            _cache.EndShare(item.Object.Node, PinKind.Lock);
    }

    /// <inheritdoc/>
    public bool IsAuthority(LockObject on) => _cache.IsAuth(on.Node);

    /// <inheritdoc/>
    public ulong Replicas(LockObject on) => _cache.ReplicasOf(on.Node);

    /// <inheritdoc/>
    public bool TryGetLoner(LockObject on, out ClientId loner)
    {
        ClientId? found = on.IsInode ? Caps.Find(on.Ino)?.Loner : null;
        loner = found ?? default;
        return found is not null;
    }

    /// <inheritdoc/>
    public LockWants Wants(MetadataLock item)
    {
        bool isDelegation = IsDelegation(item.Object.Node);
        return CapsOf(item) is { } inode
            ? Caps.Wants(inode, item.Kind, isDelegation)
            : new LockWants(false, LockCaps.None, LockCaps.None, isDelegation);
    }

    /// <inheritdoc/>
    public bool HasCapsBeyond(MetadataLock item) =>
        CapsOf(item) is { } inode && Caps.HasBeyond(inode, item.Kind, item.State);

    /// <inheritdoc/>
    public void IssueCaps(MetadataLock item)
    {
        if (CapsOf(item) is { } inode)
            Caps.Issue(inode);
    }

    /// <inheritdoc/>
    public bool HasWaiters(MetadataLock item, LockWaits waits) =>
        (_cache.WaitedFor(item.Object.Node) & MaskOf(item.Kind, waits)) != 0;

    /// <inheritdoc/>
    public bool Wake(MetadataLock item, LockWaits waits)
    {
        bool hasWaiters = HasWaiters(item, waits);
        if (hasWaiters)
            _cache.Wake(item.Object.Node, MaskOf(item.Kind, waits));
        return hasWaiters;
    }

    /// <inheritdoc/>
    public void EvaluateLater(MetadataLock item) =>
        _cache.Ready.Add(new Evaluation(this, item.Object, item.Kind), IoError.None);

    /// <inheritdoc/>
    public bool TryAuthPin(LockObject on)
    {
        if (!_cache.CanAuthPin(on.Node))
            return false;
        _cache.AuthPin(on.Node);
        return true;
    }

    /// <inheritdoc/>
    public bool TryPin(LockObject on)
    {
        if (TryAuthPin(on))
            return true;
        if (_cache.AuthPinsOf(on.Node) > 0)
        {
            // What freezes the object waits for that pin anyway.
            _cache.AddAuthPin(on.Node);
            return true;
        }

        if (_cache.IsAuth(on.Node) && _thawing.Add(on.Ino))
            _cache.Wait(on.Node, WaitMask.Unfreeze, new Thaw(this, on));
        return false;
    }

    /// <inheritdoc/>
    public void Unpin(LockObject on) => _cache.AuthUnpin(on.Node);

    /// <inheritdoc/>
    public void Send(RankId to, MetadataLock item, LockAction action, ulong epoch) =>
        Peers.SendLock(to, item, action, epoch);

    /// <inheritdoc/>
    public void SendToAuthority(MetadataLock item, LockAction action) => Peers.SendToAuthority(item, action);

    /// <inheritdoc/>
    public bool TryTakeShare(MetadataLock item, RankId from, ReadOnlySpan<byte> share) =>
        Peers.TryTakeShare(item, from, share);

    /// <inheritdoc/>
    public bool TryTakeState(MetadataLock item, ReadOnlySpan<byte> state) => Peers.TryTakeState(item, state);

    /// <inheritdoc/>
    public void WriteBehind(MetadataLock item) => Peers.WriteBehind(item);

    /// <inheritdoc/>
    public void ShareFlushed(MetadataLock item) => Peers.ShareFlushed(item);

    /// <summary>Requests that wait give back what they hold meanwhile: they take it anew.</summary>
    public void ReleaseHeld()
    {
        while (_held.Count > 0)
            _held[^1].Release();
    }

    /// <summary>Between releasing all that is held and anything else: locks begin anew, in SYNC, whose waiters are tried
    /// again.</summary>
    public void Reset(Predicate<MetadataLock> which)
    {
        foreach (MetadataLock item in Sorted(which))
        {
            Invariant.That(item.Readers == 0 && item.Writers == 0 && item.Owner == 0, "what is held was given back");
            _cache.Wake(item.Object.Node, MaskOf(item.Kind, LockWaits.All));
            _locks.Remove((item.Object, item.Kind));
            _cache.EndShare(item.Object.Node, PinKind.Lock);
        }
    }

    /// <summary>Takes locks away that nobody uses: there is nothing to them but their state.</summary>
    /// <returns>What was taken, to be restored where it is not to go after all.</returns>
    public List<MetadataLock> TakeUnused(Predicate<MetadataLock> which)
    {
        List<MetadataLock> items = Sorted(item => item.IsIdle && !HasWaiters(item, LockWaits.All) && which(item));
        foreach (MetadataLock item in items)
        {
            _locks.Remove((item.Object, item.Kind));
            _cache.EndShare(item.Object.Node, PinKind.Lock);
        }

        return items;
    }

    /// <summary>Locks that are not at rest, in their order.</summary>
    public List<MetadataLock> List(Predicate<MetadataLock> which) => Sorted(which);

    /// <summary>What was asked about copies' locks is asked again.</summary>
    public void AskAnew(Predicate<MetadataLock> which)
    {
        foreach (MetadataLock item in Sorted(which))
            Machine.AuthorityMoved(item);
    }

    /// <summary>A request begins to hold locks, or ceases to.</summary>
    internal void NoteHeld(RequestLocks locks, bool holds)
    {
        if (holds)
            _held.Add(locks);
        else
            _held.Remove(locks);
    }

    private List<MetadataLock> Sorted(Predicate<MetadataLock> which)
    {
        List<MetadataLock> items = [.. _locks.Values.Where(item => which(item))];
        items.Sort(static (one, other) =>
            one.Object.CompareTo(other.Object) is not 0 and int order ? order : one.Kind.CompareTo(other.Kind));
        return items;
    }

    private CapInode? CapsOf(MetadataLock item) => item.Object.IsInode ? Caps.Find(item.Object.Ino) : null;

    /// <summary>Is a part of the directory another rank's?</summary>
    public bool IsDelegation(NodeId node)
    {
        for (Dir? dir = _cache.FirstDirOf(node); dir is not null; dir = MetadataCache.NextDirOf(dir))
        {
            if (dir.DirAuth.IsAmbiguous || dir.Has(DirState.Exporting) || (dir.IsSubtreeRoot && !dir.IsAuth))
                return true;
        }

        return false;
    }

    private MetadataLock Add(MetadataLock item)
    {
        _locks.Add((item.Object, item.Kind), item);
        _cache.BeginShare(item.Object.Node, PinKind.Lock);
        return item;
    }

    private void Evaluate(LockObject on, LockKind kind)
    {
        // A lock that went to rest meanwhile is where nobody wants it elsewhere, unless clients do.
        if (TryFind(on, kind) is { } item)
            Machine.Evaluate(item);
        else if (on.IsInode && Caps.Find(on.Ino) is { } inode)
            Machine.Evaluate(Find(inode.Object, kind));
    }

    private void Thawed(LockObject on)
    {
        _thawing.Remove(on.Ino);
        for (LockKind kind = LockKind.Dn; kind <= LockKind.Dft; kind++)
            Evaluate(on, kind);
    }

    private sealed class Evaluation(LockTable table, LockObject on, LockKind kind) : Continuation
    {
        public override void Run(IoError error) => table.Evaluate(on, kind);
    }

    private sealed class Thaw(LockTable table, LockObject on) : Continuation
    {
        public override void Run(IoError error) => table.Thawed(on);
    }
}
