// Room for what is to be done: memory, blocks for events, the length of a record, entries of a dirfrag.
//
// Invariants: whatever may be wanting is asked for before anything is changed; an event is never longer than a record of the
// journal: what it says of the inodes that it changes is bounded (Journal.AttributeBytesMax), and where the ways to them are
// long, events of their own tell these before.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Room is made sure of first.</content>
internal sealed partial class NamespaceServer
{
    /// <summary>Nodes that one attempt to make room drops.</summary>
    private const int TrimNodes = 512;

    /// <summary>Part of the cache's limit to work in while the journal's pages go beyond that.</summary>
    private const int ShareToWorkIn = 8;

    /// <summary>Bytes of blocks that are asked for beside what is known of an event: a segment's head, and more.</summary>
    private const int EventBytes = 1 << 20;

    /// <summary>What an event takes beside attributes of variable length, the ways to its dirfrags, and what is counted: some
    /// entries and dirfrags.</summary>
    private const int PlainBytes = 5 << 10;

    /// <summary>An entry with the longest name, and its dirfrag's name.</summary>
    private const int EntryBytes = EntryRecord.Bytes + 256 + DirPart.Bytes + (2 * EventPart.Bytes) + sizeof(ulong);

    /// <summary>A dirfrag and its record.</summary>
    private const int DirBytes = DirRecord.Bytes + DirPart.Bytes + EventPart.Bytes + sizeof(ulong);

    /// <summary>How often a request waits until all is written that was changed when it began to: others that are woken with it
    /// may take the room first, and one that never fits must end all the same.</summary>
    private const int MemoryRoundsMax = 8;

    /// <summary>As so many counts a round that began since the request's own directories dropped each other: it reads each of
    /// them again in the next, and is likely never to fit.</summary>
    private const int TightRounds = 4;

    /// <summary>How often something was dropped to make room.</summary>
    private long _trims;

    /// <summary>Is there room for an event of the usual size, and a segment's head before it?</summary>
    public bool HasRoomForEvent => _journal.HasRoom(EventBytes + _clients.Sessions.StoredBytes);

    /// <summary>Makes room in the cache, as far as it can, before anything is looked up: whatever nobody pins may go, which is
    /// why nothing trims once a node or a dirfrag is in hand.</summary>
    /// <param name="forChange">For a change.</param>
    /// <param name="longMoves">Entries with long attributes that it moves.</param>
    public void MakeRoom(bool forChange, int longMoves = 0)
    {
        if (forChange ? _cache.HasRoomToMove(longMoves) : _cache.HasRoomToRead)
            return;
        while (!(forChange ? _cache.HasRoomToBeginMove(longMoves) : _cache.HasRoomToRead) && TrimMore())
        {
        }

        // What is left is pinned, most of it by what is not written back. Without that the request would read its directories
        // one after the other, each in the place of the one before, and never come to begin.
        _journal.WantsMemory |= !(forChange ? _cache.HasRoomToMove(longMoves) : _cache.HasRoomToRead);
    }

    /// <summary>Once what the journal brought beyond the cache's limit is written back, the limit is the cache's again: what is
    /// clean goes, and beside what is not there is some room to work in.</summary>
    public void LimitToCache()
    {
        long limit = _options.CacheBytesMax;
        if (_pages.BytesMax <= limit)
            return;
        long room = limit / ShareToWorkIn;
        while (_pages.BytesUsed + room > limit && TrimMore())
        {
        }

        _pages.LimitTo(Math.Max(limit, _pages.BytesUsed + room));
    }

    /// <summary>Drops what was not used for long; false when there is no such thing. Nothing else in a rank does: a request that
    /// has directories read that drop each other is told from one whose directories stay by the count of this.</summary>
    private bool Trim()
    {
        bool hasTrimmed = _cache.Trim(TrimNodes) > 0;
        _trims += hasTrimmed ? 1 : 0;
        return hasTrimmed;
    }

    /// <summary>The same, what was used since the last time too.</summary>
    private bool TrimMore() => Trim() || Trim();

    /// <summary>The cache has no room for what a request wants to read, or for all of it at once: it waits while something can
    /// be written back, and is tried anew. False when nothing can: then it lacks room with nothing but itself in the cache. Also
    /// once all was written, several times over, that was changed when it began to wait: others go on changing things.</summary>
    public bool AwaitsMemory(RequestContext context)
    {
        _journal.WantsMemory = true;
        if (context.MemoryRounds == 0 || _journal.Oldest.FirstSeq > context.WaitsUntilSeq)
        {
            context.WaitsUntilSeq = _journal.LastSeq;
            context.MemoryRounds += context.MayReadOn ? 1 : TightRounds;
        }

        if (_journal.Failure.Failed || !_journal.CanFree || context.MemoryRounds > MemoryRoundsMax)
            return false;
        context.ReleaseLocks();
        context.TightReads = 0;
        _journal.WaitForRoom(context);
        return true;
    }

