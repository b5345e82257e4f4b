// Which directories are divided anew, and when.
//
// Ownership: belongs to the rank's one logical thread; owns the divisions under way (Refragmentation), one for a directory at
// most.
// Invariants: a division begins only between requests, at the end of a step; one that has its first event in the journal is
// carried to its end or taken back, whatever happens, and its segment is kept until then; one that cannot be begun now is tried
// again after a while, never at once.

using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Splits dirfrags that grew too large and merges those that became too small; also when asked to. Source: migrator
/// specification, appendix D.</summary>
internal sealed class Refragmenter
{
    /// <summary>Most bits of one split.</summary>
    public const int SplitBitsMax = 8;

    private const int UnderWayMax = 4;

    private readonly List<Refragmentation> _underWay = [];
    private readonly Queue<(DirFrag Name, long NotBefore)> _later = new();

    public Refragmenter(
        RankOptions options,
        IRankEnvironment environment,
        RankEffects effects,
        PendingTable pending,
        MetadataCache cache,
        Journal journal,
        NamespaceServer server,
        Writeback writeback)
    {
        Options = options;
        Environment = environment;
        Effects = effects;
        Pending = pending;
        Cache = cache;
        Journal = journal;
        Server = server;
        Writeback = writeback;
        IsStopping = options.IsView;
        server.Fragments = this;
    }

    public RankOptions Options { get; }

    public IRankEnvironment Environment { get; }

    public RankEffects Effects { get; }

    public PendingTable Pending { get; }

    public MetadataCache Cache { get; }

    public Journal Journal { get; }

    public NamespaceServer Server { get; }

    public Writeback Writeback { get; }

    /// <summary>Divisions under way.</summary>
    public int Count => _underWay.Count;

    /// <summary>Is the directory being divided anew?</summary>
    public bool IsAt(Ino ino) => _underWay.Exists(each => each.Ino == ino);

    /// <summary>Splits that were committed in this life.</summary>
    public long Splits { get; private set; }

    /// <summary>Merges that were committed in this life.</summary>
    public long Merges { get; private set; }

    /// <summary>Divisions that were taken back.</summary>
    public long RollBacks { get; set; }

    /// <summary>Nothing new is begun; what is under way ends.</summary>
    public bool IsStopping { get; set; }

    /// <summary>Goes on with what recovery found: takes back what has no commit, and removes what is not needed.</summary>
    /// <returns>Why that cannot be done.</returns>
    public IoError Resume(IReadOnlyList<FragmentChange> changes)
    {
        foreach (FragmentChange change in changes)
        {
            Refragmentation rest = new(this, change);
            _underWay.Add(rest);
            IoError error = rest.Resume();
            if (error.Failed)
                return error;
        }

        return IoError.None;
    }

    /// <summary>Divides because somebody asks for it; he is answered when it is durable, or failed.</summary>
    /// <returns>Why it is not even begun, and nobody is answered.</returns>
    public IoError Force(Ino ino, Frag frag, int splitBits, Action<IoError> answer)
    {
        if (ino.IsSystem)
            return IoError.Invalid;
        if (IsStopping || _underWay.Exists(item => item.Ino == ino))
            return IoError.Busy;
        Refragmentation forced = new(this, ino, frag, splitBits, answer);
        _underWay.Add(forced);
        forced.Advance();
        return IoError.None;
    }

    /// <summary>Begins what is due, and goes on with what had no room; called at the end of a step.</summary>
    public void Pump()
    {
        for (int i = 0; i < _underWay.Count; i++)
            _underWay[i].Pump();
        _underWay.RemoveAll(item => item.IsOver);
        while (!Writeback.IsReadOnly && _underWay.Count < UnderWayMax && Server.TryTakeUnfit(out DirFrag name))
        {
            if (Cache.FindDir(name) is not { } dir)
                continue;
            dir.IsFragmentQueued = false;
            if (IsStopping || _underWay.Exists(item => item.Ino == name.Ino))
                continue;
            Begin(dir);
        }
    }

    /// <summary>Looks again at what could not be done before.</summary>
    public void Tick()
    {
        foreach (Refragmentation item in _underWay)
            item.Tick();
        while (_later.TryPeek(out (DirFrag Name, long NotBefore) first) && first.NotBefore <= Environment.NowMicros)
        {
            _later.Dequeue();
            if (Cache.FindDir(first.Name) is not { } dir)
                continue;
            dir.IsFragmentQueued = false;
            Server.NoteSize(dir);
        }
    }

