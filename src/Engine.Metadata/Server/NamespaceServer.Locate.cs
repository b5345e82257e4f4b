using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Directories that other ranks tell of.</content>
internal sealed partial class NamespaceServer
{
    /// <summary>Finds an inode by the path that another rank knows it by; the way is learned from whoever is authority over each
    /// part of it.</summary>
    /// <param name="waiter">Tries again when an answer has come.</param>
    /// <param name="from">Where the path begins.</param>
    /// <param name="path">Names from there on.</param>
    /// <param name="node">The inode.</param>
    /// <param name="error">ENOENT and the like where it does not lead there.</param>
    public Progress Locate(
        Continuation waiter, Ino from, IReadOnlyList<byte[]> path, out NodeId node, out IoError error)
    {
        error = IoError.None;
        node = _cache.FindInode(from);
        if (node.IsNone && from == Ino.Root)
            return LearnRoot(waiter, out error);
        error = node.IsNone ? IoError.NoEntry : IoError.None;
        for (int i = 0; i < path.Count && error.IsNone; i++)
        {
            if (!_cache.IsDirectory(node))
            {
                error = IoError.NotDirectory;
                return Progress.Done;
            }

            uint hash = NameHash.Of(path[i]);
            if (_cache.FindDirFor(node, hash) is not { } dir)
                return LearnDir(waiter, node, _cache.LeafOf(node, hash), out error);
            NodeId next = _cache.Lookup(dir, path[i]);
            if (next.IsNone && !dir.IsAuth)
                return LearnEntry(waiter, dir, path[i], out error);
            error = next.IsNone || !_cache.HasInode(next) ? IoError.NoEntry : IoError.None;
            node = next;
        }

        return Progress.Done;
    }
}
