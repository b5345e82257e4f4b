namespace Engine.Metadata;

/// <content>
/// Inode numbers. A number that a client was told is never given to another inode, in no later life either: the head of each
/// segment says up to where numbers may have been given out, well beyond what the segment's own events can use, and an inode
/// whose number is not covered by a durable head is told of only when its own event is durable.
/// </content>
internal sealed partial class NamespaceServer
{
    /// <summary>Heads that are not known to be durable, and up to where their numbers go.</summary>
    private readonly Queue<(long Seq, Ino End)> _reserved = new();

    private Ino _nextIno;
    private Ino _reservedEnd;

    /// <summary>Recovery says where to go on.</summary>
    public void BeginInos(Ino next) => _nextIno = next;

    /// <summary>For the event that is being made, a segment's head: the first number that is not given out while the segment is
    /// the newest one or the last but one.</summary>
    public Ino ReserveInos()
    {
        Ino end = new(_nextIno.Value + (2 * (ulong)_options.SegmentEventsMax));
        _reserved.Enqueue((Seq, end));
        return end;
    }

    private Ino TakeIno()
    {
        Ino ino = _nextIno;
        _nextIno = new Ino(ino.Value + 1);
        return ino;
    }

    /// <summary>Will a crash now not make the number free again?</summary>
    private bool IsKept(Ino ino)
    {
        while (_reserved.TryPeek(out (long Seq, Ino End) first) && first.Seq <= _journal.DurableSeq)
            _reservedEnd = _reserved.Dequeue().End;
        return ino.CompareTo(_reservedEnd) < 0;
    }
}
