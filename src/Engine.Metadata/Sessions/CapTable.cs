// The capabilities of one rank: which client may do what with which inode. `CapTable.Issue.cs` holds what locks allow and who is
// the loner, `.Messages.cs` what clients say, `.Sessions.cs` what becomes of clients that go, `.Migration.cs` capabilities that
// move.
//
// Ownership: capabilities live in unmanaged slots, chained by inode in order of client, and by client. A CapInode exists while
// its inode has capabilities; locks belong to LockMachine, sessions to SessionTable.
// Invariants: one capability per inode and client; Pending is part of Issued; Issued is Pending and what unanswered revocations
// had before; bits of different clients agree with one another under the lock states; a stale client has the pin alone.

using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>The capabilities of one rank. Source: migrator specification, 1.12.</summary>
public sealed partial class CapTable : IDisposable
{
    private readonly ICapHost _host;
    private readonly Dictionary<Ino, CapInode> _inodes = [];
    private readonly SlotPool<Cap> _caps = new();
    private readonly SlotPool<CapRevoke> _revokes = new();
    private ulong _idLast;

    /// <summary>Makes an empty table.</summary>
    /// <param name="host">The rank.</param>
    /// <param name="idFirst">Ids are counted from here; clients that reconnect keep those of the rank's earlier lives.</param>
    public CapTable(ICapHost host, ulong idFirst)
    {
        _host = host;
        _idLast = idFirst;
    }

    /// <summary>Capabilities in the table.</summary>
    public int Count => _caps.Count;

    /// <summary>The capabilities on an inode; null when it has none.</summary>
    public CapInode? Find(Ino ino) => _inodes.GetValueOrDefault(ino);

    /// <summary>The capability of a client on an inode.</summary>
    public bool TryGet(Ino ino, ClientId client, out Cap cap)
    {
        int at = Find(ino) is { } inode ? IndexOf(inode, client) : 0;
        cap = at == 0 ? default : _caps[at];
        return at != 0;
    }

    /// <summary>Is the capability, if there is one, on its way to another rank, or here?</summary>
    public bool IsMoving(Ino ino, ClientId client) =>
        Find(ino) is { } inode && (inode.IsExporting || HasFlag(inode, client, CapFlags.Importing));

    /// <summary>All capabilities on an inode, in order of client.</summary>
    public void List(CapInode inode, List<Cap> caps)
    {
        for (int at = inode.First; at != 0; at = _caps[at].NextOnInode)
            caps.Add(_caps[at]);
    }

    /// <summary>All inodes with capabilities, by number.</summary>
    public void List(List<CapInode> inodes)
    {
        inodes.AddRange(_inodes.Values);
        inodes.Sort(static (one, other) => one.Object.Ino.CompareTo(other.Object.Ino));
    }

    /// <summary>A client opens the inode: it wants bits, besides those that it wants already. What it can have it has at once;
    /// what others have to give back first it is told of later. For a capability that is new <see cref="TryTakeNew"/> tells what
    /// the answer to the client says; messages about others are sent.</summary>
    public void Open(LockObject on, Session session, CapBits wanted)
    {
        CapInode inode = InodeFor(on);
        int at = IndexOf(inode, session.Client);
        if (at == 0)
            at = Add(inode, session, ++_idLast, CapFlags.New);
        uint issueSeq = _caps[at].IssueSeq;
        _caps[at].Wanted |= wanted & CapBits.All;
        Changed(inode);
        // An update that is on its way and does not know of this is told from later ones by the number of the grant.
        if (_caps[at].IssueSeq == issueSeq)
            Tell(at, _caps[at].Pending);
    }

    /// <summary>What to tell a client of its new capability, in the answer to its request, which is sent in this step. False when
    /// the client knows of it.</summary>
    public bool TryTakeNew(Ino ino, ClientId client, out CapGrant grant)
    {
        grant = null!;
        int at = Find(ino) is { } inode ? IndexOf(inode, client) : 0;
        if (at == 0 || !_caps[at].Flags.HasFlag(CapFlags.New))
            return false;
        ref Cap cap = ref _caps[at];
        cap.Flags &= ~CapFlags.New;
        _host.FindSession(client)!.CapPushSeq++;
        grant = GrantOf(cap, isRevoke: false);
        return true;
    }

