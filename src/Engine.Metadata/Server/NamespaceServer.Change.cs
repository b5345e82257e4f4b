// Events of changes, and the statistics that follow them.
//
// Invariants: what an event says of a dirfrag or an entry is its state when the step ends; a dirfrag's first event in a
// segment is preceded by the way to it, so that replay may begin with any segment; statistics in an inode are what its
// dirfrags counted when they were last folded, and the difference stands in the open dirfrags' records.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>
/// What changes have in common. BeginChange makes sure of all room before anything is touched. Then the cache is changed, each
/// touched dirfrag and node is marked dirty with the event's number, and what they are now is put into the event: the replay of
/// events gives the same cache again.
/// </content>
internal sealed unsafe partial class NamespaceServer
{
    private readonly List<Dir> _context = [];
    private EventBuilder? _event;

    /// <summary>Number of the event that is being made.</summary>
    private long Seq => _journal.LastSeq;

    /// <summary>The event is complete.</summary>
    private long EndChange()
    {
        _event = null;
        return _journal.Submit();
    }

    /// <summary>The entry was changed.</summary>
    private void MarkDirty(NodeId node) => _cache.MarkDirty(node, _journal.Segment, Seq);

    /// <summary>Puts a dirfrag into the event; entries that follow belong to it.</summary>
    private void EmitDir(Dir dir, ushort flags = 0)
    {
        EmitContext(dir);
        ref readonly DirRecord record = ref _cache.Read(dir);
        NoteSize(dir, record.Stat.Files + record.Stat.Subdirs);
        fixed (DirRecord* start = &record)
        {
            _event!.AddDir(dir.Name, new ReadOnlySpan<byte>(start, DirRecord.Bytes), flags);
        }
    }

    /// <summary>Puts an entry, as it is now, into the event.</summary>
    private void EmitEntry(NodeId node, ushort flags = 0)
    {
        ref readonly DentryFields dentry = ref _cache.Dentry(node);
        fixed (DentryFields* start = &dentry)
        {
            ReadOnlySpan<byte> record = new(start, dentry.Header.FixedBytes);
            ReadOnlySpan<byte> name = new((byte*)start + dentry.Header.FixedBytes, dentry.Header.NameBytes);
            _event!.AddPacked(EventTag.Entry, default, record, name, flags);
        }

        EmitExt(node);
    }

    private void EmitExt(NodeId node)
    {
        if (_cache.Dentry(node).ExtHead == 0)
            return;
        PageChain chain = _cache.ChainOf(node);
        for (ExtKind kind = ExtKind.None + 1; (int)kind < ExtLimits.KindCount; kind++)
        {
            if (chain.TryGetExt(_cache.PlaceOf(node), kind, _scratch, out ReadOnlySpan<byte> value))
                _event!.Add(EventTag.Ext, value, (ushort)kind);
        }
    }

    /// <summary>Says that a name of the dirfrag that was emitted last is gone.</summary>
    private void EmitRemoved(ReadOnlySpan<byte> name)
    {
        _event!.Add(EventTag.Removed, name);
        _event.EndDir();
    }

    /// <summary>Says of two entries, before it is done, that each takes the other's name.</summary>
    private void EmitExchange(NodeId one, Dir oneDir, NodeId other, Dir otherDir)
    {
        EmitContext(oneDir);
        EmitContext(otherDir);
        ReadOnlySpan<byte> name = _cache.NameOf(one);
        ExchangePart part = new()
        {
            One = new DirPart(oneDir.Name),
            Other = new DirPart(otherDir.Name),
            OneNameBytes = name.Length,
        };
        Span<byte> names = stackalloc byte[2 * MetadataName.BytesMax];
        name.CopyTo(names);
        ReadOnlySpan<byte> otherName = _cache.NameOf(other);
        otherName.CopyTo(names[name.Length..]);
        _event!.EndDir();
        _event.Add(EventTag.Exchange, part, names[..(name.Length + otherName.Length)]);
    }

    /// <summary>Puts a base inode into the event.</summary>
    private void EmitBase(NodeId node)
    {
        ref readonly DentryFields dentry = ref _cache.Dentry(node);
        fixed (DentryFields* start = &dentry)
            _event!.AddPacked(EventTag.Base, default, new ReadOnlySpan<byte>(start, EntryRecord.Bytes), default);
        EmitExt(node);
    }

