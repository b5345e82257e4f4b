// Checks a rank's store offline: the journal's events are replayed into a cache, every dirfrag object is loaded beside them, and
// what came together is compared with itself.
//
// Ownership: cache, pages and pools are the check's; log and objects stay the caller's. Nothing is written. One thread.
//   NamespaceCheck          the way through it
//   NamespaceCheck.Store    dirfrag objects, each by itself
//   NamespaceCheck.Audit    what must agree: links, sums, numbers
// Invariants: everything comes from disk and is judged, never asserted; a problem is one line: where, what is wrong, what is lost
// and what is not.

using System.Globalization;
using System.Text;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Metadata;

/// <summary>One offline verification of a namespace: events in by <see cref="TryReplay"/>, then <see cref="Run"/>.</summary>
public sealed partial class NamespaceCheck : IDisposable
{
    private const int ProblemsMax = 1000;

    private readonly MetadataPagePool _pages;
    private readonly DirLoader _loader;
    private readonly MetadataCache _cache;
    private readonly Replay _replay;
    private readonly List<string> _problems = [];
    private readonly HashSet<DirFrag> _bad = [];

    /// <summary>A check of rank 0's namespace.</summary>
    /// <param name="objects">Its store; only read.</param>
    /// <param name="cacheBytesMax">Memory for the whole namespace, about 1 KiB an inode.</param>
    public NamespaceCheck(IObjectBackend objects, long cacheBytesMax)
    {
        ArgumentNullException.ThrowIfNull(objects);
        _pages = new MetadataPagePool(cacheBytesMax);
        _loader = new DirLoader(objects, _pages, cacheBytesMax);
        _cache = new MetadataCache(new RankId(0), _pages, 0, checks: false);
        _replay = new Replay(_cache, new RankId(0));
    }

    /// <summary>What is wrong, a line each; the first thousand.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>How much is wrong.</summary>
    public long ProblemCount { get; private set; }

    /// <summary>Events of the journal.</summary>
    public long Events => _replay.Events;

    /// <summary>Inodes found, those of the rank itself aside.</summary>
    public long Inodes { get; private set; }

    /// <summary>Directories among them.</summary>
    public long Directories { get; private set; }

    /// <summary>Names that lead to them.</summary>
    public long Names { get; private set; }

    /// <summary>Inodes without a name: files that were removed while they were open. They take room and nothing else.</summary>
    public long Nameless { get; private set; }

    /// <summary>There was no memory for all of it: what is said then is no finding.</summary>
    public bool LacksMemory { get; private set; }

    /// <summary>Objects may not be read: nothing is known to be wrong with them.</summary>
    public bool MayNotRead => _loader.MayNotRead;

    /// <summary>Called with the number of directories loaded so far.</summary>
    public Action<long>? Progress { get; set; }

    /// <summary>Applies the journal's next event; false when it is damaged, and then nothing that follows counts.</summary>
    public bool TryReplay(ReadOnlySpan<byte> bytes, long position)
    {
        string? problem = _replay.Apply(bytes, position);
        if (problem is null)
            return true;
        LacksMemory |= _replay.LacksMemory;
        Report($"journal: the event at position {position} is damaged: {problem}; what the events from there on changed is lost "
            + "where it had not been written to the store");
        return false;
    }

    /// <summary>Loads the store and checks everything, after the journal's last event.</summary>
    public void Run()
    {
        List<string> names = [];
        IoError error = _loader.List(names);
        if (error.Failed)
        {
            Report($"the store cannot be listed: {error.Name}; nothing can be said about it");
            return;
        }

        if (_replay.LastSeq == 0 || _replay.IsUnborn)
        {
            if (names.Count > 0)
                ReportLostJournal(names);
            return;
        }

        PutTogether();
        Load();
        Audit();
        CheckOrphans(names);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cache.Dispose();
        _loader.Dispose();
        _pages.Dispose();
    }

    /// <summary>Directories whose division anew was not committed are as they were before it; a rank does the same.</summary>
    private void PutTogether()
    {
        foreach (FragmentChange change in _replay.Fragments)
        {
            IoError error = change.Stage == FragmentStage.Prepare ? Replay.RollBack(_cache, change, []) : IoError.None;
            if (error.Failed)
                Report(Text($"inode {change.Ino}: cannot be put together as it was before it was divided anew: {error.Name}"));
        }
    }

    private void ReportLostJournal(List<string> names)
    {
        Report(Text($"the journal is empty but the store holds {names.Count} directories: the journal is lost, and with it the ")
            + "root's own attributes and what was not written to the store; the directories below are judged one by one");
        CheckObjects(names);
    }

    /// <summary>Loads every dirfrag that can be reached and is not whole in the journal, nearest first.</summary>
    private void Load()
    {
        Queue<NodeId> directories = new(_cache.Bases);
        long loaded = 0;
        while (directories.TryDequeue(out NodeId directory))
        {
            Frag[] leaves = _cache.TreeOf(directory) is { } tree ? tree.Leaves.ToArray() : [Frag.Root];
            foreach (Frag leaf in leaves)
            {
                Dir? dir = _cache.FindDir(directory, leaf);
                if (dir is null || !dir.IsComplete)
                    dir = LoadDir(directory, leaf, dir);
                for (int position = 0; position < (dir?.Count ?? 0); position++)
                {
                    NodeId entry = MetadataCache.EntryAt(dir!, position);
                    if (_cache.HasInode(entry) && _cache.IsDirectory(entry))
                        directories.Enqueue(entry);
                }

                Progress?.Invoke(++loaded);
            }
        }
    }

    private Dir? LoadDir(NodeId directory, Frag leaf, Dir? known)
    {
        DirFrag name = new(_cache.Inode(directory).Ino, leaf);
        string? problem = _loader.TryLoad(name, out PageChain? chain);
        LacksMemory |= _loader.LacksMemory;
        Dir? dir = known;
        if (problem is null)
        {
            IoError error = _cache.TryAdopt(directory, leaf, chain!, out dir);
            if (error == IoError.NoMemory)
            {
                LacksMemory = true;
                chain!.Dispose();
            }

            problem = error == IoError.NoMemory ? "there is no memory to load it"
                : error.Failed ? "it has a name or an inode that is somewhere else too" : null;
        }

        if (problem is null)
            return dir;
        _bad.Add(name);
        Report($"{_cache.PathOf(directory)}: its directory {DirObjects.TargetOf(name).Key.Name} is unusable: {problem}; "
            + Loss(directory, known));
        return known;
    }

    /// <summary>What a directory's own inode says of what was in it.</summary>
    private string Loss(NodeId directory, Dir? known)
    {
        ref readonly InodeFields inode = ref _cache.Inode(directory);
        string kept = known is { Count: > 0 } ? Text($"; {known.Count} changed entries of it are in the journal") : string.Empty;
        return Text($"lost: the names of {inode.Stat.Files} files and {inode.Stat.Subdirs} directories in it and the way to ")
            + Text($"{inode.Recursive.Files} files below, as last counted{kept}; not lost: the rest of the namespace");
    }

    private void Report(string line)
    {
        ProblemCount++;
        if (_problems.Count < ProblemsMax)
            _problems.Add(line);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Show(ReadOnlySpan<byte> name) => NameText.Show(name);
}
