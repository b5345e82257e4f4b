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
internal sealed unsafe partial class Replay(MetadataCache cache, RankId me, SessionTable? sessions = null)
{
    private const string NoMemory = "no memory; give the rank a larger cache";

    private readonly List<JournalSegment> _segments = [];
    private Dir? _dir;

    /// <summary>The dirfrag that was asked for last; null once dirfrags may have been closed.</summary>
    private Dir? _recent;

    private bool _isContext;
    private bool _isDirMarked;

    /// <summary>Subtrees that the present event lists.</summary>
    private int _claimed;

    private NodeId _entry;

    /// <summary>The entry or base inode at hand, unpacked; a link is its beginning.</summary>
    private EntryRecord _image;

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
        _segments[^1].Events++;
        _dir = null;
        _claimed = 0;
        while (reader.Read())
        {
            string? problem = Apply(ref reader);
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
            case EventTag.DirRemoved:
                return ApplyDirRemoved(ref reader);
            case EventTag.Fragment:
                return ApplyFragment(ref reader);
            case EventTag.Base:
                return ApplyBase(reader.Body);
            case EventTag.Subtree:
                return ApplySubtree(ref reader);
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
            default:
                return null;
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
        string? problem = Open(name, out _dir);
        if (problem is not null || _isContext)
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
        (image.Header, image.ExtHead) = (target.Header, target.ExtHead);
        target = image;
        if ((reader.Part.Flags & DirPart.IsNew) != 0)
            MetadataCache.SetState(_dir!, DirState.Complete, true);
        return null;
    }

    private string? Open(DirFrag name, out Dir? dir)
    {
        // Events of one directory come in runs.
        dir = _recent;
        if (dir is not null && dir.Name == name)
            return null;
        _recent = null;
        string? problem = Find(name, out dir);
        _recent = dir;
        return problem;
    }

    private string? Find(DirFrag name, out Dir? dir)
    {
        dir = null;
        NodeId inode = cache.FindInode(name.Ino);
        if (inode.IsNone || !cache.IsDirectory(inode))
            return $"directory {name.Ino} is not known";
        dir = cache.FindDir(inode, name.Frag);
        if (dir is not null)
            return null;
        if (cache.LeafOf(inode, name.Frag.Value) != name.Frag)
            return $"{name} is no fragment of its directory";
        return cache.TryOpen(inode, name.Frag, out dir).Failed ? NoMemory : null;
    }

    private void Mark()
    {
        cache.MarkDirty(_dir!, _segments[^1].Id, LastSeq);
        _isDirMarked = true;
    }

    private string? ApplyEntry(ReadOnlySpan<byte> packed)
    {
        if (_dir is null)
            return "an entry without a dirfrag";
        if (!PackedRecord.TryReadHeader(packed, out RecordHeader header)
            || header.Kind is not (RecordKind.Entry or RecordKind.Link))
            return "not an entry";
        int fixedBytes = header.Kind == RecordKind.Entry ? EntryRecord.Bytes : LinkRecord.Bytes;
        if (!PackedRecord.TryUnpack(packed, Bytes(ref _image, fixedBytes), out ReadOnlySpan<byte> name)
            || name.Length != header.NameBytes)
            return "not an entry";
        if (!PageValidator.IsGood(_image.Dentry))
            return "an entry that says what cannot be";
        if (MetadataName.Check(name).Failed)
            return "an entry with a name that is none";
        uint hash = NameHash.Of(name);
        if (!_dir.Frag.Contains(hash))
            return "an entry with a name that does not belong here";
        if (!cache.HasRoomForChange)
            return NoMemory;
        Entries++;
        return header.Kind == RecordKind.Entry ? ApplyPrimary(name, hash) : ApplyLink(name, hash);
    }

    private string? ApplyPrimary(ReadOnlySpan<byte> name, uint hash)
    {
        ref readonly InodeFields inode = ref _image.Inode;
        if (inode.Ino.IsNone || inode.Ino.IsBase)
            return $"inode {inode.Ino} in an entry";
        if (!PageValidator.IsGood(inode, _image.Dentry.Last))
            return $"inode {inode.Ino} says what cannot be";
        NodeId known = cache.FindInode(inode.Ino);
        if (_isContext && !known.IsNone)
        {
            _entry = NodeId.None;
            return null;
        }

        // The name must be free, or the node's own: an inode that was there has gone, or is put elsewhere by a later event.
        NodeId there = cache.Lookup(_dir!, name, hash, out int position);
        if (!there.IsNone && there != known && !cache.IsNull(there))
            return $"name {NameText.Show(name)} is taken";
        IoError error = IoError.None;
        if (known.IsNone)
            error = cache.TryLinkPrimary(_dir!, name, hash, position, inode.Ino, inode.Mode, out known);
        else if (there != known)
            error = cache.TryMove(known, _dir!, name);
        if (error.Failed)
            return NoMemory;
        if (inode.Ino.CompareTo(Ino.FirstOf(me)) >= 0 && inode.Ino.CompareTo(Ino.FirstOf(new RankId(me.Value + 1))) < 0)
            NextIno = Later(NextIno, new Ino(inode.Ino.Value + 1));
        _entry = known;
        Write(known, EntryRecord.Bytes);
        return null;
    }

