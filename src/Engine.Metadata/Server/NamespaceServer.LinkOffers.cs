// Inodes that have a name more or less by another rank's change of its own names: the participant's side of a link or an unlink
// of two ranks.
//
// It goes as it does with names (NamespaceServer.Offers): what is promised, and in doubt until it is decided, is the inode's
// entry in its stray directory. A file that has one name lies there from the promise on, whatever is decided.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Numbers of names that are promised to other ranks. Source: migrator specification, 4.5.</content>
internal sealed partial class NamespaceServer
{
    private void Take(LinkClaim claim)
    {
        if (_offers.ContainsKey(claim.Id) || Refuses(claim.Id, !IsSound(claim)))
            return;
        NameClaim name = new(claim.Id, claim.Client, claim.Caller, claim.Directory, claim.Name, false, false);
        NameOffer offer = new(this, name)
        {
            BeganMicros = _environment.NowMicros,
            Link = claim,
            Kind = claim.IsAdded ? UpdateKind.LinkAdded : UpdateKind.LinkRemoved,
        };
        _offers.Add(claim.Id, offer);
        RequestCount++;
        Serve(offer, IoError.None);
    }

    /// <summary>One name more of what a name or a number tells, or one name less of what a number tells.</summary>
    private static bool IsSound(LinkClaim claim) => claim.Name.Length == 0
        ? !claim.Inode.IsSystem && claim.Directory.IsNone
        : claim.Inode.IsNone && claim.IsAdded && (!claim.Directory.IsSystem || claim.Directory == Ino.Root);

    /// <summary>Promises that the number changes, or says why not.</summary>
    private Progress TryPromiseLink(NameOffer offer, out IoError error)
    {
        LinkClaim claim = offer.Link!;
        Progress progress = FindLinked(offer, claim, out NodeId entry, out NodeId node, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = CheckLinked(claim, node);
        if (error.Failed)
            return Progress.Done;
        bool isStray = _cache.TryDirOf(node) is { } home && _cache.Inode(home.Inode).Ino.IsStray;
        Dir? from = null;
        progress = OpenStray(offer, node, out Dir? stray, out error);
        if (progress == Progress.Done && error.IsNone && !isStray)
            progress = OpenToChange(offer, _cache.DirOf(node).Inode, _cache.NameOf(node), out from, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = !isStray && entry != node ? s_crossRank : IoError.None;
        if (error.IsNone && !isStray)
            error = CheckRoomToMove(offer, node);
        if (error.Failed)
            return Progress.Done;
        // Who has it open would be told of the old number for a while.
        progress = AwaitGivenBack(offer, node, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = Begin(offer, 2 * (ExtBytes(node) + EntryBytes), out error, stray, from);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        if (isStray)
            EmitChanged(node);
        else
            MoveToStray(node, stray!, leavesLink: true);
        EndPromise(offer, stray!.Inode, node);
        return Progress.Done;
    }

    private Progress FindLinked(NameOffer offer, LinkClaim claim, out NodeId entry, out NodeId node, out IoError error)
    {
        entry = NodeId.None;
        if (claim.Name.Length == 0)
        {
            Progress found = FindByNumber(offer, claim.Inode, out node, out error);
            entry = node;
            if (found == Progress.Done && error.IsNone && node.IsNone)
                error = IoError.Damaged;
            return found == Progress.Waits || error.Failed ? found : AwaitDecision(offer, node);
        }

        NodeId parent = _cache.FindInode(claim.Directory);
        node = NodeId.None;
        error = parent.IsNone || !_cache.IsDirectory(parent) || IsElsewhere(parent, claim.Name) ? IoError.Again : IoError.None;
        if (error.Failed)
            return Progress.Done;
        Progress progress = Find(offer, parent, claim.Name, out entry, out node, out error);
        if (progress == Progress.Done && error.IsNone && node.IsNone)
            error = IoError.NoEntry;
        return progress;
    }

    private IoError CheckLinked(LinkClaim claim, NodeId node)
    {
        ref readonly InodeFields inode = ref _cache.Inode(node);
        if (claim.TargetError.Failed)
            return claim.TargetError;
        IoError error = claim.IsAdded ? Access.CheckLinkable(inode, claim.Caller) : IoError.None;
        if (error.IsNone && _cache.IsDirectory(node))
            error = IoError.NotPermitted;
        if (error.IsNone && claim.IsAdded && inode.LinkCount == 0)
            error = IoError.NoEntry;
        if (error.IsNone && claim.IsAdded && inode.LinkCount >= LinksPerInodeMax)
            error = IoError.TooManyLinks;
        return error.IsNone && (inode.Ino.Maker != _options.Id || !_cache.IsAuth(node)) ? s_crossRank : error;
    }

    /// <summary>The coordinator's name is there, or gone: the inode says so.</summary>
    private void ChangeLinks(NameOffer offer)
    {
        NodeId node = offer.Entry;
        NodeId stray = _cache.DirOf(node).Inode;
        offer.TightReads = 0;
        Progress progress = OpenFor(offer, stray, NameHash.Of(_cache.NameOf(node)), out Dir? dir, out IoError error);
        if (progress == Progress.Done && error.IsNone && !dir!.IsComplete)
            progress = Fetch(offer, dir, out error);
        if (progress == Progress.Done && error.IsNone)
            progress = LockNames(offer, NodeId.None, NodeId.None, node, NodeId.None, out error);
        // Not what clients' changes wait for: some of those wait for the end of this one.
        if (progress == Progress.Done && error.IsNone)
            error = BeginChange(EventKind.Update, ExtBytes(node) + EntryBytes, dir);
        // What cannot be done now is tried again.
        offer.WaitsForTick = error.Failed;
        if (progress == Progress.Waits || error.Failed)
            return;
        if (offer.Kind == UpdateKind.LinkAdded)
            NoteLink(node);
        else
            DropLink(node);
        EndGoing(offer);
    }
}
