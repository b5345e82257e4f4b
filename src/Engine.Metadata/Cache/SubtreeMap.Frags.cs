using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Dirfrags as another rank names them: it may have divided directories otherwise.</content>
public sealed partial class SubtreeMap
{
    /// <summary>Adds the open dirfrags that lie inside those named; what is not in memory, or lies inside a larger local dirfrag,
    /// adds nothing.</summary>
    public void MapDirFrags(IReadOnlyList<DirFrag> names, List<Dir> dirs)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(dirs);
        foreach (DirFrag name in names)
        {
            NodeId inode = _cache.FindInode(name.Ino);
            for (Dir? dir = inode.IsNone ? null : _cache.FirstDirOf(inode); dir != null; dir = dir.NextOfInode)
            {
                Steps++;
                if (name.Frag.Contains(dir.Frag) && !dirs.Contains(dir))
                    dirs.Add(dir);
            }
        }
    }

    /// <summary>As <see cref="MapDirFrags"/>, but divides local dirfrags that are larger than those named, by as little as makes
    /// the named ones leaves. For recovery only, when nothing is frozen.</summary>
    /// <returns>ENOMEM, EOVERFLOW, or EBUSY when a dirfrag cannot be frozen at once.</returns>
    public IoError TryForceDirFrags(IReadOnlyList<DirFrag> names, List<Dir> dirs)
    {
        ArgumentNullException.ThrowIfNull(names);
        foreach (DirFrag name in names)
        {
            NodeId inode = _cache.FindInode(name.Ino);
            Dir? larger = inode.IsNone ? null : _cache.FindDirFor(inode, name.Frag.Value);
            while (larger != null && larger.Frag != name.Frag && larger.Frag.Contains(name.Frag))
            {
                IoError error = TryHalve(larger);
                if (error.Failed)
                    return error;
                larger = _cache.FindDirFor(inode, name.Frag.Value);
            }
        }

        MapDirFrags(names, dirs);
        return IoError.None;
    }

    private IoError TryHalve(Dir dir)
    {
        if (_cache.IsFreezing(dir) || _cache.IsFrozen(dir))
            return IoError.Busy;
        if (!_cache.FreezeDir(dir))
        {
            _cache.UnfreezeDir(dir);
            return IoError.Busy;
        }

        List<Dir> halves = [];
        IoError error = _cache.TrySplit(dir, 1, halves);
        if (error.Failed)
            _cache.UnfreezeDir(dir);
        foreach (Dir half in halves)
            _cache.UnfreezeDir(half);
        return error;
    }
}
