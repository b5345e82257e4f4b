// Walks the records of a log, each found by where the one before it ends.
//
// A record that ends at e is followed by one that names e as its previous, and stands either right behind it (same write), or at
// the next unit (next write), or at the start of the next segment, or where a jump from e leads. Nothing else is believed: not a
// record of an older incarnation than the one before it, nor, from the state's tail on, one older than the tail's.
using Engine.Buffers;

namespace Engine.Stores;

internal sealed class LogChain
{
    private readonly LogReader _reader;
    private readonly LogSuperblock _superblock;
    private readonly LogState _state;
    private readonly uint _seed;
    private bool _isFirst;

    public LogChain(LogReader reader, LogSuperblock superblock, LogState state)
    {
        _reader = reader;
        _superblock = superblock;
        _state = state;
        _seed = superblock.Seed;
    }

    /// <summary>End of the record found last, or where the walk began.</summary>
    public long End { get; private set; }

    /// <summary>Incarnation of the record found last.</summary>
    public ulong Incarnation { get; private set; }

    /// <summary>Begins at a record, or where one ends.</summary>
    public void Begin(long position)
    {
        End = position;
        Incarnation = 0;
        _isFirst = true;
    }

    /// <summary>Finds the next record; false at the end of the chain. ENOENT never comes out: a segment that does not exist holds
    /// no record.</summary>
    public IoError Next(out bool found, out LogRecord record, out ReadOnlySpan<byte> payload)
    {
        long resume = _state.ResumeOf(End);
        long segmentEnd = SegmentStart(SegmentOf(End) + 1);
        IoError error;
        if (resume != 0)
        {
            error = Look(resume, out found, out record, out payload);
        }
        else
        {
            long near = RoundUp(End, LogRecord.Alignment);
            long far = RoundUp(End, _superblock.Unit);
            error = Look(near, out found, out record, out payload);
            if (!found && error.IsNone && far != near)
                error = Look(far, out found, out record, out payload);
            if (!found && error.IsNone && segmentEnd != far)
                error = Look(segmentEnd, out found, out record, out payload);
        }

        if (found)
        {
            End = record.End;
            Incarnation = record.Incarnation;
            _isFirst = false;
        }

        return error;
    }

    /// <summary>Looks for the header of any record that may belong to the log at this place, whatever came before
    /// it.</summary>
    public IoError Probe(long position, out bool found, out LogRecord record)
    {
        found = false;
        record = default;
        long segmentEnd = SegmentStart(SegmentOf(position) + 1);
        if (position + LogRecord.HeaderBytes > segmentEnd)
            return IoError.None;
        IoError error = _reader.Read(position, LogRecord.HeaderBytes, out ReadOnlySpan<byte> header);
        if (error == IoError.NoEntry)
            return IoError.None;
        found = error.IsNone && LogRecord.TryDecode(header, _seed, position, segmentEnd, out record)
            && record.Incarnation <= _superblock.Incarnation
            && record.Incarnation >= Math.Max(Incarnation, position >= _state.Tail ? _state.TailIncarnation : 0);
        return error;
    }

    private IoError Look(long position, out bool found, out LogRecord record, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        IoError error = Probe(position, out found, out record);
        if (!found)
            return error;
        found = record.Previous == End || (_isFirst && position == End);
        if (!found)
            return error;
        error = _reader.Read(record.PayloadPosition, record.Length, out payload);
        found = error.IsNone && Crc32C.Append(0, payload) == record.PayloadChecksum;
        return error;
    }

    private long SegmentOf(long position) => position / _superblock.SegmentBytes;

    private long SegmentStart(long segment) => segment * _superblock.SegmentBytes;

    private static long RoundUp(long value, int unit) => (value + unit - 1) / unit * unit;
}
