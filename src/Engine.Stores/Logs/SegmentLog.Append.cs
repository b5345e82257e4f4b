// Records into writes. A record joins the open write where it continues it within the segment and the write has room; else the
// open write is sealed, and the record begins a new one at the next unit, or in the next segment.
//
// Invariants: the open write ends at _end; no record crosses the end of a segment; what a segment's end leaves over is skipped,
// and a reader finds the next record because that names the end of the one before.
using Engine.Buffers;

namespace Engine.Stores;

/// <content>Records into writes.</content>
public abstract partial class SegmentLog
{
    private readonly int _writeBytes;
    private readonly List<LogWrite> _free = [];
    private LogWrite? _open;

    /// <summary>The next record stands here or further on.</summary>
    private long _resume;
    private long _preparedSegment;

    /// <summary>Derived: bytes of the open write, the sealed ones and those in flight.</summary>
    private long _pendingBytes;

    /// <inheritdoc/>
    public IoError Append(BufferList payload, out long position)
    {
        ArgumentNullException.ThrowIfNull(payload);
        while (true)
        {
            long missing;
            lock (_gate)
            {
                position = 0;
                if (_error.Failed)
                    return _error;
                if (payload.Length > RecordBytesMax)
                    return IoError.TooLong;
                IoError error = AppendLocked(payload, out position, out missing);
                bool isDone = missing < 0;
                if (isDone && (error.Failed || _effects.Count == 0))
                    return error;
                if (isDone)
                    break;
            }

            // Making a segment takes the file system's time: what is under way completes meanwhile.
            IoError made = _space.Prepare(missing);
            if (made.Failed)
                return made;
            lock (_gate)
                _preparedSegment = Math.Max(_preparedSegment, missing);
        }

        Work();
        return IoError.None;
    }

    /// <summary>Appends, unless the record's segment has to be made before: then nothing has changed.</summary>
    private IoError AppendLocked(BufferList payload, out long position, out long missing)
    {
        LogFit fit = LogFit.Of(payload, _unit, _space.Header.Geometry.MemoryAlignment);
        bool isNew = !TryPlaceInOpen(fit, out position, out int gap);
        if (isNew)
            PlaceInNew(fit, out position, out gap);
        long end = position + LogRecord.HeaderBytes + gap + fit.Length;
        IoError error = RoomFor(position, end, out missing);
        if (error.Failed || missing >= 0)
        {
            position = 0;
            return error;
        }

        if (isNew)
        {
            SealOpenLocked();
            int capacity = _unit + Math.Max(_writeBytes, LogRecord.HeaderBytes + gap + fit.Head + fit.Rest);
            _open = RentLocked(capacity);
            _open.Begin(position, capacity);
        }

        long before = _open!.Length;
        Fill(_open, payload, fit, position, gap);
        _pendingBytes += _open.Length - before;
        _open.End = _end = end;
        Invariant.That(_open.Start + _open.Length == end);
        PumpLocked();
        return IoError.None;
    }

    /// <summary>A record continues the open write where that has room, and where it is still one run of bytes in one
    /// segment.</summary>
    private bool TryPlaceInOpen(in LogFit fit, out long position, out int gap)
    {
        position = RoundUp(_end, LogRecord.Alignment);
        gap = fit.GapAt(position, _unit);
        // A record that ended with its segment is followed by one in the next, which is another write.
        if (_open is null || SegmentOf(position) != SegmentOf(_open.Start))
            return false;
        int staged = (int)(position - _end) + LogRecord.HeaderBytes + gap + fit.Head + fit.Rest;
        return _open.HasRoom(staged) && FitsSegment(position, gap, fit);
    }

    private void PlaceInNew(in LogFit fit, out long position, out int gap)
    {
        position = Math.Max(RoundUp(_end, _unit), _resume);
        gap = fit.GapAt(position, _unit);
        if (FitsSegment(position, gap, fit))
            return;
        position = (SegmentOf(position) + 1) * _segmentBytes;
        gap = fit.GapAt(position, _unit);
        Invariant.That(FitsSegment(position, gap, fit));
    }

    private bool FitsSegment(long position, int gap, in LogFit fit)
    {
        long end = RoundUp(position + LogRecord.HeaderBytes + gap + fit.Length, _unit);
        return end <= (SegmentOf(position) + 1) * _segmentBytes;
    }

    private IoError RoomFor(long position, long end, out long missing)
    {
        missing = -1;
        if (_isClosing)
            return IoError.Shutdown;
        long segment = SegmentOf(position);
        if (segment - SegmentOf(_storedStart) >= _superblock.SegmentCount)
            return IoError.NoSpace;
        if (_pendingBytes + (end - _end) > _options.PendingBytesMax && _pendingBytes > 0)
            return IoError.Again;
        if (segment > _preparedSegment)
            missing = segment;
        return IoError.None;
    }

    private void Fill(LogWrite write, BufferList payload, in LogFit fit, long position, int gap)
    {
        write.Stage((int)(position - write.Start - write.Length)).Clear();
        Span<byte> header = write.Stage(LogRecord.HeaderBytes);
        write.Stage(gap).Clear();
        uint checksum;
        if (fit.Run == 0)
        {
            Span<byte> copy = write.Stage(fit.Length);
            payload.CopyTo(0, copy);
            checksum = Crc32C.Append(0, copy);
        }
        else
        {
            checksum = payload.Crc32C();
            payload.CopyTo(0, write.Stage(fit.Head));
            write.Hold(payload.Slice(fit.Head, fit.Run));
            payload.CopyTo(fit.Head + fit.Run, write.Stage(fit.Rest));
        }

        new LogRecord
        {
            Position = position,
            Incarnation = _superblock.Incarnation,
            Durable = _durable,
            Previous = _end,
            Gap = gap,
            Length = fit.Length,
            PayloadChecksum = checksum,
        }.Encode(header, _seed);
    }

    private void SealOpenLocked()
    {
        if (_open is null)
            return;
        long before = _open.Length;
        _open.Seal();
        _pendingBytes += _open.Length - before;
        _sealed.Enqueue(_open);
        _open = null;
    }

    private LogWrite RentLocked(int capacity)
    {
        if (_free.Count == 0)
            return new LogWrite(capacity, _unit);
        LogWrite write = _free[^1];
        _free.RemoveAt(_free.Count - 1);
        return write;
    }

    private void RecycleLocked(LogWrite write)
    {
        write.Release();
        _free.Add(write);
    }
}