    /// <summary>ENOSPC where a dirfrag holds as many entries as one may: it has to be divided first.</summary>
    private IoError CheckRoomIn(Dir dir)
    {
        ref readonly DirRecord record = ref _cache.Read(dir);
        return (long)record.Stat.Files + record.Stat.Subdirs < _options.FragmentEntriesMax ? IoError.None : IoError.NoSpace;
    }

    /// <summary>Begins a change.</summary>
    /// <param name="kind">Kind of its event.</param>
    /// <param name="bytes">What the event says beside <see cref="PlainBytes"/>: attributes of variable length, and what is
    /// counted.</param>
    /// <param name="dir">A dirfrag that it tells of; null where its way is short.</param>
    /// <param name="other">Another one.</param>
    /// <returns>ENOMEM, ENOSPC or EIO when it cannot be made now; nothing was done then.</returns>
    private IoError BeginChange(EventKind kind = EventKind.Update, long bytes = 0, Dir? dir = null, Dir? other = null)
    {
        IoError error = CheckEvent(bytes, dir, other, out long eventBytes);
        if (error.IsNone && !_cache.HasRoomForChange)
            error = IoError.NoMemory;
        if (error.IsNone)
            BeginEvent(kind, dir, other, eventBytes);
        return error;
    }

    /// <summary>May the event be made? It takes at most <paramref name="eventBytes"/>, with the ways to its dirfrags.</summary>
    /// <returns>ENOSPC where it would be longer than any that the journal takes, EAGAIN where it must wait for others, EIO.
    /// </returns>
    private IoError CheckEvent(long bytes, Dir? dir, Dir? other, out long eventBytes)
    {
        eventBytes = 0;
        if (_journal.Failure.Failed)
            return IoError.Io;
        long ways = WayBytes(dir) + WayBytes(other);
        long blocks = EventBytes + _clients.Sessions.StoredBytes + bytes + ways;
        eventBytes = PlainBytes + bytes + ways;
        if (PlainBytes + bytes > _journal.EventBytesMax || blocks >= _journal.PendingBytesMax)
            return IoError.NoSpace;
        return _journal.HasRoom(blocks) ? IoError.None : IoError.Again;
    }

    private void BeginEvent(EventKind kind, Dir? dir, Dir? other, long eventBytes)
    {
        if (_journal.IsSegmentFull && !_keepsSegment)
            _journal.BeginSegment();
        if (eventBytes > _journal.EventBytesMax)
        {
            SayWay(dir);
            SayWay(other);
        }

        _event = kind == EventKind.Update ? _journal.BeginChange(eventBytes) : _journal.BeginHere(kind);
    }

    /// <summary>Tells the way to a dirfrag in events of their own.</summary>
    private void SayWay(Dir? dir)
    {
        if (dir is null)
            return;
        FindWay(dir);
        for (int next = _context.Count - 1; next >= 0;)
        {
            _event = _journal.BeginHere(EventKind.Update);
            do
                EmitStep(_context[next]);
            while (--next >= 0 && _event.Length + StepBytes(_context[next]) <= _journal.EventBytesMax);
            EndChange();
        }
    }

    /// <summary>What the event may have to say of the way to a dirfrag.</summary>
    private long WayBytes(Dir? dir)
    {
        long bytes = 0;
        bool isNew = _journal.IsSegmentFull;
        for (Dir? at = dir; at is not null && (isNew || at.ContextSegment != _journal.Segment); at = _cache.ParentOf(at))
            bytes += StepBytes(at);
        return bytes;
    }

    private long StepBytes(Dir dir) => EntryBytes + ExtBytes(dir.Inode) + (dir.IsSubtreeRoot || !dir.IsAuth ? DirBytes : 0);

    /// <summary>What an event says of the attributes of variable length of an inode.</summary>
    private long ExtBytes(NodeId node)
    {
        long bytes = 0;
        if (_cache.Dentry(node).ExtHead == 0)
            return bytes;
        for (ExtKind kind = ExtKind.None + 1; (int)kind < ExtLimits.KindCount; kind++)
            bytes += Math.Max(-EventPart.Bytes, _cache.ExtLength(node, kind)) + (2 * EventPart.Bytes);
        return bytes;
    }

    /// <summary>What an event says of all dirfrags of a directory.</summary>
    private long DirsBytes(NodeId directory)
    {
        long bytes = 0;
        for (Dir? dir = _cache.FirstDirOf(directory); dir is not null; dir = MetadataCache.NextDirOf(dir))
            bytes += DirBytes;
        return bytes;
    }
}
