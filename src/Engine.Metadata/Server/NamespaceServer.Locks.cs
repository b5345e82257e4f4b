// The locks that requests take where clients have capabilities.
//
// A request is carried out within one step, and what it tells waits until it is durable: where nobody shares in its inodes by
// locks or capabilities, locks that it would take would be given back before anybody could see them, and none is taken. Where
// somebody does, the request takes all of its locks, auth pins first, in the order that all ranks keep; while it waits it holds
// those that come before, and it gives them back at the end of the step in which it is done.
//   to read        Auth, Link, File of the inode for reading
//   attributes     what is changed (Auth, File, Xattr, Policy) alone, Auth for reading
//   names          File and Nest of the directory to write, Auth for reading; Link of the inode alone, and of a directory that
//                  moves or goes Snap, which keeps the paths through it; of one that goes File for reading
// An inode whose last name goes while it has locks lies in a stray directory until they are at rest: what holds them finds it.
// Locks of entries come in with copies on other ranks; a rank alone has nobody to tell of them.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Locks. Source: migrator specification, 1.9.</content>
internal sealed partial class NamespaceServer
{
    private readonly List<(LockObject On, LockKind Kind, LockMode Mode)> _wanted = [];
    private ulong _operation;

    /// <summary>A number that no other operation has.</summary>
    public ulong NextOperation() => ++_operation;

    /// <summary>What a reader of attributes wants.</summary>
    private Progress LockToRead(RequestContext context, NodeId node, out IoError error)
    {
        error = IoError.None;
        if (AwaitOwners(context, node) == Progress.Waits || AwaitDecisionsIn(context, node) == Progress.Waits)
            return Progress.Waits;
        if (!_cache.IsShared(node))
            return Progress.Done;
        _wanted.Clear();
        Want(node, LockKind.Auth, LockMode.Read);
        Want(node, LockKind.Link, LockMode.Read);
        Want(node, LockKind.File, LockMode.Read);
        return TakeLocks(context, out error);
    }

    /// <summary>What a reader, or a change, of one lock's part wants.</summary>
    private Progress LockPart(RequestContext context, NodeId node, LockKind kind, LockMode mode, out IoError error)
    {
        error = IoError.None;
        if (!_cache.IsShared(node))
            return Progress.Done;
        _wanted.Clear();
        Want(node, LockKind.Auth, LockMode.Read);
        Want(node, kind, mode);
        return TakeLocks(context, out error);
    }

    /// <summary>What a change of attributes wants, and who is told all of them in answer.</summary>
    private Progress LockAttributes(RequestContext context, NodeId node, in AttributeChanges changes, out IoError error)
    {
        error = IoError.None;
        if (AwaitOwners(context, node) == Progress.Waits || AwaitDecisionsIn(context, node) == Progress.Waits)
            return Progress.Waits;
        if (!_cache.IsShared(node))
            return Progress.Done;
        bool isOwner = changes.Mode is not null || changes.Uid is not null || changes.Gid is not null;
        bool isFile = changes.Size is not null || changes.AccessedNow || changes.ModifiedNow
            || (changes.AccessedAt ?? changes.ModifiedAt) is not null;
        _wanted.Clear();
        // A length that is cut takes set-id bits along.
        Want(node, LockKind.Auth, isOwner || changes.Size is not null ? LockMode.Exclusive : LockMode.Read);
        Want(node, LockKind.File, isFile ? LockMode.Exclusive : LockMode.Read);
        if (!isOwner && !isFile)
            Want(node, LockKind.Link, LockMode.Read);
        return TakeLocks(context, out error);
    }

