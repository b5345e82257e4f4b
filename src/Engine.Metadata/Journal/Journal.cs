// The rank's journal: events in, durability out.
//
// Ownership: the journal owns the events until the log took them. It belongs to the rank's one logical thread.
// Invariants: events are numbered without gaps (LastSeq is the newest made, AppendedSeq the newest in the log, DurableSeq the
// newest that survives a crash; each at most the one before); one flush is under way at most, and there is one whenever
// something appended is not durable; a failed log is failed for good (Failure), and the rank stops. While a flush is under way,
// what is appended is not durable before the next one ends: so long one event stays open, and takes all changes. They become
// durable together, and replay reads one header, and one record of a directory that many of them made entries in.
//   Journal       events, segments, durability
//   Journal.Room  how much may yet be appended, and who waits for that
// Waiters for durability are in order of their event, since durability comes in order.

using Engine.Buffers;
using Engine.Objects;

namespace Engine.Metadata;

/// <summary>Appends events, makes them durable in groups, and keeps account of segments.</summary>
internal sealed partial class Journal : IAppendTarget, IDisposable
{
    /// <summary>A log whose records are shorter than this cannot be a rank's journal.</summary>
    public const int EventBytesMin = 16 << 10;

    /// <summary>An event that is as long takes no further change: so much is handed to the log while a flush is under way, which
    /// may begin to write it.</summary>
    private const int OpenBytesMax = 32 << 10;

    private readonly RankOptions _options;
    private readonly IRankEnvironment _environment;
    private readonly RankEffects _effects;
    private readonly PendingTable _pending;
    private readonly ReadyQueue _ready;
    private readonly ISegmentHead _head;
    private readonly EventBuilder _builder;
    private readonly Queue<(long Seq, Continuation Waiter)> _waiters = new();
    private readonly Queue<JournalSegment> _segments = new();

    /// <summary>Segments whose first event is not in the log yet.</summary>
    private readonly Queue<JournalSegment> _unplaced = new();

    private JournalSegment? _current;
    private bool _flushing;
    private long _flushMicros;
    private long _flushCount;
    private long _flushBeganMicros;

    /// <summary>The newest event is of a kind that may take further changes.</summary>
    private bool _mayGoOn;

    /// <summary>It is complete, and waits for them.</summary>
    private bool _isOpen;

    /// <summary>Bytes of it that are accounted for.</summary>
    private long _notedBytes;

    public Journal(
        RankOptions options,
        IRankEnvironment environment,
        RankEffects effects,
        PendingTable pending,
        ReadyQueue ready,
        ISegmentHead head,
        BufferPool pool)
    {
        _options = options;
        _environment = environment;
        _effects = effects;
        _pending = pending;
        _ready = ready;
        _head = head;
        _builder = new EventBuilder(pool);
    }

    /// <summary>Number of the newest event made.</summary>
    public long LastSeq { get; private set; }

    /// <summary>The newest event, while it is open: as it would be appended now. Empty when none is.</summary>
    public ReadOnlySpan<byte> OpenEvent => _isOpen ? _builder.Bytes : default;

    /// <summary>Number of the newest event in the log.</summary>
    public long AppendedSeq { get; private set; }

    /// <summary>Number of the newest durable event.</summary>
    public long DurableSeq { get; private set; }

    /// <summary>Why the journal takes no more events; none while it does.</summary>
    public IoError Failure { get; private set; }

    /// <summary>The segment that events go to.</summary>
    public int Segment => _current!.Id;

    /// <summary>The same, to be kept for a while.</summary>
    public JournalSegment Current => _current!;

    /// <summary>Segments, the current one included.</summary>
    public int SegmentCount => _segments.Count;

    /// <summary>The oldest segment.</summary>
    public JournalSegment Oldest => _segments.Peek();

    /// <summary>The last of the segments that go together with the oldest.</summary>
    public int OldestThrough
    {
        get
        {
            int through = Oldest.Through;
            foreach (JournalSegment segment in _segments)
            {
                if (segment.Id <= through)
                    through = Math.Max(through, segment.Through);
            }

            return through;
        }
    }

    /// <summary>Lists the segments that go together with the oldest, itself first.</summary>
    public void ListOldest(List<JournalSegment> list)
    {
        int through = OldestThrough;
        foreach (JournalSegment segment in _segments)
        {
            if (segment.Id <= through)
                list.Add(segment);
        }
    }

    /// <summary>Is there a segment that stays for good, since what hangs on it cannot be written?</summary>
    public bool IsStuck => _segments.Count > 0 && Oldest.IsStuck;

    /// <summary>Longest event.</summary>
    public int EventBytesMax => _environment.Log.RecordBytesMax;