    /// <summary>Once a segment, says how to reach a dirfrag from a base inode: replay may begin with this segment.</summary>
    private void EmitContext(Dir dir)
    {
        if (dir.ContextSegment == _journal.Segment)
            return;
        FindWay(dir);
        for (int i = _context.Count - 1; i >= 0; i--)
            EmitStep(_context[i]);
    }

    /// <summary>The dirfrags on the way to one that the segment does not tell the way to yet, the lowest first; it does from now
    /// on.</summary>
    private void FindWay(Dir dir)
    {
        _context.Clear();
        for (Dir? at = dir; at is not null && at.ContextSegment != _journal.Segment; at = _cache.ParentOf(at))
        {
            at.ContextSegment = _journal.Segment;
            _context.Add(at);
        }
    }

    /// <summary>One step of the way: the inode, and whose the dirfrag is where that is another's than the inode.</summary>
    private void EmitStep(Dir dir)
    {
        EmitWay(dir.Inode);
        if (dir.IsSubtreeRoot && dir.DirAuth.First != _options.Id.Value && !_undecided.ContainsKey(dir.Name))
            EmitBound(dir);
    }

    private void EmitWay(NodeId node)
    {
        if (_cache.TryDirOf(node) is not { } parent)
        {
            // The rank's own are in the segment's head.
            if (!_cache.IsAuth(node))
                EmitBase(node);
            return;
        }

        _event!.EndDir();
        _event.Add(EventTag.Dir, new DirPart(parent.Name), flags: DirPart.IsContext);
        EmitEntry(node, DirPart.IsContext);
    }

    /// <summary>Notes that a dirfrag's content changed now: entries by kind, and what lies below.</summary>
    private void CountEntry(Dir dir, in InodeFields inode, int change, bool touches = true)
    {
        ref DirRecord record = ref _cache.Write(dir);
        bool isDirectory = FileMode.IsDirectory(inode.Mode);
        if (touches)
            Touch(ref record);
        record.Recursive.Ctime = Math.Max(record.Recursive.Ctime, _nowNanos);
        if (isDirectory)
        {
            record.Stat.Subdirs = Sum(record.Stat.Subdirs, change);
            AddRecursive(ref record.Recursive, inode.Recursive, change);
            record.Recursive.Subdirs = Sum(record.Recursive.Subdirs, change);
        }
        else
        {
            record.Stat.Files = Sum(record.Stat.Files, change);
            record.Recursive.Files = Sum(record.Recursive.Files, change);
            record.Recursive.Bytes = Sum(record.Recursive.Bytes, change * (long)inode.Size);
        }
    }

    /// <summary>Counts a remote entry: a name, but nothing below.</summary>
    private void CountRemote(Dir dir, int change, bool touches = true)
    {
        ref DirRecord record = ref _cache.Write(dir);
        if (touches)
            Touch(ref record);
        record.Stat.Files = Sum(record.Stat.Files, change);
    }

    private void Touch(ref DirRecord record)
    {
        record.Stat.Mtime = _nowNanos;
        record.Stat.ChangeAttr++;
    }

    /// <summary>Counts come from the store, where they may be wrong: then they end at their limits, and a check tells.</summary>
    private static uint Sum(uint count, long change) => (uint)Math.Clamp(count + change, 0, uint.MaxValue);

    private static ulong Sum(ulong count, long change)
    {
        Int128 sum = (Int128)count + change;
        return sum < 0 ? 0 : (ulong)Int128.Min(sum, ulong.MaxValue);
    }

    private static void AddRecursive(ref RecursiveStat sum, in RecursiveStat value, int sign)
    {
        sum.Bytes = Sum(sum.Bytes, sign * (long)value.Bytes);
        sum.Files = Sum(sum.Files, sign * (long)value.Files);
        sum.Subdirs = Sum(sum.Subdirs, sign * (long)value.Subdirs);
    }