    /// <summary>What a change of names wants.</summary>
    /// <param name="context">Who changes.</param>
    /// <param name="from">A directory; none where there is only the other.</param>
    /// <param name="to">The other directory.</param>
    /// <param name="changed">The inode that gets or loses a name; none where it is made.</param>
    /// <param name="removed">The inode that loses what may be its last name; none if there is none.</param>
    /// <param name="error">Why it cannot be had.</param>
    /// <param name="staysNamed">That inode gets another name for the one that it loses.</param>
    private Progress LockNames(
        RequestContext context, NodeId from, NodeId to, NodeId changed, NodeId removed, out IoError error,
        bool staysNamed = false)
    {
        error = IoError.None;
        if (!removed.IsNone && !staysNamed && AwaitOwners(context, removed) == Progress.Waits)
            return Progress.Waits;
        if (AwaitOwnersBelow(context, changed) == Progress.Waits
            || (staysNamed && AwaitOwnersBelow(context, removed) == Progress.Waits))
            return Progress.Waits;
        if (!IsAnyShared(from, to, changed, removed))
            return Progress.Done;
        _wanted.Clear();
        WantNames(from);
        WantNames(to);
        WantLink(changed);
        WantLink(removed);
        // Is it empty? What other ranks count of it has to be known for that.
        if (!removed.IsNone && !staysNamed && _cache.IsDirectory(removed))
            Want(removed, LockKind.File, LockMode.Read);
        return TakeLocks(context, out error);
    }

    /// <summary>May the directory be searched: is its mode the rank's to tell? Nothing is held for it; a request that has to wait
    /// gives back what it holds, since this comes in no order.</summary>
    private Progress AwaitSearchable(RequestContext context, NodeId directory, out IoError error)
    {
        error = IoError.None;
        LockObject on = ObjectOf(directory);
        if (_clients.Locks.TryFind(on, LockKind.Auth) is not { } item || CanSearch(context, item))
            return Progress.Done;
        context.ReleaseLocks();
        LockMachine machine = _clients.Locks.Machine;
        item = _clients.Locks.Find(on, LockKind.Auth);
        LockStart start = machine.StartRead(item, context.Asker);
        if (start == LockStart.Granted)
        {
            machine.FinishRead(item);
            return Progress.Done;
        }

        return Await(
            context, new LockBlock(on, LockKind.Auth, start == LockStart.Wait ? LockWaits.Read : LockWaits.None), out error);
    }

    private bool CanSearch(RequestContext context, MetadataLock item) => _clients.Locks.Machine.CanRead(item, context.Asker);

    private bool IsAnyShared(NodeId one, NodeId other, NodeId third, NodeId fourth) =>
        IsSharedOrNone(one) || IsSharedOrNone(other) || IsSharedOrNone(third) || IsSharedOrNone(fourth);

    private bool IsSharedOrNone(NodeId node) => !node.IsNone && _cache.IsShared(node);

    private LockObject ObjectOf(NodeId node) => LockObject.OfInode(_cache.Inode(node).Ino, node);

    private void Want(NodeId node, LockKind kind, LockMode mode) => _wanted.Add((ObjectOf(node), kind, mode));

    private void WantNames(NodeId directory)
    {
        if (directory.IsNone)
            return;
        Want(directory, LockKind.Auth, LockMode.Read);
        Want(directory, LockKind.File, LockMode.Write);
        Want(directory, LockKind.Nest, LockMode.Write);
    }

    private void WantLink(NodeId node)
    {
        if (node.IsNone)
            return;
        Want(node, LockKind.Auth, LockMode.Read);
        Want(node, LockKind.Link, LockMode.Exclusive);
        if (_cache.IsDirectory(node))
            Want(node, LockKind.Snap, LockMode.Exclusive);
    }

    private Progress TakeLocks(RequestContext context, out IoError error)
    {
        context.Locks ??= new RequestLocks(_clients.Locks);
        LockOutcome outcome = context.Locks.Take(NextOperation(), context.Asker, _wanted);
        if (outcome == LockOutcome.NotAuthority)
            return SendOn(context, context.Locks.BlockedOn.On.Node, out error);
        error = IoError.None;
        return outcome == LockOutcome.Waiting ? Await(context, context.Locks.BlockedOn, out error) : Progress.Done;
    }

    /// <summary>Waits for a lock; or is refused it, where it waits for what a client gives back and the journal has no room for.
    /// </summary>
    private Progress Await(RequestContext context, in LockBlock block, out IoError error)
    {
        error = block.IsFrozen ? IoError.None : _clients.RefusalFor(block.On.Ino);
        if (error.Failed)
            return Progress.Done;
        _cache.Wait(block.On.Node, block.IsFrozen ? WaitMask.Unfreeze : LockTable.MaskOf(block.Kind, block.Waits), context);
        return Progress.Waits;
    }
}