    /// <summary>What the attributes of variable length of one inode may take: those of two, and what else an event says, fit into
    /// a record, and so do the root's beside the session table.</summary>
    public int AttributeBytesMax => Math.Min(ExtLimits.BytesMax, EventBytesMax / 4);

    /// <summary>Bytes that events may take while they are on their way to the log.</summary>
    public long PendingBytesMax => _builder.BytesMax;

    /// <summary>Are there blocks for events of so many bytes and a segment's head before them?</summary>
    public bool HasRoom(long bytes) => _builder.HasRoom(bytes);

    /// <summary>Does the next event begin a segment? What only tells of what is open fills none: a rank that comes to its end
    /// has one segment at last, whatever is open.</summary>
    public bool IsSegmentFull => _current!.Changes - _current.Notes >= _options.SegmentEventsMax
        || _current.Bytes - _current.NotesBytes >= SegmentBytesMax;

    /// <summary>Most bytes that the session table may take in a segment's head: of a record half, of the blocks for events on
    /// their way a quarter.</summary>
    public int TableBytesMax => (int)Math.Min(EventBytesMax / 2, _builder.BytesMax / 4);

    /// <summary>Goes on after recovery: replayed segments are let go in their turn.</summary>
    public void Resume(long lastSeq, IEnumerable<JournalSegment> segments)
    {
        Invariant.That(_current is null && LastSeq == 0);
        LastSeq = lastSeq;
        AppendedSeq = lastSeq;
        DurableSeq = lastSeq;
        _capacity = _environment.Log.Capacity;
        Measure();
        foreach (JournalSegment segment in segments)
            _segments.Enqueue(segment);
        BeginSegment();
    }

    /// <summary>Begins an event; the caller fills it and calls <see cref="Submit"/> within the same step. Number and segment of
    /// the event are <see cref="LastSeq"/> and <see cref="Segment"/> from here on.</summary>
    public EventBuilder Begin(EventKind kind)
    {
        if (IsSegmentFull)
            BeginSegment();
        return BeginHere(kind);
    }

    /// <summary>The same in the present segment, however full it is: events that belong together stay in one.</summary>
    public EventBuilder BeginHere(EventKind kind)
    {
        Invariant.That(Failure.IsNone, "a failed journal takes no events");
        return BeginEvent(kind);
    }

    /// <summary>The same for a change of at most so many bytes, which may go on in the event that is open.</summary>
    public EventBuilder BeginChange(long bytes) =>
        _isOpen && _builder.Length + bytes <= EventBytesMax ? _builder : BeginHere(EventKind.Update);

    /// <summary>The event is complete: it is appended at the end of the step, or stays open for others until the flush under way
    /// ends.</summary>
    /// <returns>Its number.</returns>
    public long Submit()
    {
        _current!.Changes++;
        long bytes = _builder.Length + RecordBytes;
        NoteMade(bytes - _notedBytes);
        _notedBytes = bytes;
        _isOpen = true;
        if (!_mayGoOn || !_flushing || _held.Count > 0 || _builder.Length >= OpenBytesMax)
            Close();
        return LastSeq;
    }

    /// <summary>Wakes the waiter once the event is durable, or with the error that ends the journal.</summary>
    public void WhenDurable(long seq, Continuation waiter)
    {
        Invariant.That(seq <= LastSeq);
        if (Failure.Failed)
            _ready.Add(waiter, Failure);
        else if (seq <= DurableSeq)
            _ready.Add(waiter, IoError.None);
        else if (StallError.Failed && waiter is IRefusable refusable && refusable.TryRefuse(FullError))
            _ready.Add(waiter, IoError.None);
        else
        {
            _waiters.Enqueue((seq, waiter));
            _hasWokenStalled = false;
        }
    }

    /// <summary>An object of a removed dirfrag goes with the present segment.</summary>
    public void RemoveLater(DirFrag dir) => _current!.Removals.Add(dir);

    /// <summary>Lets the oldest segment go, at once with those that go together with it: nothing hangs on any, and what follows
    /// is durable.</summary>
    public void DropOldest()
    {
        for (int through = OldestThrough; Oldest.Id <= through;)
        {
            JournalSegment oldest = _segments.Dequeue();
            Invariant.That(oldest != _current && oldest.Writes == 0 && oldest.Pins == 0 && oldest.Removals.Count == 0);
        }

        _trims++;
        _effects.Trim(_segments.Peek().Position, _pending.ForLog(new TrimIo(this)));
    }

    /// <summary>Takes no more events: the log failed, or the store is another's. The rank stops.</summary>
    public void Fail(IoError error)
    {
        if (Failure.Failed)
            return;
        Failure = error;
        _isOpen = false;
        _builder.Drop();
        while (_waiters.TryDequeue(out (long Seq, Continuation Waiter) item))
            _ready.Add(item.Waiter, error);
        // A log that refuses does so between two steps.
        _effects.Post(new RankEvent(RankEventKind.Posted));
    }

