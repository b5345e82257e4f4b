// Events back into the cache, in the order in which they were made.
//
// Ownership: fills the rank's cache before the rank serves. Belongs to the rank's one logical thread.
// Invariants: every part is checked before it is applied, and what contradicts the cache is damage, never an assertion: the bytes
// come from disk. A dirfrag that an event touches is open afterwards, complete only where the journal made it; its entries in
// memory are newer than those of its object, so a later fetch adds only what is missing.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Applies the journal's events to an empty cache.</summary>
/// <param name="cache">The cache, empty.</param>
/// <param name="me">The rank whose journal it is.</param>
/// <param name="sessions">Takes the sessions; null where nobody asks for them.</param>
/// <param name="checksContexts">A way that an event tells is checked, where it leads to what is known too: a recovery has no time
/// for that.</param>
internal sealed unsafe partial class Replay(
    MetadataCache cache, RankId me, SessionTable? sessions = null, bool checksContexts = false)
{
    /// <summary>How a problem begins that is none of the journal.</summary>
    public const string NoMemory = "no memory; give the rank a larger cache";

    private readonly List<JournalSegment> _segments = [];
    private Dir? _dir;

    /// <summary>The dirfrag that was asked for last; null once dirfrags may have been closed.</summary>
    private Dir? _recent;

    /// <summary>The one before: a directory's events go on where a new one in it was told of.</summary>
    private Dir? _former;

    private bool _isContext;

    /// <summary>The dirfrag of the context at hand, not looked for until an entry needs it.</summary>
    private DirFrag _contextOf;
    private bool _isDirMarked;

    /// <summary>Subtrees that the present event lists.</summary>
    private int _claimed;

    /// <summary>The present event is a segment's head.</summary>
    private bool _isHead;

    private NodeId _entry;

    /// <summary>The inode that the present event told of last, and its number: what follows is often its dirfrag.</summary>
    private NodeId _told;
    private Ino _toldIno;

    /// <summary>The entry or base inode at hand, unpacked; a link is its beginning.</summary>
    private EntryRecord _image;

    /// <summary>While less than half of this is in use, pages are taken that leave room for what comes.</summary>
    public long RoomyBytes { get; init; } = cache.Pool.BytesMax;

    /// <summary>The last problem was none of the journal: there was no memory.</summary>
    public bool LacksMemory { get; private set; }

    /// <summary>Number of the last event.</summary>
    public long LastSeq { get; private set; }

    /// <summary>Events applied.</summary>
    public long Events { get; private set; }

    /// <summary>Entries applied.</summary>
    public long Entries { get; private set; }

    /// <summary>The journal has heads of segments from its first event on, and nothing else: the rank died before the event was
    /// durable that makes a new namespace's directories, and nobody was told of any.</summary>
    public bool IsUnborn { get; private set; }

    /// <summary>The next inode number to give out.</summary>
    public Ino NextIno { get; private set; } = Ino.FirstOf(me);

    /// <summary>Segments found, oldest first.</summary>
    public IReadOnlyList<JournalSegment> Segments => _segments;

    /// <summary>Applies one event; null, or what is wrong with it.</summary>
    public string? Apply(ReadOnlySpan<byte> bytes, long position)
    {
        EventReader reader = new(bytes);
        if (reader.Problem is not null)
            return reader.Problem;
        if (LastSeq != 0 && reader.Header.Seq != LastSeq + 1)
            return $"number {reader.Header.Seq} after {LastSeq}";
        if (reader.Header.Kind == EventKind.SubtreeMap)
            _segments.Add(new JournalSegment(_segments.Count, reader.Header.Seq) { Position = position });
        else if (_segments.Count == 0)
            return "the first of the journal, and no subtree map";
        IsUnborn = reader.Header.Kind == EventKind.SubtreeMap && (reader.Header.Seq == 1 || IsUnborn);
        LastSeq = reader.Header.Seq;
        Events++;
        _segments[^1].Changes++;
        _dir = null;
        _isContext = false;
        _toldIno = default;
        _claimed = 0;
        _pages = null;
        _isHead = reader.Header.Kind == EventKind.SubtreeMap;
        if (_isHead)
        {
            _given.Clear();
            _decided.Clear();
        }

        while (reader.Read())
        {
            string? problem = Apply(ref reader);
            LacksMemory = problem == NoMemory;
            if (problem is not null || reader.Problem is not null)
                return (problem ?? reader.Problem) + $", part {reader.Part.Tag} at byte {reader.Offset}";
        }

        return reader.Problem ?? (reader.Header.Kind == EventKind.SubtreeMap ? CheckClaims() : null);
    }

    private string? Apply(ref EventReader reader)
    {
        switch (reader.Part.Tag)
        {
            case EventTag.Dir:
                return ApplyDir(ref reader);
            case EventTag.Entry:
                return ApplyEntry(reader.Body);
            case EventTag.Ext:
                return ApplyExt((ExtKind)reader.Part.Flags, reader.Body);
            case EventTag.Removed:
                return ApplyRemoved(reader.Body);
            case EventTag.Exchange:
                return ApplyExchange(ref reader);
            case EventTag.NewDir:
                return ApplyNewDir();
            case EventTag.DirRemoved:
                return ApplyDirRemoved(ref reader);
            case EventTag.Fragment:
                return ApplyFragment(ref reader);
            case EventTag.Base:
                return ApplyBase(reader.Body);
            case EventTag.Subtree:
                return ApplySubtree(ref reader);
            case EventTag.Bound:
                return ApplyBound(ref reader);
            case EventTag.Migration:
                return ApplyMigration(ref reader);
            case EventTag.Page:
                return ApplyPage(ref reader);
            case EventTag.StagedPage:
                return ApplyStagedPage(ref reader);
            case EventTag.StagedDir:
                return ApplyStagedDir(ref reader);
            case EventTag.NextIno:
                if (reader.TryTake(out Ino next, out _))
                    NextIno = Later(NextIno, next);
                return null;
            case EventTag.Sessions:
                return ApplySessions(reader.Body, reader.Part.Flags == ClientServer.IsWholeTable);
            case EventTag.Completed:
                return ApplyCompleted(ref reader);
            case EventTag.Opened:
                if (reader.TryTake(out Ino opened, out _))
                    _segments[^1].Opened.Add(opened);
                return null;
            case EventTag.Flushed:
                return ApplyFlushed(ref reader);
            case EventTag.RankUpdate:
                return ApplyUpdate(ref reader);
            case EventTag.Moved:
                return ApplyMoved(ref reader);
            default:
                // What follows may mean something else without it.
                return "of no kind that this Engine knows; a newer one may have written it";
        }
    }

    private static Ino Later(Ino one, Ino other) => one.CompareTo(other) >= 0 ? one : other;

    private string? ApplyDir(ref EventReader reader)
    {
        _dir = null;
        _entry = NodeId.None;
        if (!reader.TryTake(out DirPart part, out ReadOnlySpan<byte> record))
            return null;
        _isContext = (reader.Part.Flags & DirPart.IsContext) != 0;
        _isDirMarked = false;
        if (!part.TryGet(out DirFrag name))
            return "names no dirfrag";
        _coming = _isContext ? 1 : NextRun();
        if (_isContext)
        {
            _contextOf = name;
            return checksContexts ? Open(name, out _dir) : null;
        }

        string? problem = Open(name, out _dir);
        if (problem is not null)
            return problem;
        DirRecord image = default;
        if (!PackedRecord.TryUnpack(record, Bytes(ref image, DirRecord.Bytes), out ReadOnlySpan<byte> tail) || !tail.IsEmpty)
            return "its record is none";
        if (!PageValidator.IsGood(image))
            return "its record says what cannot be";
        if (!cache.HasRoomForChange)
            return NoMemory;
        Mark();
        ref DirRecord target = ref cache.Write(_dir!);
        (image.Header, image.ExtHead, image.Replicas) = (target.Header, target.ExtHead, target.Replicas);
        target = image;
        if ((reader.Part.Flags & DirPart.IsNew) != 0)
            MetadataCache.SetState(_dir!, DirState.Complete, true);
        return null;
    }

    /// <summary>The entry before is a directory that was made; entries that follow belong to the dirfrag at hand.</summary>
    private string? ApplyNewDir()
    {
        if (_entry.IsNone || !cache.IsDirectory(_entry))
            return "a new directory that is none";
        if (cache.FirstDirOf(_entry) is not null || cache.TreeOf(_entry) is not null)
            return "a new directory that is not empty";
        if (!cache.HasRoomForChange || cache.TryOpen(_entry, Frag.Root, out Dir? made).Failed)
            return NoMemory;
        cache.MarkDirty(made!, _segments[^1].Id, LastSeq);
        MetadataCache.SetState(made!, DirState.Complete, true);
        return null;
    }

    private string? Open(DirFrag name, out Dir? dir)
    {
        // Events of one directory come in runs.
        dir = _recent;
        if (dir is not null && dir.Name == name)
            return null;
        dir = _former;
        _former = _recent;
        string? problem = dir is not null && dir.Name == name ? null : Find(name, out dir);
        _recent = dir;
        return problem;
    }

    private void ForgetRecent()
    {
        _recent = _former = null;
        _toldIno = default;
    }

    private string? Find(DirFrag name, out Dir? dir)
    {
        dir = null;
        NodeId inode = name.Ino == _toldIno ? _told : cache.FindInode(name.Ino);
        if (inode.IsNone || !cache.IsDirectory(inode))
            return $"directory {name.Ino} is not known";
        dir = cache.FindDir(inode, name.Frag);
        if (dir is not null)
            return null;
        if (cache.LeafOf(inode, name.Frag.Value) != name.Frag && !TryDivideAnew(inode, name.Frag))
            return $"{name} is no fragment of its directory";
        if (cache.TryOpen(inode, name.Frag, out dir).Failed)
            return NoMemory;
        // Whose the root is others say.
        if (cache.ParentOf(dir!) is null && !cache.IsAuth(inode))
            cache.Subtrees.AdjustAuth(dir!, Authority.Undefined);
        return null;
    }

    private void Mark()
    {
        cache.MarkDirty(_dir!, _segments[^1].Id, LastSeq);
        _isDirMarked = true;
    }

    private string? ApplyDirRemoved(ref EventReader reader)
    {
        if (!reader.TryTake(out DirPart part, out _))
            return null;
        if (!part.TryGet(out DirFrag name))
            return "names no dirfrag";
        _segments[^1].Removals.Add(name);
        if (cache.FindDir(name) is not { } dir)
            return null;
        if (dir.Count > dir.NullCount)
            return $"removes {name}, which is not empty";
        ForgetRecent();
        cache.ForgetDirty(dir);
        cache.Close(dir);
        return null;
    }

    private string? ApplyBase(ReadOnlySpan<byte> packed)
    {
        ref readonly InodeFields inode = ref _image.Inode;
        if (!PackedRecord.TryUnpack(packed, Bytes(ref _image, EntryRecord.Bytes), out _) || !inode.Ino.IsBase)
            return "not a base inode";
        if (!PageValidator.IsGood(inode, _image.Dentry.Last))
            return $"inode {inode.Ino} says what cannot be";
        NodeId node = cache.FindInode(inode.Ino);
        if (node.IsNone && cache.TryAddBase(inode.Ino, inode.Mode, inode.Ino.IsOwnBaseOf(me), out node).Failed)
            return NoMemory;
        cache.WriteInode(node) = inode;
        _entry = node;
        return null;
    }
}