    /// <summary>Takes back a capability that its client was not told of, and will not be.</summary>
    public void TakeBackNew(Ino ino, Session session)
    {
        int at = Find(ino) is { } inode ? IndexOf(inode, session.Client) : 0;
        if (at != 0 && _caps[at].Flags.HasFlag(CapFlags.New))
            _ = TryDrop(session, ino);
    }

    /// <summary>Clients of replicas want other bits than they did.</summary>
    public void SetWantedElsewhere(LockObject on, CapBits wanted)
    {
        CapInode inode = InodeFor(on);
        inode.WantedElsewhere = wanted;
        Changed(inode);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _caps.Dispose();
        _revokes.Dispose();
    }

    private static CapGrant GrantOf(in Cap cap, bool isRevoke) =>
        new(cap.Ino, cap.Id, cap.Seq, cap.IssueSeq, cap.MigrationSeq, cap.Pending, cap.Wanted, isRevoke);

    private CapInode InodeFor(LockObject on)
    {
        Invariant.That(on.IsInode);
        if (_inodes.TryGetValue(on.Ino, out CapInode? inode))
            return inode;
        _inodes[on.Ino] = inode = new CapInode(on);
        _host.CapsBegan(on);
        return inode;
    }

    private void ForgetIfUnused(CapInode inode)
    {
        if (inode.Count > 0 || inode.WantedElsewhere != CapBits.None)
            return;
        _inodes.Remove(inode.Object.Ino);
        inode.IsExporting = false;
        _host.CapsEnded(inode.Object);
    }

    private int IndexOf(CapInode inode, ClientId client)
    {
        int at = inode.First;
        while (at != 0 && _caps[at].Client != client)
            at = _caps[at].NextOnInode;
        return at;
    }

    private bool HasFlag(CapInode inode, ClientId client, CapFlags flag) =>
        IndexOf(inode, client) is not 0 and int at && (_caps[at].Flags & flag) != 0;

    private int Add(CapInode inode, Session session, ulong id, CapFlags flags)
    {
        int at = _caps.Add();
        ref Cap cap = ref _caps[at];
        cap.Id = id;
        cap.Client = session.Client;
        cap.Ino = inode.Object.Ino;
        cap.Follows = SnapId.NoSnap;
        cap.Flags = flags;
        if (!flags.HasFlag(CapFlags.Importing))
            cap.Issued = cap.Pending = CapBits.Pin;
        if (session.State == SessionState.Stale)
            cap.Flags |= CapFlags.Stale;

        int before = 0;
        int other = inode.First;
        for (; other != 0 && _caps[other].Client.CompareTo(session.Client) < 0; other = _caps[other].NextOnInode)
            before = other;
        cap.NextOnInode = before == 0 ? inode.First : _caps[before].NextOnInode;
        if (before == 0)
            inode.First = at;
        else
            _caps[before].NextOnInode = at;
        inode.Count++;

        cap.NextOfClient = session.FirstCap;
        if (session.FirstCap != 0)
            _caps[session.FirstCap].PreviousOfClient = at;
        session.FirstCap = at;
        return at;
    }

    private void Remove(CapInode inode, int at, Session session)
    {
        Cap cap = _caps[at];
        ForgetRevokes(ref _caps[at]);
        if (inode.First == at)
        {
            inode.First = cap.NextOnInode;
        }
        else
        {
            int before = inode.First;
            while (_caps[before].NextOnInode != at)
                before = _caps[before].NextOnInode;
            _caps[before].NextOnInode = cap.NextOnInode;
        }

        inode.Count--;
        if (cap.PreviousOfClient == 0)
            session.FirstCap = cap.NextOfClient;
        else
            _caps[cap.PreviousOfClient].NextOfClient = cap.NextOfClient;
        if (cap.NextOfClient != 0)
            _caps[cap.NextOfClient].PreviousOfClient = cap.PreviousOfClient;
        _untold.Remove(cap.Id);
        // What is noted of the slot elsewhere is told from what comes next by the id.
        _caps[at].Id = 0;
        _caps.Remove(at);
    }
}