    private string? ApplyLink(ReadOnlySpan<byte> name, uint hash)
    {
        ref readonly LinkRecord link = ref Unsafe.As<EntryRecord, LinkRecord>(ref _image);
        if (link.Linkage != DentryLinkage.Remote || link.RemoteIno.IsNone)
            return "a link to nothing";
        NodeId known = cache.Lookup(_dir!, name, hash, out _);
        if (!known.IsNone && !cache.IsNull(known) && !cache.IsRemote(known))
            return $"name {NameText.Show(name)} is taken";
        if (known.IsNone || cache.IsNull(known))
        {
            if (cache.TryLinkRemote(_dir!, name, link.RemoteIno, link.RemoteType, out known).Failed)
                return NoMemory;
        }

        _entry = known;
        Write(known, LinkRecord.Bytes);
        return null;
    }

    /// <summary>The record becomes the image, but for what is the page's own.</summary>
    private void Write(NodeId node, int fixedBytes)
    {
        if (!_isContext)
            MarkNode(node);
        ref DentryFields target = ref cache.WriteDentry(node);
        ref DentryFields image = ref _image.Dentry;
        (image.Header, image.Hash, image.ExtHead) = (target.Header, target.Hash, target.ExtHead);
        Bytes(ref _image, fixedBytes).CopyTo(new Span<byte>(Unsafe.AsPointer(ref target), fixedBytes));
        if (target.ExtHead == 0)
            return;
        for (ExtKind kind = ExtKind.None + 1; (int)kind < ExtLimits.KindCount; kind++)
        {
            if (cache.ExtLength(node, kind) >= 0)
                _ = cache.WriteExt(node, kind, default);
        }
    }

    /// <summary>The first bytes of a record.</summary>
    private static Span<byte> Bytes<T>(ref T record, int length)
        where T : unmanaged =>
        MemoryMarshal.AsBytes(new Span<T>(ref record))[..length];

    private void MarkNode(NodeId node)
    {
        // The dirfrag's record came first and says the version that all changes of the event led to.
        if (_isDirMarked)
            cache.NoteDirty(node, _dir!, cache.VersionOf(_dir!));
        else
            cache.MarkDirty(node, _segments[^1].Id, LastSeq);
    }

    private string? ApplyExt(ExtKind kind, ReadOnlySpan<byte> value)
    {
        if (kind is <= ExtKind.None or > ExtKind.InodeReplicas || value.Length > ExtLimits.MaxOf(kind))
            return "an attribute of no known kind or length";
        if (_entry.IsNone)
            return null;
        if (!cache.HasRoomForChange || cache.WriteExt(_entry, kind, value).Failed)
            return NoMemory;
        return kind == ExtKind.FragTree ? ApplyTree(value) : null;
    }

    private string? ApplyRemoved(ReadOnlySpan<byte> name)
    {
        if (_dir is null || MetadataName.Check(name).Failed || !_dir.Frag.Contains(NameHash.Of(name)))
            return "removes a name that does not belong here";
        if (!cache.HasRoomForChange)
            return NoMemory;
        NodeId node = cache.Lookup(_dir, name);
        if (node.IsNone)
        {
            if (cache.TryAddNull(_dir, name, out node).Failed)
                return NoMemory;
        }
        else if (!cache.IsNull(node))
        {
            if (cache.HasInode(node) && cache.FirstDirOf(node) is not null)
                return "removes a directory that is still there";
            if (cache.TryMakeNull(node).Failed)
                return NoMemory;
        }

        MarkNode(node);
        return null;
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
        _recent = null;
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
        if (node.IsNone && cache.TryAddBase(inode.Ino, inode.Mode, isAuth: true, out node).Failed)
            return NoMemory;
        cache.WriteInode(node) = inode;
        _entry = node;
        return null;
    }

    private string? ApplySubtree(ref EventReader reader)
    {
        if (!reader.TryTake(out DirPart part, out _))
            return null;
        if (!part.TryGet(out DirFrag name))
            return "names no dirfrag";
        string? problem = Open(name, out Dir? dir);
        if (problem is not null)
            return problem;
        _claimed++;
        if (dir!.IsSubtreeRoot)
            return null;
        if (_segments.Count > 1)
            return $"claims {name}, which was nobody's subtree before";
        cache.Subtrees.AdjustAuth(dir, Authority.Of(cache.Me));
        return null;
    }

    /// <summary>A subtree map that is not the first says what the events before it led to.</summary>
    private string? CheckClaims()
    {
        int known = 0;
        foreach (Dir root in cache.Subtrees.Roots())
            known += root.DirAuth.First == me.Value ? 1 : 0;
        return known == _claimed ? null : $"claims {_claimed} subtrees of {known}";
    }
}
