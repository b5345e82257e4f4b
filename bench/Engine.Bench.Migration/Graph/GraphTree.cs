using System.Text;
using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>A namespace as objects: what a cache holds, with a table of names for each directory and one of inodes.</summary>
internal sealed class GraphTree
{
    private readonly List<GraphDir> _directories = [];
    private readonly List<Dictionary<string, GraphDentry>> _names = [];
    private readonly Dictionary<ulong, GraphInode> _inodes = [];

    public GraphTree(MetadataCache cache)
    {
        foreach (Dir dir in cache.Dirs)
            Add(cache, dir);
    }

    public int InodeCount => _inodes.Count;

    private void Add(MetadataCache cache, Dir dir)
    {
        var made = new GraphDir { Version = cache.VersionOf(dir) };
        var names = new Dictionary<string, GraphDentry>();
        made.Entries.Capacity = dir.Count;
        for (int i = 0; i < dir.Count; i++)
        {
            NodeId node = MetadataCache.EntryAt(dir, i);
            GraphDentry dentry = Make(cache, node);
            made.Entries.Add(dentry);
            names.Add(Encoding.UTF8.GetString(dentry.Name), dentry);
            if (dentry.Inode is not null)
                _inodes.Add(dentry.Inode.Ino, dentry.Inode);
        }

        _directories.Add(made);
        _names.Add(names);
    }

    private static GraphDentry Make(MetadataCache cache, NodeId node)
    {
        ref readonly DentryFields fields = ref cache.Dentry(node);
        var dentry = new GraphDentry
        {
            Name = cache.NameOf(node).ToArray(),
            Hash = fields.Hash,
            Last = SnapId.NoSnap.Value,
            Version = fields.Version,
        };
        if (cache.HasInode(node))
            dentry.Inode = MakeInode(cache, node);
        else if (cache.IsRemote(node))
            dentry.RemoteIno = cache.Link(node).RemoteIno.Value;
        return dentry;
    }

    private static GraphInode MakeInode(MetadataCache cache, NodeId node)
    {
        ref readonly InodeFields inode = ref cache.Inode(node);
        byte[] symlink = cache.ReadExt(node, ExtKind.Symlink);
        return new GraphInode
        {
            Ino = inode.Ino.Value,
            Mode = inode.Mode,
            Uid = inode.Uid,
            Gid = inode.Gid,
            LinkCount = inode.LinkCount,
            Size = inode.Size,
            Mtime = inode.Mtime,
            Atime = inode.Atime,
            Ctime = inode.Ctime,
            Btime = inode.Btime,
            ChangeAttr = inode.ChangeAttr,
            Version = inode.Version,
            ExportPin = inode.ExportPin,
            Loner = inode.Loner,
            Symlink = symlink.Length > 0 ? symlink : null,
        };
    }
}
