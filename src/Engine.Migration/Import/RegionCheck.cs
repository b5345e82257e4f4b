using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Checks the dirfrags of a region that has arrived against the cache and one another, in their order. What was made
/// ready before was checked then, entry by entry, and nothing of it is known elsewhere since.</summary>
internal sealed class RegionCheck(MetadataCache cache) : IDisposable
{
    private readonly HashSet<DirFrag> _names = [];
    private readonly HashSet<Dir> _ready = [];

    /// <summary>Inodes of what is looked at as it comes.</summary>
    private readonly InoSet _inos = new();

    /// <summary>Does the dirfrag fit with those before it?</summary>
    public bool Takes(ArrivedDir dir)
    {
        NodeId inode = cache.FindInode(dir.Name.Ino);
        bool isKnown = inode.IsNone ? HasDirectory(dir.Name.Ino) : cache.IsDirectory(inode);
        if (!isKnown || !_names.Add(dir.Name))
            return false;
        if (dir.Ready is not null && !inode.IsNone && cache.FindDir(inode, dir.Name.Frag) is not null)
            dir.Unready(cache);
        if (dir.Ready is { } ready)
            return _ready.Add(ready);
        return cache.CheckImport(inode, dir.Chain, _inos).IsNone;
    }

    /// <summary>After the last dirfrag: is every inode in one of them only?</summary>
    public bool IsWhole() => !_inos.Exists(ino => cache.FindComing(ino, out _) is { } dir && _ready.Contains(dir));

    /// <summary>Is the inode one of the region?</summary>
    public bool Has(Ino ino) => _inos.Contains(ino) || (cache.FindComing(ino, out _) is { } dir && _ready.Contains(dir));

    /// <inheritdoc/>
    public void Dispose() => _inos.Dispose();

    private bool HasDirectory(Ino ino) =>
        _inos.Contains(ino)
        || (cache.FindComing(ino, out bool isDirectory) is { } dir && isDirectory && _ready.Contains(dir));
}
