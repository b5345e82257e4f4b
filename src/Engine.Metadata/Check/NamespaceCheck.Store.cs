using Engine.Buffers;
using Engine.Objects;

namespace Engine.Metadata;

/// <content>Dirfrag objects.</content>
public sealed unsafe partial class NamespaceCheck
{
    /// <summary>Judges every object of the store by itself, where there is no journal to say how they belong together.</summary>
    public void CheckObjects()
    {
        List<string> names = [];
        IoError error = BlockingIo.Run(submission => _objects.List(DirObjects.Prefix, names, submission)).Error;
        if (error.Failed)
            Report($"the store cannot be listed: {error.Name}; nothing can be said about it");
        else
            CheckObjects(names);
    }

    private void CheckObjects(List<string> names)
    {
        foreach (string name in names)
        {
            if (!DirObjects.TryParse(name, out DirFrag dir))
            {
                Report($"object {name}: no directory has such a name");
                continue;
            }

            string? problem = TryLoadChain(dir, out PageChain? chain);
            if (problem is not null)
            {
                Report($"object {name}: unusable: {problem}; lost: the entries of directory {dir.Ino}");
                continue;
            }

            // The rank's own directories are nothing that anybody made.
            if (dir.Ino == Ino.Root || !dir.Ino.IsSystem)
            {
                Directories++;
                Names += CountEntries(chain!);
            }

            chain!.Dispose();
        }
    }

    /// <summary>Objects that nothing leads to.</summary>
    private void CheckOrphans(List<string> names)
    {
        HashSet<DirFrag> toGo = [];
        foreach (JournalSegment segment in _replay.Segments)
            toGo.UnionWith(segment.Removals);
        foreach (FragmentChange change in _replay.Fragments)
            toGo.UnionWith(change.Gone.Select(frag => new DirFrag(change.Ino, frag)));
        foreach (string name in names)
        {
            bool isName = DirObjects.TryParse(name, out DirFrag dir);
            if (isName && (_cache.FindDir(dir) is not null || _bad.Contains(dir) || toGo.Contains(dir)))
                continue;
            PageChain? chain = null;
            string? problem = isName ? TryLoadChain(dir, out chain) : "no directory has such a name";
            string content = chain is null ? "unusable: " + problem : Text($"whole, with {CountEntries(chain)} entries");
            chain?.Dispose();
            Report($"object {name}: no directory leads to it ({content}); "
                + (_bad.Count > 0 ? "it was probably below one of the unusable ones" : "it takes room and nothing else"));
        }
    }

    /// <summary>Reads and validates an object; null, or what is wrong.</summary>
    private string? TryLoadChain(DirFrag name, out PageChain? chain)
    {
        chain = null;
        ObjectTarget target = DirObjects.TargetOf(name);
        IoResult size = BlockingIo.Run(submission => _objects.Stat(target, submission));
        if (size.Failed)
            return size.Error == IoError.NoEntry ? "its object is missing" : $"its object cannot be found: {size.Error.Name}";
        if (size.Bytes is 0 or > int.MaxValue)
            return Text($"its object has {size.Bytes} bytes");
        using BufferList bytes = BufferList.Rent(_pool);
        for (long left = size.Bytes; left > 0; left -= _pool.BlockBytes)
        {
            if (!_pool.TryRent(out BufferHandle handle))
                return "there is no memory to read it";
            bytes.AppendOwned(handle, 0, (int)Math.Min(left, _pool.BlockBytes));
        }

        IoResult read = BlockingIo.Run(submission =>
            _objects.Read(new ObjectRead(target, 0, (int)size.Bytes), bytes, submission));
        if (read.Failed)
            return $"its object cannot be read: {read.Error.Name}";
        if (read.Bytes < size.Bytes)
            return Text($"its object ends after {read.Bytes} bytes");
        IoError error = PageChain.TryLoad(
            _pages, bytes, name, PageKind.Dirfrag, _validator, out chain, out PageProblem found);
        return error.IsNone ? null : error == IoError.NoMemory ? "there is no memory to load it" : found.ToString();
    }

    private long CountEntries(PageChain chain)
    {
        long entries = 0;
        foreach (PageId page in chain.Pages)
        {
            foreach (int slot in _pages.Page(page).Slots)
            {
                RecordRef at = new(page, (ushort)slot);
                RecordKind kind = _pages.KindOf(at);
                if (kind == RecordKind.Entry || (kind == RecordKind.Link && _pages.Link(at)->Linkage == DentryLinkage.Remote))
                    entries++;
            }
        }

        return entries;
    }
}
