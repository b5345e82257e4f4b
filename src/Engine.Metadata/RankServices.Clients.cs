using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Clients, capabilities and locks of a region.</content>
public sealed partial class RankServices
{
    /// <summary>Called when a client has answered a flush that was asked for with that token, or is gone.</summary>
    public Action<ClientId, ulong>? SessionFlushed
    {
        get => _clients.Flushed;
        set => _clients.Flushed = value;
    }

    /// <summary>Are requests served? Before that clients, and ranks that they came back to, say what they have.</summary>
    public bool IsServing => _clients.IsServing;

    /// <summary>May clients come back? Before that nobody can have anything here.</summary>
    public bool HasBegunReconnect => _clients.HasBegun;

    /// <summary>Have all clients come back to this rank after its beginning, or are they gone?</summary>
    public bool AreClientsBack => _clients.AreBack;

    /// <summary>Asked before anything is served: is something to come from other ranks that clients have here? For a time that is
    /// waited for.</summary>
    public Func<bool>? AwaitsOthers
    {
        get => _clients.AwaitsOthers;
        set => _clients.AwaitsOthers = value;
    }

    /// <summary>It has come.</summary>
    public void OthersCame() => _clients.OthersCame();

    /// <summary>Puts the locks of inodes into the states in which clients may have what came of them; nothing was issued of them
    /// before.</summary>
    public void RestoreLocks(List<CapInode> inodes) => _clients.RestoreLocks(inodes);

    /// <summary>The inodes of a region on which clients have capabilities, by number.</summary>
    public List<CapInode> CapsIn(Dir top)
    {
        List<CapInode> inodes = [];
        Caps.List(inodes);
        inodes.RemoveAll(inode => !IsIn(inode.Object.Node, top));
        return inodes;
    }

    /// <summary>Inodes of other ranks on which clients came back here with capabilities: those are to go there.</summary>
    public IReadOnlySet<Ino> DisplacedCaps => _clients.Displaced;

    /// <summary>Capabilities on an inode are to go to its authority.</summary>
    public void DisplaceCaps(CapInode inode) => _clients.Displace(inode);

    /// <summary>They have, or the authority is this rank.</summary>
    public void NoLongerDisplaced(Ino ino) => _clients.NoLongerDisplaced(ino);

    /// <summary>Clients have nothing of an inode here any more: its locks go on that wait for that.</summary>
    public void CapsReturned(LockObject inode) => ((ICapHost)_clients).CapsChanged(inode);

    /// <summary>Whose an inode is, as far as is known here.</summary>
    public Authority AuthorityOf(NodeId node) => _peers.AuthorityOf(node);

    /// <summary>Makes sure that clients have sessions, and holds them until <see cref="SessionTable.EndImport"/>.</summary>
    /// <param name="clients">Who, and where they are reached.</param>
    /// <param name="opened">Gets the sessions that are new: they are open once the newest event is durable
    /// (<see cref="SessionTable.OpenDurable"/>).</param>
    /// <returns>EAGAIN and the like: nothing was done.</returns>
    public IoError HoldSessions(IReadOnlyList<ImportedClient> clients, List<SessionStateSeq> opened) =>
        _server.HoldSessions(clients, opened);

    /// <summary>The locks of a region that are not at rest, in their order.</summary>
    public List<MetadataLock> LocksIn(Dir top) => _clients.Locks.List(item => IsIn(item.Object.Node, top));

    /// <summary>Requests that wait give back the locks that they hold: they take them anew.</summary>
    public void ReleaseHeldLocks() => _clients.Locks.ReleaseHeld();

    /// <summary>What an import that comes to nothing brought of locks goes, but for those of copies that were here before. Nobody
    /// holds any.</summary>
    public void ForgetLocksIn(Dir top, FormerCopies former) =>
        _clients.Locks.Reset(item => IsForgotten(item.Object.Node, top, former));

    /// <summary>Does a node lie in the region of such an import, without having been here as a copy before?</summary>
    public bool IsForgotten(NodeId node, Dir top, FormerCopies former)
    {
        ArgumentNullException.ThrowIfNull(former);
        return IsIn(node, top) && !former.Nodes.ContainsKey(node);
    }

    /// <summary>Requests of a client that were executed and not acknowledged.</summary>
    public static IReadOnlyList<CompletedRequest> CompletedOf(Session session)
    {
        ArgumentNullException.ThrowIfNull(session);
        return session.Completed.ToArray();
    }

    /// <summary>Finds an inode by the path that another rank knows it by, learning the way where copies are wanting.</summary>
    /// <returns>EAGAIN while the waiter waits for an answer; ENOENT and the like where the path does not lead there.</returns>
    public IoError Locate(Continuation waiter, Ino from, IReadOnlyList<byte[]> path, out NodeId node) =>
        _server.Locate(waiter, from, path, out node, out IoError error) == Progress.Waits ? IoError.Again : error;

    private bool IsIn(NodeId node, Dir top) =>
        Cache.TryDirOf(node) is { } dir && Cache.Subtrees.TryFindRoot(dir) == top;
}
