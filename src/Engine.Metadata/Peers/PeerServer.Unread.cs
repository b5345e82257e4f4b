// Questions about a lock whose answer tells what this rank's dirfrags count, while one of those was not read since it began: its
// sums are not known, and an answer without them would say that there is nothing new.
//
// Invariants: one such question a lock waits; a later one about the same lock takes its place, since who asks again has given the
// first one up; of a life or a channel that has ended none is answered.

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
        Unread question = new(this, from, message);
        if (!question.TryWait())
            Take(new RankId((int)from.Id), message);
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

    /// <summary>A dirfrag of this rank's whose sums are part of the answer, and not known.</summary>
    private Dir? FindUnread(LockMessage message)
    {
        bool tellsShare = message is { Action: LockAction.Lock or LockAction.Sync, Kind: LockKind.File or LockKind.Nest };
        NodeId node = tellsShare ? _cache.FindInode(message.Ino) : NodeId.None;
        if (node.IsNone || _cache.IsAuth(node) || !_cache.IsDirectory(node))
            return null;
        Dir? dir = _cache.FirstDirOf(node);
        while (dir is not null && (!dir.IsAuth || dir.IsComplete || _cache.VersionOf(dir) > 0))
            dir = MetadataCache.NextDirOf(dir);
        return dir;
    }

    /// <summary>Waits until what a question asks for was read.</summary>
    private sealed class Unread(PeerServer server, Peer from, LockMessage message) : Continuation
    {
        private readonly int _channel = server._channels[from.Id];

        public override bool IsForPeer => true;

        /// <summary>False where nothing has to be read, or what has to be is damaged.</summary>
        public bool TryWait()
        {
            bool waits = server.FindUnread(message) is { } dir && server._server.Fetch(this, dir, out _) == Progress.Waits;
            if (waits)
                server._unread[(message.Ino, message.Kind)] = this;
            else
                server._unread.Remove((message.Ino, message.Kind));
            return waits;
        }

        public override void Run(IoError error)
        {
            if (server._unread.GetValueOrDefault((message.Ino, message.Kind)) != this)
                return;
            bool isOver = !server.Map.IsUp(new RankId((int)from.Id), from.Incarnation)
                || _channel != server._channels[from.Id];
            if (isOver)
                server._unread.Remove((message.Ino, message.Kind));
            else if (error.Failed)
                server._unreadLater.Add(this);
            else if (!TryWait())
                server.Take(new RankId((int)from.Id), message);
        }
    }
}
