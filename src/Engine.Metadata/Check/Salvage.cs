// All that a store and what is left of its journal say of a namespace, put together.
//
// Sources are the dirfrags that a replay left in memory, and every object of the store. Each speaks of a part of a directory,
// with a version; the highest wins (SalvagedDir). An inode that two directories claim lies where its count of changes is higher,
// since every move counts. So nothing that the store holds is hidden by what an older journal says.
// Ownership: copies only; the cache and the chains stay the caller's.
using System.Runtime.InteropServices;
using System.Runtime.CompilerServices;

namespace Engine.Metadata;

/// <summary>Directories and where inodes lie, out of several sources.</summary>
internal sealed unsafe class Salvage
{
    private readonly SortedDictionary<Ino, SalvagedDir> _dirs = [];
    private readonly Dictionary<Ino, (SalvagedDir Dir, SalvagedEntry Entry)> _places = [];
    private readonly byte[] _scratch = new byte[ExtLimits.BytesMax];

    /// <summary>Names that the journal has, and a newer object of their directory has no more, and nothing else either.</summary>
    public List<(SalvagedDir Dir, SalvagedEntry Entry)> Dropped { get; } = [];

    /// <summary>Directories in order of their numbers.</summary>
    public IEnumerable<SalvagedDir> Dirs => _dirs.Values;

    /// <summary>The directory of that number; one without sources where none is known.</summary>
    public SalvagedDir DirOf(Ino ino)
    {
        if (!_dirs.TryGetValue(ino, out SalvagedDir? dir))
            _dirs.Add(ino, dir = new SalvagedDir(ino));
        return dir;
    }

    /// <summary>Where an inode lies.</summary>
    public bool TryFind(Ino ino, out (SalvagedDir Dir, SalvagedEntry Entry) place) => _places.TryGetValue(ino, out place);

    /// <summary>Puts a name into a directory, in which it is free.</summary>
    public void Place(SalvagedDir dir, SalvagedEntry entry)
    {
        dir.Names.Add(SalvagedDir.KeyOf(entry.Name), entry);
        _places[entry.Ino] = (dir, entry);
    }

    /// <summary>Takes a directory's place away.</summary>
    public void Unplace(Ino ino)
    {
        if (_places.Remove(ino, out (SalvagedDir Dir, SalvagedEntry Entry) place))
            place.Dir.Names.Remove(SalvagedDir.KeyOf(place.Entry.Name));
    }

    /// <summary>Takes what an object says.</summary>
    public void Add(MetadataPagePool pages, DirFrag name, PageChain chain)
    {
        List<SalvagedEntry> entries = [];
        foreach (PageId page in chain.Pages)
        {
            foreach (int slot in pages.Page(page).Slots)
            {
                RecordRef at = new(page, (ushort)slot);
                RecordKind kind = pages.KindOf(at);
                if (kind == RecordKind.Entry)
                    entries.Add(Copy(pages.Name(at), ref *pages.Entry(at), chain, at, isContext: false));
                else if (kind == RecordKind.Link && pages.Link(at)->Linkage == DentryLinkage.Remote)
                    entries.Add(Copy(pages.Name(at), *pages.Link(at)));
            }
        }

        DirOf(name.Ino).Add(new SalvagedPiece(name.Frag, *pages.Dir(chain.Dir), IsWhole: true, IsStored: true, entries));
    }

    /// <summary>Takes what a replay left in memory.</summary>
    public void Add(MetadataCache cache)
    {
        foreach ((Dir dir, SalvagedPiece piece) in PiecesOf(cache))
            DirOf(dir.Name.Ino).Add(piece);
    }

    /// <summary>Copies what a replay left in memory.</summary>
    public IEnumerable<(Dir Dir, SalvagedPiece Piece)> PiecesOf(MetadataCache cache)
    {
        foreach (Dir dir in cache.Dirs)
        {
            List<SalvagedEntry> entries = [];
            for (int position = 0; position < dir.Count; position++)
                entries.Add(Copy(cache, dir, MetadataCache.EntryAt(dir, position)));

            if (dir.IsDirty || entries.Count > 0)
                yield return (dir, new SalvagedPiece(dir.Frag, cache.Read(dir), dir.IsComplete, IsStored: false, entries));
        }
    }

