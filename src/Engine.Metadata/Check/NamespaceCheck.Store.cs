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
        IoError error = _loader.List(names);
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

            string? problem = _loader.TryLoad(dir, out PageChain? chain);
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
            string? problem = isName ? _loader.TryLoad(dir, out chain) : "no directory has such a name";
            string content = chain is null ? "unusable: " + problem : "whole, with " + NamesIn(chain);
            bool isEmpty = chain is not null && CountEntries(chain) == 0;
            chain?.Dispose();
            Report($"object {name}: no directory leads to it ({content}); "
                + (isEmpty ? "it takes room and nothing else"
                    : _bad.Count > 0 ? "it was probably below one of the unusable ones"
                    : "these names are lost with its own, or it was removed"));
        }
    }

    /// <summary>How many entries an object has, and the names of the first.</summary>
    private string NamesIn(PageChain chain)
    {
        List<string> names = [];
        long count = CountEntries(chain, names);
        string more = count > names.Count ? ", ..." : string.Empty;
        return Text($"{count} entries") + (count > 0 ? $": {string.Join(", ", names)}{more}" : string.Empty);
    }

    private long CountEntries(PageChain chain, List<string>? names = null)
    {
        const int NamesShown = 20;
        long entries = 0;
        foreach (PageId page in chain.Pages)
        {
            foreach (int slot in _pages.Page(page).Slots)
            {
                RecordRef at = new(page, (ushort)slot);
                RecordKind kind = _pages.KindOf(at);
                if (kind != RecordKind.Entry && !(kind == RecordKind.Link && _pages.Link(at)->Linkage == DentryLinkage.Remote))
                    continue;
                entries++;
                if (names?.Count < NamesShown)
                    names.Add(Show(_pages.Name(at)));
            }
        }

        return entries;
    }
}
