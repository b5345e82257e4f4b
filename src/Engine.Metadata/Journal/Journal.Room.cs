// How much the journal may yet take.
//
// Three things are bounded: what is appended and not durable, what the log can hold, and the segments that a restart has to read.
// Clients' changes are admitted only while there is room beside a reserve for what sets room free: folding what dirfrags count
// before they are written, the heads of segments, the ends of divisions. Who is not admitted waits while segments expire, and is
// refused when none can.
// Invariants: an event that the log does not take for want of room is held, with all behind it, in order, and appended when
// there is room again: nothing that was applied is forgotten, and nothing held counts as appended.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Admission.</content>
internal sealed partial class Journal
{
    /// <summary>What one dirfrag's way into the store may take of the log: its fold, the way to it, and the rest of a block.
    /// </summary>
    private const long FoldBytes = 8 << 10;

    private const long MarginBytes = 64 << 10;

    /// <summary>Header and alignment of a record.</summary>
    private const long RecordBytes = 64;

    private readonly Queue<(long Seq, BufferList Payload)> _held = new();
    private readonly Queue<Continuation> _roomWaiters = new();
    private long _room = long.MaxValue;
    private long _capacity = long.MaxValue;
    private long _headBytes;
    private long _endPosition;

    /// <summary>Made and not in the log.</summary>
    private long _madeBytes;

    /// <summary>In the log over all, and of that durable.</summary>
    private long _appendedBytes;
    private long _durableBytes;
    private bool _hasChanged;

    /// <summary>All who wait were told of the stall.</summary>
    private bool _hasWokenStalled;
    private int _trims;

    /// <summary>Of the newest change that was told <see cref="JournalRoom.Full"/> since room was made; 0 for none.</summary>
    private long _refusedBytes;

    /// <summary>Why an event waits for room in the log; none while none does.</summary>
    public IoError HeldError { get; private set; }

    /// <summary>Events wait for room in the log.</summary>
    public bool IsFull => _held.Count > 0;

    /// <summary>Something can be written back, so that segments go; told by who does that.</summary>
    public bool CanFree { get; set; } = true;

    /// <summary>Why nothing can be written back at present; none while it can. Told by who does that.</summary>
    public IoError StoreError { get; set; }

    /// <summary>What changes are refused with for want of room: ENOSPC, or EIO where a store that fails keeps the journal from
    /// being emptied. None while they are not refused: while the newest that was would find room.</summary>
    public IoError Refusal => Failure.IsNone && Ask(_refusedBytes) == JournalRoom.Full ? FullError : IoError.None;

    /// <summary>What a change meets that is told <see cref="JournalRoom.Full"/>.</summary>
    private IoError FullError => StoreError.IsNone || StoreError == IoError.NoSpace || StoreError == IoError.NoMemory
        || StoreError == IoError.Again || StoreError == IoError.ReadOnly ? IoError.NoSpace : IoError.Io;

    /// <summary>Events wait for room, and nothing is under way that makes any: what is to be written back waits for them itself,
    /// or cannot be written. Only room from outside helps.</summary>
    public bool HasStalled { get; private set; }

    /// <summary>Why nothing can be changed until there is room from outside; none while there is, or will be.</summary>
    public IoError StallError => HeldError == IoError.NoSpace && !CanFree ? HeldError : IoError.None;

    /// <summary>Trims under way.</summary>
    public bool IsTrimming => _trims > 0;

    /// <summary>Memory is short that dirfrags would free once they are written back.</summary>
    public bool WantsMemory { get; set; }

    /// <summary>Somebody waits for room: segments are to go, whatever their number.</summary>
    public bool WantsRoom => _roomWaiters.Count > 0 || _held.Count > 0 || WantsMemory;

    /// <summary>The log is more than half full, not counting what is being let go.</summary>
    public bool IsHalfFull => _capacity < long.MaxValue && SpanBytes > _capacity / 2;

    /// <summary>There is more of it than is to be kept: the oldest segments are to go when they can.</summary>
    public bool IsLong => _capacity < long.MaxValue && SpanBytes > KeptBytesMax;

    /// <summary>The segment behind the oldest, and those that go with it, is durable, so that they may go.</summary>
    public bool CanDropOldest
    {
        get
        {
            int through = OldestThrough;
            foreach (JournalSegment segment in _segments)
            {
                if (segment.Id > through)
                    return segment.FirstSeq <= DurableSeq;
            }

            return false;
        }
    }

    /// <summary>What is kept free for all but clients' changes.</summary>
    private long Reserve => MarginBytes + (2 * _headBytes) + (FoldBytes * _head.DirtyDirCount);

    private long SpanBytes => Oldest.Position >= 0 ? _endPosition - Oldest.Position : 0;

    private long KeptBytesMax => Math.Min(_capacity / 2, _options.JournalKeptBytesMax);

    private long SegmentBytesMax => KeptBytesMax / 8;

    /// <summary>Segments at which clients wait for those that are being written back.</summary>
    private int SegmentsLimit => (2 * _options.SegmentsMax) + 2;

    /// <summary>There are so many segments that changes wait for the oldest to go.</summary>
    public bool IsBehind => SegmentCount > SegmentsLimit;

