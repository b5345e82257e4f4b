// Entries and names of an event.
//
// Invariant: an entry is checked whole before anything of it is applied; one that only leads to what is in memory already is not
// applied, and looked at further only where ways are checked: then it must lead there by the same name in the same directory.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Entries, their attributes, and names that are gone.</content>
internal sealed unsafe partial class Replay
{
    private string? ApplyEntry(ReadOnlySpan<byte> packed)
    {
        if (!PackedRecord.TryReadHeader(packed, out RecordHeader header)
            || header.Kind is not (RecordKind.Entry or RecordKind.Link))
            return "not an entry";
        if (_isContext)
        {
            if (!checksContexts && header.Kind == RecordKind.Entry && IsKnown(packed))
                return null;
            string? problem = Open(_contextOf, out _dir);
            if (problem is not null)
                return problem;
        }

        if (_dir is null)
            return "an entry without a dirfrag";
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
        // Who has copies is of no interest any more.
        _image.Dentry.Replicas = default;
        Entries++;
        return header.Kind == RecordKind.Entry ? ApplyPrimary(name, hash) : ApplyLink(name, hash);
    }

    /// <summary>Is the inode in memory, and the rank's own, that a context tells of? Then nothing of it is applied, nor looked at
    /// further: of an import's entries every fifth is such a one.</summary>
    private bool IsKnown(ReadOnlySpan<byte> packed)
    {
        Ino ino = InoOf(packed);
        if (ino.IsNone || ino.IsBase)
            return false;
        NodeId known = cache.FindInode(ino);
        // Where something of another rank's lies may have changed since it was told.
        if (known.IsNone || !cache.IsAuth(known))
            return false;
        Entries++;
        _entry = NodeId.None;
        (_told, _toldIno) = (known, ino);
        return true;
    }

    /// <summary>The inode number of a packed entry; none where the bytes have none.</summary>
    private static Ino InoOf(ReadOnlySpan<byte> packed) =>
        new(PackedRecord.WordAt(packed, DentryFields.Bytes / sizeof(ulong)));

    private string? ApplyPrimary(ReadOnlySpan<byte> name, uint hash)
    {
        ref readonly InodeFields inode = ref _image.Inode;
        if (inode.Ino.IsNone || inode.Ino.IsBase)
            return $"inode {inode.Ino} in an entry";
        if (!PageValidator.IsGood(inode, _image.Dentry.Last))
            return $"inode {inode.Ino} says what cannot be";
        NodeId known = cache.FindInode(inode.Ino);
        NodeId there = cache.Lookup(_dir!, name, hash, out int position);
        if (_isContext && !known.IsNone && (there == known || cache.IsAuth(known)))
        {
            _entry = NodeId.None;
            (_told, _toldIno) = (known, inode.Ino);
            return there == known ? null
                : $"a way to {inode.Ino} by the name {NameText.Show(name)}, by which it is not there";
        }

        if (_isContext)
        {
            // Another rank has moved what this one had no copy of for a while.
            DropStale(there, known);
            there = cache.Lookup(_dir!, name, hash, out position);
        }

        // The name must be free, or the node's own: an inode that was there has gone, or is put elsewhere by a later event.
        if (!there.IsNone && there != known && !cache.IsNull(there))
            return $"name {NameText.Show(name)} is taken";
        // Most are new: one pass over the record instead of four (with the pages' growth, about 12 % of a replay).
        bool isWhole = known.IsNone && there.IsNone && _isDirMarked;
        IoError error = IoError.None;
        if (isWhole)
            error = cache.TryLinkImage(_dir!, _image, name, hash, position, Math.Max(1, _coming--), out known);
        else if (known.IsNone)
            error = cache.TryLinkPrimary(_dir!, name, hash, position, inode.Ino, inode.Mode, out known);
        else if (there != known)
            error = cache.TryMove(known, _dir!, name);
        if (error.Failed)
            return NoMemory;
        if (inode.Ino.CompareTo(Ino.FirstOf(me)) >= 0 && inode.Ino.CompareTo(Ino.FirstOf(new RankId(me.Value + 1))) < 0)
            NextIno = Later(NextIno, new Ino(inode.Ino.Value + 1));
        _entry = known;
        (_told, _toldIno) = (known, inode.Ino);
        if (!isWhole)
            Write(known, EntryRecord.Bytes);
        return null;
    }

    /// <summary>A copy that is in the way of what is told later was dropped meanwhile, and nothing of this rank's lies below it.
    /// </summary>
    private void DropStale(NodeId there, NodeId known)
    {
        if (there.IsNone || there == known || cache.IsNull(there) || _dir!.IsAuth)
            return;
        ForgetRecent();
        cache.TryDropReplica(there);
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
        if (_entry.IsNone || kind >= ExtKind.Replicas)
            return null;
        if (!cache.HasRoomForChange || cache.WriteExt(_entry, kind, value).Failed)
            return NoMemory;
        return kind == ExtKind.FragTree ? ApplyTree(value) : null;
    }

    private string? ApplyRemoved(ReadOnlySpan<byte> name)
    {
        _toldIno = default;
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

    /// <summary>Two entries take each other's name, as far as they are in memory: the event says next what lies there now, and
    /// then neither is in the other's way.</summary>
    private string? ApplyExchange(ref EventReader reader)
    {
        _dir = null;
        _entry = NodeId.None;
        _toldIno = default;
        if (!reader.TryTake(out ExchangePart part, out ReadOnlySpan<byte> names))
            return null;
        if (!part.One.TryGet(out DirFrag oneName) || !part.Other.TryGet(out DirFrag otherName)
            || part.OneNameBytes < 0 || part.OneNameBytes > names.Length)
            return "names no dirfrag, or no name";
        string? problem = FindExchanged(oneName, names[..part.OneNameBytes], out Dir? oneDir, out NodeId one);
        if (problem is not null)
            return problem;
        problem = FindExchanged(otherName, names[part.OneNameBytes..], out Dir? otherDir, out NodeId other);
        if (problem is not null)
            return problem;
        if (!cache.HasRoomToMove(2))
            return NoMemory;
        if (one == other)
            return one.IsNone ? null : "exchanges a name with itself";
        if (IsAbove(one, otherDir!) || IsAbove(other, oneDir!))
            return "exchanges a directory with what lies in it";
        IoError error = other.IsNone ? cache.TryMove(one, otherDir!, names[part.OneNameBytes..])
            : one.IsNone ? cache.TryMove(other, oneDir!, names[..part.OneNameBytes])
            : cache.TryExchange(one, other);
        return error.Failed ? NoMemory : null;
    }

    /// <summary>The entry of a name; none where it is not in memory, or known not to exist.</summary>
    private string? FindExchanged(DirFrag of, ReadOnlySpan<byte> name, out Dir? dir, out NodeId node)
    {
        node = NodeId.None;
        string? problem = Open(of, out dir);
        if (problem is not null)
            return problem;
        uint hash = NameHash.Of(name);
        if (MetadataName.Check(name).Failed || !dir!.Frag.Contains(hash))
            return "exchanges a name that does not belong here";
        node = cache.Lookup(dir, name, hash, out _);
        node = node.IsNone || cache.IsNull(node) ? NodeId.None : node;
        return null;
    }

    private bool IsAbove(NodeId node, Dir dir) =>
        !node.IsNone && cache.IsDirectory(node) && cache.IsBelow(dir.Inode, node);
}
