// Names of this rank's whose inodes lie with other ranks: the coordinator's side of a link or an unlink of two ranks.
//
// It goes as it does with names that come (NamespaceServer.Takeovers): the other rank promises that the inode has a name more or
// less, and the event that makes or removes the name here is the decision.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Links and unlinks of two ranks. Source: migrator specification, 4.5.</content>
internal sealed partial class NamespaceServer
{
    /// <summary>Where a walk ended: at a name of another rank's, or at one of this rank's whose inode is another's.</summary>
    private LinkSource SourceOf(in PathWalk walk, IoError error)
    {
        if (walk.IsAway)
            return new LinkSource(default, walk.Parent, walk.Name.ToArray());
        bool isRemote = error == s_crossRank && walk.ReachedLast && !walk.Entry.IsNone && walk.Node.IsNone
            && _cache.IsRemote(walk.Entry) && _cache.DirOf(walk.Entry).IsAuth;
        return isRemote ? new LinkSource(_cache.Link(walk.Entry).RemoteIno, NodeId.None, []) : default;
    }

    /// <summary>What is wrong with the new name of a link.</summary>
    private IoError ErrorOf(in PathWalk target, IoError error)
    {
        bool isTaken = error == IoError.NotDirectory && target.ReachedLast && !target.Node.IsNone;
        return isTaken || SourceOf(target, error).IsAway ? IoError.Exists : error;
    }

    /// <summary>One more name, of this rank's, for an inode that is another's.</summary>
    private Progress LinkElsewhere(
        RequestContext context, in LinkSource source, in PathWalk target, IoError targetError, out IoError error)
    {
        error = IoError.None;
        RankId owner = source.Inode.Maker;
        if (source.Name.Length > 0)
        {
            Progress found = FindOwner(context, source.Directory, source.Name, out owner, out error);
            if (found == Progress.Waits || error.Failed)
                return found;
        }

        IoError problem = targetError.Failed ? targetError
            : target.Parent.IsNone || !target.Node.IsNone ? IoError.Exists
            : target.HasTrailingSlash ? IoError.NoEntry : IoError.None;
        if (problem == s_crossRank)
        {
            error = problem;
            return Progress.Done;
        }

        Ino directory = source.Name.Length > 0 ? _cache.Inode(source.Directory).Ino : default;
        return MakeLink(context, owner, source.Inode, directory, source.Name, target, problem, out error);
    }

    private Progress MakeLink(
        RequestContext context, RankId owner, Ino inode, Ino directory, byte[] name, in PathWalk target, IoError problem,
        out IoError error)
    {
        UpdateId id = NextUpdate();
        LinkClaim claim = new(id, context.Asker, context.Request.Caller, inode, directory, name, IsAdded: true, problem);
        Progress progress = Obtain(context, owner, id, claim, target, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        InodeFields image = ReplicaImage.InodeOf(context.Takeover!.Answer!.Entry!);
        progress = LockNames(context, NodeId.None, target.Parent, NodeId.None, NodeId.None, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = CheckModify(target.Parent, context.Request.Caller);
        if (error.Failed)
            return Progress.Done;
        progress = OpenToChange(context, target.Parent, target.Name, out Dir? to, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = CheckRoomIn(to!);
        if (error.Failed)
            return Progress.Done;
        progress = Begin(context, EntryBytes, out error, to);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        context.ReleaseLocks();
        AddRemote(image.Ino, image.Mode, to!, target.Name);
        long seq = Decide(context.Takeover, context, image.Ino);
        image.LinkCount++;
        image.Ctime = _nowNanos;
        image.ChangeAttr++;
        ReplyToChange(context, new ClientReply(context.Request.Tid, IoError.None) { Stat = StatOf(image) }, seq);
        return Progress.Done;
    }

    /// <summary>A name of this rank's goes, whose inode is another's.</summary>
    private Progress UnlinkElsewhere(RequestContext context, Ino inode, in PathWalk walk, out IoError error)
    {
        error = walk.HasTrailingSlash ? IoError.NotDirectory : CheckModify(walk.Parent, context.Request.Caller);
        if (error.Failed)
            return Progress.Done;
        UpdateId id = NextUpdate();
        LinkClaim claim = new(
            id, context.Asker, context.Request.Caller, inode, default, [], IsAdded: false, IoError.None);
        Progress progress = Obtain(context, inode.Maker, id, claim, walk, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        InodeFields image = ReplicaImage.InodeOf(context.Takeover!.Answer!.Entry!);
        progress = LockNames(context, NodeId.None, walk.Parent, NodeId.None, NodeId.None, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = CheckModify(walk.Parent, context.Request.Caller);
        if (error.IsNone)
            error = Access.CheckSticky(_cache.Inode(walk.Parent), image, context.Request.Caller);
        if (error.Failed)
            return Progress.Done;
        progress = OpenToChange(context, walk.Parent, walk.Name, out Dir? dir, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = Begin(context, EntryBytes, out error, dir);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        context.ReleaseLocks();
        byte[] name = walk.Name.ToArray();
        CountRemote(dir!, -1);
        Require(_cache.TryMakeNull(walk.Entry));
        LeaveNull(dir!, name);
        long seq = Decide(context.Takeover, context, default);
        ReplyToChange(context, new ClientReply(context.Request.Tid, IoError.None), seq);
        return Progress.Done;
    }

    /// <summary>Goes on with a link or an unlink, where this rank's name was found before.</summary>
    private Progress Resume(RequestContext context, LinkClaim claim, in PathWalk target, out IoError error)
    {
        error = IoError.None;
        if (claim.IsAdded)
        {
            IoError problem = target.Entry.IsNone ? IoError.None : IoError.Exists;
            return MakeLink(
                context, context.Takeover!.Participant, claim.Inode, claim.Directory, claim.Name, target, problem, out error);
        }

        bool isThere = !target.Entry.IsNone && _cache.IsRemote(target.Entry)
            && _cache.Link(target.Entry).RemoteIno == claim.Inode;
        if (isThere)
            return UnlinkElsewhere(context, claim.Inode, target, out error);
        // The name is gone, or another's: the request is looked at anew.
        Abandon(context.Takeover!);
        return AskLater(context);
    }
}
