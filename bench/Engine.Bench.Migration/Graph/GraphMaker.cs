using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>Makes objects of the sample.</summary>
internal static class GraphMaker
{
    public static GraphDir Make()
    {
        var dir = new GraphDir { Version = SampleDirectory.Version, State = (uint)DirWireState.Complete };
        dir.Stat.Files = SampleDirectory.Entries;
        dir.Entries.Capacity = SampleDirectory.Entries;
        foreach (ref readonly SampleEntry entry in SampleDirectory.Values.AsSpan())
            dir.Entries.Add(Make(in entry));
        return dir;
    }

    private static GraphDentry Make(in SampleEntry entry)
    {
        var dentry = new GraphDentry
        {
            Name = entry.Name,
            Hash = entry.Hash,
            Last = SnapId.NoSnap.Value,
            Version = entry.Version,
        };
        if (entry.RemoteIno == 0)
        {
            dentry.Inode = MakeInode(in entry);
            return dentry;
        }

        dentry.RemoteIno = entry.RemoteIno;
        dentry.RemoteType = SampleDirectory.RegularType;
        return dentry;
    }

    private static GraphInode MakeInode(in SampleEntry entry)
    {
        var inode = new GraphInode
        {
            Ino = entry.Ino,
            Mode = entry.Mode,
            Uid = entry.Uid,
            Gid = entry.Gid,
            LinkCount = entry.LinkCount,
            Size = entry.Size,
            Mtime = entry.Mtime,
            Atime = entry.Atime,
            Ctime = entry.Ctime,
            Btime = entry.Btime,
            ChangeAttr = entry.ChangeAttr,
            Version = entry.Version,
            ExportPin = -1,
            Loner = -1,
            Symlink = entry.Symlink,
        };
        if (entry.XattrName is not null)
            inode.Xattrs.Add(entry.XattrName, entry.XattrValue!);
        if (entry.HasReplica)
            inode.Replicas.Add(1, 1);
        return inode;
    }
}
