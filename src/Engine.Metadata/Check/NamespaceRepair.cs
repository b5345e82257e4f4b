// Puts a namespace right, offline: what its store and what is left of its journal say is put together (Salvage), built anew in
// memory with links and sums as they are then, and written: every directory's object, and a journal that begins with it.
//
// Ownership: the caller's are the objects, the log, and the promise that nobody else opens either before the end; what was
// written by half is put right by another run.
//   NamespaceRepair        the way through it
//   NamespaceRepair.Rest   a journal of which parts are missing
//   NamespaceRepair.Tree   which directories are to be, and what of them
//   NamespaceRepair.Build  the cache, links, sums
//   NamespaceRepair.Write  into the store and the journal
// Invariants: nothing that an object of the store holds goes without being told; a finding is one line: where, what became of it.

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Metadata;

/// <summary>One offline repair of rank 0's namespace: events in by <see cref="TryReplay"/>, then <see cref="TryBuild"/>, then
/// <see cref="TryWrite"/>.</summary>
public sealed unsafe partial class NamespaceRepair : IDisposable
{
    private const int FindingsMax = 1000;
    private const string FoundName = "lost+found";

    /// <summary>The same, or what follows it where that is the name of a file.</summary>
    private string _foundName = FoundName;
    private const string NoMemory = "there is no memory for it; use a machine with more";

    /// <summary>Numbers that events which are lost may have given away.</summary>
    private const ulong InosSkipped = 1 << 20;

    private static readonly RankId s_me = new(0);

    private readonly IObjectBackend _objects;
    private readonly long _cacheBytesMax;
    private readonly List<string> _findings = [];
    private readonly Salvage _salvage = new();
    private readonly List<string> _names = [];
    private readonly List<string> _damaged = [];
    private readonly List<SalvagedEntry> _bases = [];

    /// <summary>Names that events behind the cut made or changed, in order of the first such event.</summary>
    private readonly OrderedDictionary<(Ino Dir, string Name), LostName> _lost = [];
    private readonly Dictionary<Ino, (Ino Dir, string Name)> _lostPlaces = [];
    private MetadataPagePool _pages;
    private MetadataCache _cache;
    private Replay _replay;
    private Ino _nextIno = Ino.FirstOf(s_me);

    /// <summary>A repair.</summary>
    /// <param name="objects">The store; only read.</param>
    /// <param name="cacheBytesMax">Memory for the whole namespace, about 1 KiB an inode; it takes about as much again for what it
    /// reads.</param>
    public NamespaceRepair(IObjectBackend objects, long cacheBytesMax)
    {
        ArgumentNullException.ThrowIfNull(objects);
        _objects = objects;
        _cacheBytesMax = cacheBytesMax;
        Begin();
    }

    /// <summary>What was lost, and what was kept in another place, a line each; the first thousand.</summary>
    public IReadOnlyList<string> Findings => _findings;

    /// <summary>How many there are.</summary>
    public long FindingCount { get; private set; }

    /// <summary>Names of objects that cannot be used, after <see cref="TryBuild"/>. Others take their place, or none: their bytes
    /// may be of use to somebody, and are the caller's to keep before <see cref="TryWrite"/>.</summary>
    public IReadOnlyList<string> Damaged => _damaged;

    /// <summary>Applies the journal's next event; false when it is damaged: the journal ends before it.</summary>
    public bool TryReplay(ReadOnlySpan<byte> bytes, long position)
    {
        string? problem = _replay.Apply(bytes, position);
        if (_replay.LacksMemory)
            _partProblem ??= NoMemory;
        else if (problem is not null)
            Tell(Text($"journal: the event at position {position} is damaged: {problem}; lost: what it and later ones changed, ")
                + "where that had not been written to the objects");
        return problem is null;
    }

    /// <summary>Takes an event that is whole and lies behind where the journal is cut: it is not applied, but names what is lost.
    /// Behind all calls of <see cref="TryReplay"/>, in order.</summary>
    public void NoteLost(ReadOnlySpan<byte> bytes) => Note(bytes, isLost: true);

    /// <summary>Keeps the names that an event makes, or, where it was applied, forgets what it says anew.</summary>
    private void Note(ReadOnlySpan<byte> bytes, bool isLost)
    {
        EventReader reader = new(bytes);
        Ino dir = default;
        DirRecord record = default;
        while (reader.Read())
        {
            switch (reader.Part.Tag)
            {
                case EventTag.Dir:
                    bool isContext = (reader.Part.Flags & DirPart.IsContext) != 0;
                    dir = reader.TryTake(out DirPart part, out ReadOnlySpan<byte> packed) && !isContext ? part.Ino : default;
                    if (!PackedRecord.TryUnpack(packed, BytesOf(ref record), out _))
                        record = default;
                    break;
                case EventTag.Entry when !dir.IsNone:
                    NoteEntry(dir, record.Version, reader.Body, isLost);
                    break;
                case EventTag.Removed when !dir.IsNone:
                    _lost.Remove((dir, SalvagedDir.KeyOf(reader.Body)));
                    break;
            }
        }
    }