    /// <summary>Directories that the objects have a name for.</summary>
    public HashSet<Ino> StoredDirectories() => [.. _dirs.Values.SelectMany(dir => dir.StoredDirectories)];

    /// <summary>Puts everything together.</summary>
    public void Resolve()
    {
        foreach (SalvagedDir dir in _dirs.Values)
            dir.Merge(Dropped);
        foreach (SalvagedDir dir in _dirs.Values)
        {
            foreach (SalvagedEntry entry in dir.Names.Values)
            {
                if (entry.IsPrimary && (!_places.TryGetValue(entry.Ino, out (SalvagedDir Dir, SalvagedEntry Entry) known)
                    || entry.Inode.ChangeAttr > known.Entry.Inode.ChangeAttr))
                {
                    _places[entry.Ino] = (dir, entry);
                }
            }
        }

        foreach (SalvagedDir dir in _dirs.Values)
        {
            foreach (SalvagedEntry entry in dir.Names.Values.Where(IsElsewhere).ToList())
                dir.Names.Remove(SalvagedDir.KeyOf(entry.Name));
        }

        Dropped.RemoveAll(item => _places.ContainsKey(item.Entry.Ino));
    }

    /// <summary>A base inode.</summary>
    public static SalvagedEntry CopyBase(MetadataCache cache, NodeId node)
    {
        ref EntryRecord record = ref Unsafe.AsRef(in cache.Entry(node));
        return new SalvagedEntry
        {
            Name = [],
            Ino = record.Inode.Ino,
            Image = MemoryMarshal.AsBytes(new Span<EntryRecord>(ref record)).ToArray(),
            Exts = ExtsOf(cache, node),
        };
    }

    /// <summary>A node's attributes of variable length.</summary>
    public static (ExtKind Kind, byte[] Value)[] ExtsOf(MetadataCache cache, NodeId node)
    {
        List<(ExtKind Kind, byte[] Value)> exts = [];
        for (ExtKind kind = ExtKind.None + 1; (int)kind < ExtLimits.KindCount; kind++)
        {
            if (cache.ExtLength(node, kind) >= 0)
                exts.Add((kind, cache.ReadExt(node, kind)));
        }

        return [.. exts];
    }

    private bool IsElsewhere(SalvagedEntry entry) => entry.IsPrimary && _places[entry.Ino].Entry != entry;

    private SalvagedEntry Copy(MetadataCache cache, Dir dir, NodeId node)
    {
        ReadOnlySpan<byte> name = cache.NameOf(node);
        if (cache.IsNull(node))
            return new SalvagedEntry { Name = name.ToArray() };
        if (cache.IsRemote(node))
            return Copy(name, cache.Link(node));
        bool isContext = !dir.IsComplete && (cache.StateOf(node) & NodeState.Dirty) == 0;
        return Copy(name, ref Unsafe.AsRef(in cache.Entry(node)), dir.Pages, cache.PlaceOf(node), isContext);
    }

    private static SalvagedEntry Copy(ReadOnlySpan<byte> name, in LinkRecord link) =>
        new() { Name = name.ToArray(), Ino = link.RemoteIno, RemoteType = link.RemoteType };

    private SalvagedEntry Copy(ReadOnlySpan<byte> name, ref EntryRecord record, PageChain chain, RecordRef at, bool isContext)
    {
        List<(ExtKind Kind, byte[] Value)> exts = [];
        for (ExtKind kind = ExtKind.None + 1; record.Dentry.ExtHead != 0 && (int)kind < ExtLimits.KindCount; kind++)
        {
            if (chain.TryGetExt(at, kind, _scratch, out ReadOnlySpan<byte> value))
                exts.Add((kind, value.ToArray()));
        }

        return new SalvagedEntry
        {
            Name = name.ToArray(),
            Ino = record.Inode.Ino,
            Image = MemoryMarshal.AsBytes(new Span<EntryRecord>(ref record)).ToArray(),
            Exts = [.. exts],
            IsContext = isContext,
        };
    }
}