    /// <summary>A division is over, one way or the other: are its results in their measure?</summary>
    public void Ended(Refragmentation done, bool isCommitted)
    {
        if (isCommitted && done.SplitBits > 0)
            Splits++;
        else if (isCommitted)
            Merges++;
        NodeId inode = Cache.FindInode(done.Ino);
        if (inode.IsNone)
            return;
        for (Dir? dir = Cache.FirstDirOf(inode); dir is not null; dir = MetadataCache.NextDirOf(dir))
        {
            if (isCommitted)
                Server.NoteSize(dir);
            else if (!dir.IsFragmentQueued && done.Under.Contains(dir.Frag))
                Postpone(dir);
        }
    }

    /// <summary>May the directory be divided at all? Not while a part of it is another rank's, or something below it: that rank
    /// keeps its copies of all that leads there, also while it is away and its journal alone has them, and would have to be
    /// told.</summary>
    public bool IsDivisible(NodeId inode) =>
        !Cache.Inode(inode).Ino.IsSystem && Cache.IsDirectory(inode) && Cache.IsAuth(inode)
        && (Cache.StateOf(inode) & NodeState.AmbiguousAuth) == 0
        && Cache.TryDirOf(inode) is { } home && !Cache.Inode(home.Inode).Ino.IsStray && IsWhole(inode)
        && !LeadsToOthers(inode);

    private bool IsWhole(NodeId inode)
    {
        bool isWhole = true;
        for (Dir? dir = Cache.FirstDirOf(inode); dir is not null && isWhole; dir = MetadataCache.NextDirOf(dir))
            isWhole = dir.IsAuth;
        return isWhole;
    }

    private bool LeadsToOthers(NodeId inode)
    {
        foreach (Dir root in Cache.Subtrees.Roots())
        {
            NodeId at = root.IsAuth ? NodeId.None : root.Inode;
            while (!at.IsNone && at != inode)
                at = Cache.TryDirOf(at)?.Inode ?? NodeId.None;
            if (!at.IsNone)
                return true;
        }

        return false;
    }

    /// <summary>Are all dirfrags under a frag, as far as is known, so small that they should be one?</summary>
    public bool ShouldMerge(NodeId inode, Frag under)
    {
        long sum = 0;
        long bytes = 0;
        for (Dir? dir = Cache.FirstDirOf(inode); dir is not null; dir = MetadataCache.NextDirOf(dir))
        {
            if (!under.Contains(dir.Frag))
                continue;
            long entries = EntriesOf(dir);
            sum += entries;
            bytes += dir.Pages.BytesUsed;
            if (dir.IsComplete && entries >= Options.MergeEntries)
                return false;
        }

        return sum < Options.SplitEntries && bytes < Options.SplitBytes / 2;
    }

    /// <summary>Has a dirfrag grown so large that it should be divided?</summary>
    public bool ShouldSplit(Dir dir) => EntriesOf(dir) >= Options.SplitEntries || dir.Pages.BytesUsed >= Options.SplitBytes;

    /// <summary>Entries of a dirfrag, in memory or not.</summary>
    public long EntriesOf(Dir dir)
    {
        ref readonly DirRecord record = ref Cache.Read(dir);
        return (long)record.Stat.Files + record.Stat.Subdirs;
    }

    private void Postpone(Dir dir)
    {
        dir.IsFragmentQueued = true;
        _later.Enqueue((dir.Name, Environment.NowMicros + Options.FragmentTimeoutMicros));
    }

    private void Begin(Dir dir)
    {
        if (!IsDivisible(dir.Inode))
            return;
        Frag under = dir.Frag;
        int splitBits = 0;
        if (ShouldSplit(dir))
        {
            splitBits = Math.Min(Options.SplitBits, Frag.HashBits - under.Bits);
            if (splitBits == 0)
                return;
        }
        else
        {
            while (under.Bits > 0 && ShouldMerge(dir.Inode, under.Parent()))
                under = under.Parent();
            if (under == dir.Frag)
                return;
        }

        Refragmentation begun = new(this, dir.Name.Ino, under, splitBits, answer: null);
        _underWay.Add(begun);
        begun.Advance();
    }
}