    private void Appended(long seq, long position)
    {
        Invariant.That(seq == AppendedSeq + 1);
        AppendedSeq = seq;
        HasStalled = false;
        NotePosition(seq, position);
        if (!_flushing)
            Flush();
    }

    /// <summary>Adds what is wrong with segments and what hangs on them.</summary>
    public void Audit(MetadataCache cache, List<string> findings)
    {
        int hanging = 0;
        foreach (JournalSegment segment in _segments)
            hanging += cache.DirtyDirsOf(segment.Id);
        if (hanging != cache.DirtyDirCount)
            findings.Add($"J6: {_options.Id}: {hanging} dirfrags hang on segments, {cache.DirtyDirCount} are dirty");
        foreach (Dir dir in cache.Dirs)
        {
            if (dir.IsDirty && dir.DirtySegment < Oldest.Id)
                findings.Add($"J5: {dir}: hangs on segment {dir.DirtySegment}, which is gone; the oldest is {Oldest.Id}");
        }
    }

    public void Dispose()
    {
        while (_held.TryDequeue(out (long Seq, BufferList Payload) item))
            item.Payload.Dispose();
    }

    /// <summary>A segment's position is that of its first event.</summary>
    private void NotePosition(long seq, long position)
    {
        if (_unplaced.TryPeek(out JournalSegment? segment) && segment.FirstSeq == seq)
            _unplaced.Dequeue().Position = position;
    }

    private EventBuilder BeginEvent(EventKind kind)
    {
        Close();
        LastSeq++;
        _mayGoOn = kind == EventKind.Update;
        _builder.Begin(kind, LastSeq, _environment.NowMicros, _options.Incarnation);
        return _builder;
    }

    /// <summary>The event that is open takes no further change.</summary>
    private void Close()
    {
        if (!_isOpen)
            return;
        _isOpen = false;
        _notedBytes = 0;
        _effects.Append(_builder.Take(), this, LastSeq);
    }

    /// <summary>Begins a segment, so that the one before may go.</summary>
    public void BeginSegment()
    {
        int id = _current is null ? LastReplayedSegment() + 1 : _current.Id + 1;
        _current = new JournalSegment(id, LastSeq + 1);
        _segments.Enqueue(_current);
        _unplaced.Enqueue(_current);
        _head.WriteHead(BeginEvent(EventKind.SubtreeMap));
        _headBytes = _builder.Length;
        Submit();
    }

    private int LastReplayedSegment()
    {
        int last = -1;
        foreach (JournalSegment segment in _segments)
            last = segment.Id;
        return last;
    }

    /// <summary>Flushes that have ended, and how long they took together.</summary>
    public (long Count, long Micros) Flushes => (_flushCount, _flushMicros);

    /// <summary>How long the flush has been under way that is; 0 for none.</summary>
    public long FlushingMicros => _flushing ? _environment.NowMicros - _flushBeganMicros : 0;

    /// <summary>Bytes of the events that are kept.</summary>
    public long KeptBytes
    {
        get
        {
            long bytes = 0;
            foreach (JournalSegment segment in _segments)
                bytes += segment.Bytes;
            return bytes;
        }
    }

    /// <summary>Called while effects run: the flush goes out at once, behind the append.</summary>
    private void Flush()
    {
        BeginFlush();
        Measure();
        _environment.Log.Flush(_pending.ForLog(new FlushIo(this, AppendedSeq, _appendedBytes)));
    }

    private void BeginFlush()
    {
        _flushing = true;
        _flushBeganMicros = _environment.NowMicros;
    }

    private void Flushed(long seq, IoError error)
    {
        _flushing = false;
        _flushCount++;
        _flushMicros += _environment.NowMicros - _flushBeganMicros;
        if (error.Failed)
        {
            Fail(error);
            return;
        }

        DurableSeq = Math.Max(DurableSeq, seq);
        Measure();
        // What is appended now is flushed then, with all that was appended before.
        bool flushes = AppendedSeq > DurableSeq && !_isOpen;
        Close();
        if (_held.Count > 0)
            _effects.Resume(this);
        while (_waiters.TryPeek(out (long Seq, Continuation Waiter) first) && first.Seq <= DurableSeq)
            _ready.Add(_waiters.Dequeue().Waiter, IoError.None);
        if (flushes)
        {
            BeginFlush();
            _effects.Flush(_pending.ForLog(new FlushIo(this, AppendedSeq, _appendedBytes)));
        }
    }

    private sealed class FlushIo(Journal journal, long seq, long bytes) : PendingIo
    {
        public override void Complete(IoResult result)
        {
            if (!result.Failed)
                journal._durableBytes = Math.Max(journal._durableBytes, bytes);
            journal.Flushed(seq, result.Error);
        }
    }
}
