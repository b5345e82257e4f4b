// What clients have open, in the journal, so that replay has it in memory when they come back: the path that a client knows may
// lead elsewhere by then, and there is no table from numbers to places.
//
// Invariants: an open inode is told of in a segment that is kept, by an event of its own or by that which made it; before a
// segment goes, a later one tells of what is still open. At most NotesMax are told of; where there are more, or the log is full,
// the rest is found by path, as clients say it.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Open files. Source: migrator specification, 1.14 (event Open) and 4.2 (reconnect).</content>
internal sealed partial class NamespaceServer
{
    /// <summary>Bytes of a log that a note and its way may take, for the bound.</summary>
    private const int NoteBytes = 4 << 10;

    /// <summary>Segments that tell of open inodes, the last one of each.</summary>
    private readonly Dictionary<Ino, JournalSegment> _noted = [];

    private readonly Queue<Ino> _toNote = new();

    /// <summary>What replay found open, kept in memory until clients have come back.</summary>
    private readonly List<NodeId> _keptForClients = [];

    /// <summary>So many notes fill a quarter of the segments kept, and an eighth of the log.</summary>
    private long NotesMax => Math.Min(
        (long)_options.SegmentEventsMax * _options.SegmentsMax / 4, _environment.Log.Capacity / (8 * NoteBytes));

    /// <summary>Keeps what replay found open, until <see cref="ReleaseOpened"/>.</summary>
    public void KeepOpened(IReadOnlyList<JournalSegment> segments)
    {
        foreach (JournalSegment segment in segments)
        {
            foreach (Ino ino in segment.Opened)
            {
                NodeId node = _cache.FindInode(ino);
                if (!node.IsNone && !_noted.ContainsKey(ino))
                {
                    _cache.Pin(node, PinKind.Request);
                    _keptForClients.Add(node);
                }

                _noted[ino] = segment;
            }
        }
    }

    /// <summary>Clients have come back: what none of them has open may go.</summary>
    public void ReleaseOpened()
    {
        foreach (NodeId node in _keptForClients)
            _cache.Unpin(node, PinKind.Request);
        _keptForClients.Clear();
    }

    /// <summary>A client has the inode open.</summary>
    public void NoteOpened(Ino ino)
    {
        if (ino.IsBase || _noted.ContainsKey(ino) || _noted.Count + _toNote.Count >= NotesMax)
            return;
        if (_event is null)
            _toNote.Enqueue(ino);
        else
            AddNote(ino);
    }

    /// <summary>Tells of what was opened, as far as there is room; called at the end of a step.</summary>
    public void TellOpened()
    {
        while (_toNote.TryPeek(out Ino ino) && _journal.Failure.IsNone && _journal.Ask(NoteBytes) == JournalRoom.Open)
        {
            if (Tell(ino) == IoError.Again)
                return;
            _toNote.Dequeue();
        }
    }

    /// <summary>Tells again of what is still open and was told of last in a segment that is to go; false while that is not
    /// durable. A full log is not waited for: it is the segment that makes room.</summary>
    public bool TryTellAgain(JournalSegment segment)
    {
        for (int last = segment.Opened.Count - 1; last >= 0; last--)
        {
            Ino ino = segment.Opened[last];
            bool isLast = _noted.GetValueOrDefault(ino) == segment;
            if (isLast && !_journal.IsFull && Tell(ino) == IoError.Again)
                return false;
            segment.ToldAt = isLast ? _journal.LastSeq : segment.ToldAt;
            if (_noted.GetValueOrDefault(ino) == segment)
                _noted.Remove(ino);
            segment.Opened.RemoveAt(last);
        }

        return segment.ToldAt <= _journal.DurableSeq || _journal.IsFull;
    }

    /// <summary>Tells of an inode, unless nobody has it open.</summary>
    /// <returns>EAGAIN where there is no room now.</returns>
    private IoError Tell(Ino ino)
    {
        NodeId node = _cache.FindInode(ino);
        bool isOpen = !node.IsNone && (_clients.IsOpen(ino) || !_clients.IsServing);
        if (!isOpen || _cache.TryDirOf(node) is not { } dir)
            return IoError.None;
        IoError error = CheckEvent(EntryBytes + ExtBytes(node), dir, null, out long eventBytes);
        if (error.Failed)
            return error;
        if (_journal.IsSegmentFull)
            _journal.BeginSegment();
        int before = _journal.Current.Changes;
        long bytes = _journal.Current.Bytes;
        BeginEvent(EventKind.Open, dir, null, eventBytes);
        EmitContext(dir);
        EmitWay(node);
        AddNote(ino);
        EndChange();
        _journal.Current.Notes += _journal.Current.Changes - before;
        _journal.Current.NotesBytes += _journal.Current.Bytes - bytes;
        return IoError.None;
    }

    private void AddNote(Ino ino)
    {
        _event!.Add(EventTag.Opened, ino);
        _journal.Current.Opened.Add(ino);
        _noted[ino] = _journal.Current;
    }
}