    /// <summary>The present statistics of a directory's entries: those folded into its inode, and what its open dirfrags count
    /// beside.</summary>
    private void SumOf(NodeId directory, out FragStat entries, out RecursiveStat below)
    {
        ref readonly InodeFields inode = ref _cache.Inode(directory);
        entries = inode.Stat;
        below = inode.Recursive;
        for (Dir? dir = _cache.FirstDirOf(directory); dir is not null; dir = MetadataCache.NextDirOf(dir))
        {
            ref readonly DirRecord record = ref _cache.Read(dir);
            entries.Mtime = Math.Max(entries.Mtime, record.Stat.Mtime);
            entries.ChangeAttr += record.Stat.ChangeAttr - record.AccountedStat.ChangeAttr;
            entries.Files += record.Stat.Files - record.AccountedStat.Files;
            entries.Subdirs += record.Stat.Subdirs - record.AccountedStat.Subdirs;
            below.Ctime = Math.Max(below.Ctime, record.Recursive.Ctime);
            below.Bytes += record.Recursive.Bytes - record.AccountedRecursive.Bytes;
            below.Files += record.Recursive.Files - record.AccountedRecursive.Files;
            below.Subdirs += record.Recursive.Subdirs - record.AccountedRecursive.Subdirs;
        }
    }

    /// <summary>Folds what a dirfrag counts into the directory's inode, and the change of that into the dirfrag above, within an
    /// event of its own. The one above is folded in its turn.</summary>
    /// <returns>ENOMEM and the like: nothing was done.</returns>
    public IoError Fold(Dir dir)
    {
        // Where the inode is another rank's, or is promised to one, that one gathers what the dirfrag counts.
        if (IsFolded(dir) || !_cache.IsAuth(dir.Inode) || IsPromised(dir.Inode))
            return IoError.None;
        // What events wait for in the log it would wait for too, and all that looks into the directory above with it.
        if (_journal.IsFull)
            return IoError.Again;
        IoError error = CheckEvent(ExtBytes(dir.Inode), dir, null, out long eventBytes);
        if (error.Failed)
            return error;
        // Not what other changes ask for: where the cache is full, this is the way to room.
        if (!_cache.HasRoomToFold(dir))
        {
            // The dirfrag is dirty or frozen, and so pinned.
            MakeRoom(forChange: false);
            if (!_cache.HasRoomToFold(dir))
                return IoError.NoMemory;
        }

        BeginEvent(EventKind.Update, dir, null, eventBytes);
        ref DirRecord record = ref _cache.Write(dir);
        ref InodeFields inode = ref _cache.WriteInode(dir.Inode);
        FragStat entries = record.Stat;
        RecursiveStat below = record.Recursive;
        FragStat countedEntries = record.AccountedStat;
        RecursiveStat countedBelow = record.AccountedRecursive;
        inode.Stat.Files += entries.Files - countedEntries.Files;
        inode.Stat.Subdirs += entries.Subdirs - countedEntries.Subdirs;
        inode.Stat.ChangeAttr += entries.ChangeAttr - countedEntries.ChangeAttr;
        inode.Stat.Mtime = Math.Max(inode.Stat.Mtime, entries.Mtime);
        AddDifference(ref inode.Recursive, below, countedBelow);
        record.AccountedStat = entries;
        record.AccountedRecursive = below;
        if (_cache.TryDirOf(dir.Inode) is { } parent)
        {
            AddDifference(ref _cache.Write(parent).Recursive, below, countedBelow);
            MarkDirty(dir.Inode);
            EmitDir(parent);
            EmitEntry(dir.Inode);
        }
        else
        {
            EmitBase(dir.Inode);
        }

        // One that was given away is the other rank's for the journal, though it is frozen here.
        if (dir.IsAuth && (!dir.IsSubtreeRoot || dir.DirAuth.First == _options.Id.Value))
        {
            _cache.MarkDirty(dir, _journal.Segment, Seq);
            EmitDir(dir);
        }
        else
        {
            EmitBound(dir);
        }

        EndChange();
        return IoError.None;
    }

    private bool IsFolded(Dir dir)
    {
        ref readonly DirRecord record = ref _cache.Read(dir);
        return record.Stat == record.AccountedStat && record.Recursive == record.AccountedRecursive;
    }

    private static void AddDifference(ref RecursiveStat sum, in RecursiveStat now, in RecursiveStat before)
    {
        sum.Bytes += now.Bytes - before.Bytes;
        sum.Files += now.Files - before.Files;
        sum.Subdirs += now.Subdirs - before.Subdirs;
        sum.Ctime = Math.Max(sum.Ctime, now.Ctime);
    }
}
