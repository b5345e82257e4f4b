using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores;

/// <summary>Reads a log's bytes by position through a window that reads ahead within a segment. One thread.</summary>
internal sealed class LogReader : IDisposable
{
    private const int AheadBytes = 256 << 10;

    private readonly LogSpace _space;
    private readonly int _segmentBytes;
    private readonly int _unit;
    private DeviceScratch _scratch;
    private int _scratchBytes;
    private long _from;
    private long _to;

    public LogReader(LogSpace space, LogSuperblock superblock)
    {
        _space = space;
        _segmentBytes = superblock.SegmentBytes;
        _unit = superblock.Unit;
        _scratchBytes = Math.Min(_segmentBytes, AheadBytes);
        _scratch = new DeviceScratch(space.Header, _scratchBytes);
    }

    /// <summary>Forgets what was read: it may have been written since.</summary>
    public void Reset() => (_from, _to) = (0, 0);

    /// <summary>The bytes from <paramref name="position"/> on, all in one segment; valid until the next call. ENOENT when there
    /// is no such segment.</summary>
    public IoError Read(long position, int length, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        long segment = position / _segmentBytes;
        Invariant.That(length >= 0 && position + length <= (segment + 1) * _segmentBytes);
        if (position < _from || position + length > _to)
        {
            IoError error = Load(segment, position, length);
            if (error.Failed)
                return error;
        }

        bytes = _scratch.Bytes.Slice((int)(position - _from), length);
        return IoError.None;
    }

    public void Dispose() => _scratch.Dispose();

    private IoError Load(long segment, long position, int length)
    {
        Reset();
        IoError error = _space.Locate(segment, out IBlockDevice? device, out long offset);
        if (error.Failed)
            return error;
        long inSegment = position - (segment * _segmentBytes);
        long from = inSegment - (inSegment % _unit);
        long needed = (inSegment + length + _unit - 1) / _unit * _unit;
        long to = Math.Max(needed, Math.Min(from + AheadBytes, _segmentBytes));
        if (to - from > _scratchBytes)
        {
            _scratch.Dispose();
            _scratchBytes = (int)(to - from);
            _scratch = new DeviceScratch(_space.Header, _scratchBytes);
        }

        error = _scratch.Read(device!, offset + from, 0, (int)(to - from));
        if (error.IsNone)
            (_from, _to) = ((segment * _segmentBytes) + from, (segment * _segmentBytes) + to);
        return error;
    }
}
