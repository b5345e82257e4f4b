// Questions about a lock whose answer tells what this rank's dirfrags count, while one of those was not read since it began: its
// sums are not known, and an answer without them would say that there is nothing new. The same while a name in one is promised to
// another rank: who has decided has said so to a client, and the count still has the name.
//
// Invariants: one such question a lock waits; a later order of the same rank about the same lock takes its place, since who asks
// again has given the first one up; with a life or a channel all of its are forgotten.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Sums that have to be read before they are told.</content>
internal sealed partial class PeerServer
{
    private readonly Dictionary<(Ino Ino, LockKind Kind), Unread> _unread = [];

    /// <summary>Those whose dirfrag could not be read for a reason that passes.</summary>
    private readonly List<Unread> _unreadLater = [];

    /// <summary>A message about a lock; what it asks for may have to be read first.</summary>
    private void Take(Peer from, LockMessage message)
    {
        RankId rank = new((int)from.Id);
        if (!IsOrder(message) || !new Unread(this, rank, message).TryWait())
            Take(rank, message);
    }

    private static bool IsOrder(LockMessage message) => message.Action is LockAction.Lock or LockAction.Sync or LockAction.Mix;

    /// <summary>A life of a rank, or a channel to it, has ended: nobody waits for an answer.</summary>
    private void ForgetUnread(RankId rank)
    {
        foreach (((Ino, LockKind) key, Unread question) in _unread)
        {
            if (question.From == rank)
                _unread.Remove(key);
        }
    }

    private void RetryUnread()
    {
        if (_unreadLater.Count == 0)
            return;
        Unread[] later = [.. _unreadLater];
        _unreadLater.Clear();
        foreach (Unread each in later)
            each.Run(IoError.None);
    }

    /// <summary>The directory of which the answer tells what is this rank's; none where it tells nothing of the kind.</summary>
    private NodeId ToldBy(LockMessage message)
    {
        bool tellsShare = message is { Action: LockAction.Lock or LockAction.Sync, Kind: LockKind.File or LockKind.Nest };
        NodeId node = tellsShare ? _cache.FindInode(message.Ino) : NodeId.None;
        return node.IsNone || _cache.IsAuth(node) || !_cache.IsDirectory(node) ? NodeId.None : node;
    }

    /// <summary>A dirfrag of this rank's whose sums are not known.</summary>
    private Dir? FindUnread(NodeId directory)
    {
        Dir? dir = _cache.FirstDirOf(directory);
        while (dir is not null && (!dir.IsAuth || dir.IsComplete || _cache.VersionOf(dir) > 0))
            dir = MetadataCache.NextDirOf(dir);
        return dir;
    }

    /// <summary>Waits until what a question asks for was read, and is decided.</summary>
    private sealed class Unread(PeerServer server, RankId from, LockMessage message) : Continuation
    {
        public RankId From => from;

        public override bool IsForPeer => true;

        /// <summary>False where nothing is in doubt, and nothing has to be read, or what has to be is damaged.</summary>
        public bool TryWait()
        {
            NodeId directory = server.ToldBy(message);
            bool waits = !directory.IsNone && (server._server.AwaitDecisionsIn(this, directory) == Progress.Waits
                || (server.FindUnread(directory) is { } dir && server._server.Fetch(this, dir, out _) == Progress.Waits));
            if (waits)
                server._unread[(message.Ino, message.Kind)] = this;
            else if (server._unread.GetValueOrDefault((message.Ino, message.Kind))?.From == from)
                server._unread.Remove((message.Ino, message.Kind));
            return waits;
        }

        public override void Run(IoError error)
        {
            if (server._unread.GetValueOrDefault((message.Ino, message.Kind)) != this)
                return;
            if (error.Failed)
                server._unreadLater.Add(this);
            else if (!TryWait())
                server.Take(from, message);
        }
    }
}