    /// <summary>May a change of about so many bytes be begun?</summary>
    public JournalRoom Ask(long bytes)
    {
        if (_held.Count > 0)
            return CanFree || HeldError == IoError.Again ? JournalRoom.Expiring : JournalRoom.Full;
        if (_appendedBytes + _madeBytes - _durableBytes > _options.JournalPendingBytesMax)
            return JournalRoom.Flushing;
        if (_room < Reserve + bytes)
            return CanFree ? JournalRoom.Expiring : JournalRoom.Full;
        // What a region keeps here that arrives goes when that is over: until then the room alone is the limit.
        return CanFree && IsBehind && Oldest.Pins == 0 ? JournalRoom.Expiring : JournalRoom.Open;
    }

    /// <summary>The next segment's head takes so many bytes more than the last.</summary>
    public void GrowHead(long bytes) => _headBytes += bytes;

    /// <summary>Notes that a change of about so many bytes was told <see cref="JournalRoom.Full"/>.</summary>
    /// <returns>What it is refused with.</returns>
    public IoError Refuse(long bytes)
    {
        _refusedBytes = bytes;
        return FullError;
    }

    /// <summary>Wakes the waiter when there may be room, or when there will be none.</summary>
    public void WaitForRoom(Continuation waiter) => _roomWaiters.Enqueue(waiter);

    /// <summary>Lets those go on who waited for room, where something has changed; called at the end of a step.</summary>
    public void WakeForRoom()
    {
        bool stalls = StallError.Failed && Failure.IsNone;
        if (stalls && !_hasWokenStalled)
            WakeStalled();
        _hasWokenStalled = stalls;
        if (_roomWaiters.Count == 0)
            return;
        bool wakes = Failure.Failed || !CanFree || (_hasChanged && Ask(0) == JournalRoom.Open);
        _hasChanged = false;
        while (wakes && _roomWaiters.TryDequeue(out Continuation? waiter))
            _ready.Add(waiter, Failure);
    }

    /// <summary>Something is under way in the log.</summary>
    public bool IsBusy => _flushing || IsTrimming;

    /// <summary>Notes that nothing is under way in the whole rank that could make room. Where events wait for room, they are what
    /// it would wait for: whoever has changed nothing yet is refused from now on.</summary>
    /// <returns>True when there is somebody to be woken in another step.</returns>
    public bool NoteIdle()
    {
        if (HasStalled || !CanFree || HeldError != IoError.NoSpace || Failure.Failed)
            return false;
        HasStalled = true;
        return true;
    }

    /// <summary>Something was written back, so that there may be room again.</summary>
    public void NoteWritten() => HasStalled = false;

    /// <summary>Lets those go on who wait for what will not become durable, and have changed nothing.</summary>
    private void WakeStalled()
    {
        IoError error = FullError;
        for (int left = _waiters.Count; left > 0; left--)
        {
            (long Seq, Continuation Waiter) item = _waiters.Dequeue();
            if (item.Waiter is IRefusable waiter && waiter.TryRefuse(error))
                _ready.Add(item.Waiter, IoError.None);
            else
                _waiters.Enqueue(item);
        }
    }

    /// <summary>Tries to append what is held; called now and then, since room may come from outside.</summary>
    public void Tick()
    {
        if (_held.Count == 0 || Failure.Failed)
            return;
        _effects.Resume(this);
        if (_flushing)
            return;
        // A log that has failed refuses with its error, which may read as if it were full: a flush tells.
        BeginFlush();
        _effects.Flush(_pending.ForLog(new FlushIo(this, AppendedSeq, _appendedBytes)));
    }

    void IAppendTarget.Append(BufferList payload, long seq)
    {
        if (_held.Count == 0 && TryAppend(payload, seq))
            return;
        _held.Enqueue((seq, payload));
        if (!_flushing && AppendedSeq > DurableSeq)
            Flush();
    }

    void IAppendTarget.Resume()
    {
        while (_held.TryPeek(out (long Seq, BufferList Payload) first) && TryAppend(first.Payload, first.Seq))
            _held.Dequeue();
        if (_held.Count == 0)
            HeldError = IoError.None;
        _hasChanged = true;
        Measure();
    }

    /// <summary>Hands an event to the log; false when the log has no room.</summary>
    private bool TryAppend(BufferList payload, long seq)
    {
        long bytes = payload.Length + RecordBytes;
        IoError error = _environment.Log.Append(payload, out long position);
        if (error == IoError.NoSpace || error == IoError.Again)
        {
            HeldError = error;
            return false;
        }

        payload.Dispose();
        _madeBytes -= bytes;
        if (error.Failed)
        {
            Fail(error);
            return true;
        }

        _appendedBytes += bytes;
        _endPosition = position + bytes;
        Appended(seq, position);
        return true;
    }

    private void NoteMade(long bytes)
    {
        _madeBytes += bytes;
        _current!.Bytes += bytes;
        if (_room < long.MaxValue)
            _room -= bytes;
    }

    private void Measure()
    {
        long room = _environment.Log.Room;
        _room = room == long.MaxValue ? room : room - _madeBytes;
    }

    private void Trimmed()
    {
        _trims--;
        _refusedBytes = 0;
        HasStalled = false;
        _hasChanged = true;
        Measure();
        if (_held.Count > 0 && Failure.IsNone)
            _effects.Resume(this);
    }

    /// <summary>A trim that fails leaves more to replay, and is made good by the next.</summary>
    private sealed class TrimIo(Journal journal) : PendingIo
    {
        public override void Complete(IoResult result) => journal.Trimmed();
    }
}