    /// <summary>Reads the store and builds the namespace anew, after the journal's last event.</summary>
    /// <returns>Null; or why it cannot be done. Nothing was written then.</returns>
    public string? TryBuild()
    {
        string? problem = Collect();
        if (problem is not null)
            return problem;
        _cache.Dispose();
        _pages.Dispose();
        Begin();
        _salvage.Resolve();
        Connect();
        TellDropped();
        TellLost();
        problem = BuildAll() ? null : NoMemory;
        if (problem is null)
            CountAll();
        return problem;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cache.Dispose();
        _pages.Dispose();
    }

    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_pages), nameof(_cache), nameof(_replay))]
    private void Begin()
    {
        long seq = _replay?.LastSeq ?? 0;
        _lastSeq = Math.Max(_lastSeq, seq);
        _pages = new MetadataPagePool(_cacheBytesMax);
        _cache = new MetadataCache(s_me, _pages, 0, checks: false);
        _replay = new Replay(_cache, s_me);
    }

    /// <summary>Reads what the replay left in memory, and every object.</summary>
    private string? Collect()
    {
        if ((_partProblem ?? TakeBackHalfDone()) is { } refusal)
            return refusal;
        foreach (NodeId node in _cache.Bases)
            _bases.Add(Salvage.CopyBase(_cache, node));
        _salvage.Add(_cache);
        Later(_replay.NextIno);
        using var loader = new DirLoader(_objects, _pages, _cacheBytesMax);
        IoError error = loader.List(_names);
        if (error.Failed)
            return $"the store cannot be listed: {error.Name}";
        foreach (string name in _names)
        {
            if (!DirObjects.TryParse(name, out DirFrag dir))
                continue;
            string? problem = loader.TryLoad(dir, out PageChain? chain);
            if (problem is null)
            {
                _salvage.Add(_pages, dir, chain!);
                chain!.Dispose();
                continue;
            }

            if (loader.LacksMemory)
                return NoMemory;
            if (loader.IsUnread)
                return $"object {name}: {problem}; nothing is known to be wrong with what it holds: mend that, or move it away";
            _damaged.Add(name);
            _salvage.DirOf(dir.Ino).IsDamaged = true;
            Tell($"object {name}: unusable: {problem}; lost: what the journal does not say of directory {dir.Ino}");
        }

        AddFormerParts();
        return null;
    }

    /// <summary>Divisions of which the journal tells only the beginning.</summary>
    private string? TakeBackHalfDone()
    {
        foreach (FragmentChange change in _replay.Fragments)
        {
            if (change.Stage == FragmentStage.Prepare && Replay.RollBack(_cache, change, []).Failed)
                return $"directory {change.Ino} cannot be put together as it was before it was divided anew";
        }

        return null;
    }

    private void TellDropped()
    {
        foreach ((SalvagedDir dir, SalvagedEntry entry) in _salvage.Dropped)
        {
            Tell($"{PathOf(dir.Ino, NameText.Show(entry.Name))}: was there where the journal ends, and is not there in the "
                + "directory as it was written later: it was removed then, or moved to where it is lost");
        }
    }

    private void NoteEntry(Ino dir, ulong version, ReadOnlySpan<byte> packed, bool isLost)
    {
        EntryRecord entry = default;
        LinkRecord link = default;
        Ino ino = default;
        if (!PackedRecord.TryReadHeader(packed, out RecordHeader header))
            return;
        if (header.Kind == RecordKind.Entry && PackedRecord.TryUnpack(packed, BytesOf(ref entry), out ReadOnlySpan<byte> name))
            ino = entry.Inode.Ino;
        else if (PackedRecord.TryUnpack(packed, BytesOf(ref link), out name))
            ino = link.RemoteIno;
        if (!isLost)
            _lost.Remove((dir, SalvagedDir.KeyOf(name)));
        if (!isLost || ino.IsNone || ino.IsSystem || dir.IsStray)
            return;
        _lost[(dir, SalvagedDir.KeyOf(name))] = new LostName(ino, version, _hasGap);
        if (header.Kind == RecordKind.Entry)
            _lostPlaces[ino] = (dir, NameText.Show(name));
    }

    private static Span<byte> BytesOf<T>(ref T record)
        where T : unmanaged =>
        MemoryMarshal.AsBytes(new Span<T>(ref record));

    /// <summary>Names whose inode is nowhere now; those of one that lies elsewhere went no further than back.</summary>
    private void TellLost()
    {
        if (_seenSeq != 0)
        {
            TellNotApplied();
            return;
        }

        foreach (((Ino dir, string name), LostName what) in _lost)
        {
            if (!_salvage.TryFind(what.Ino, out _))
                Tell($"{PathOf(dir, NameText.Show(Encoding.Latin1.GetBytes(name)))}: lost: it was made behind the cut");
        }
    }

    /// <summary>Where a name lies, or lay.</summary>
    private string PathOf(Ino dir, string name)
    {
        string path = name;
        for (int depth = 0; dir != Ino.Root && depth < FindingsMax; depth++)
        {
            if (_salvage.TryFind(dir, out (SalvagedDir Dir, SalvagedEntry Entry) place))
                (dir, path) = (place.Dir.Ino, NameText.Show(place.Entry.Name) + "/" + path);
            else if (_lostPlaces.TryGetValue(dir, out (Ino Dir, string Name) lost))
                (dir, path) = (lost.Dir, lost.Name + "/" + path);
            else
                return $"{dir}/{path}";
        }

        return "/" + path;
    }

    private void Later(Ino ino)
    {
        bool isMine = ino.CompareTo(Ino.FirstOf(s_me)) >= 0 && ino.CompareTo(Ino.FirstOf(new RankId(1))) < 0;
        if (isMine && ino.CompareTo(_nextIno) > 0)
            _nextIno = ino;
    }

    private void Tell(string line)
    {
        FindingCount++;
        if (_findings.Count < FindingsMax)
            _findings.Add(line);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
