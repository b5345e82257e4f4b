// Makes a log, in an order that a crash at any point leaves as: what was there before, a torn format, or the new log. The steps
// are those of a volume's format (DeviceFormatter): both superblocks "formatting", everything else, both superblocks "ready".
// The segments keep their bytes: records begin with a checksum of the log's own uuid, so nothing old counts as one.
using System.Globalization;
using System.Security.Cryptography;
using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores;

internal sealed class LogFormatter : IDisposable
{
    private readonly LogSpace _space;
    private readonly LogFormatOptions _options;
    private readonly DeviceScratch _scratch;

    /// <summary>Bytes before the first segment on the header's device; 0 when segments lie elsewhere.</summary>
    private readonly int _headerBytes;

    public LogFormatter(LogSpace space, LogFormatOptions options, int headerBytes)
    {
        _space = space;
        _options = options;
        _headerBytes = headerBytes;
        _scratch = new DeviceScratch(space.Header, VolumeLayout.HeaderBytes);
    }

    public Guid Run()
    {
        LogSuperblock plan = Plan();
        using LogHead before = LogHead.Read(_space);
        // A torn format was asked for once already and holds nothing.
        if (!_options.Force && before.Problem != StoreProblem.Torn)
            RefuseForeign();
        plan = plan with { Sequence = before.SequenceMax + 1 };
        Do(before.Write(plan), "write");
        Clear();
        var state = new LogState
        {
            Uuid = plan.Uuid,
            Sequence = 1,
            Start = plan.FirstPosition,
            Tail = plan.FirstPosition,
            TailIncarnation = 0,
            Jumps = [],
        };
        Do(before.Write(state), "write");
        Do(before.Write(plan with { Sequence = plan.Sequence + 1, IsReady = true }), "write");
        return plan.Uuid;
    }

    public void Dispose() => _scratch.Dispose();

    private LogSuperblock Plan()
    {
        DeviceGeometry geometry = _space.Header.Geometry;
        int smallest = Math.Max(512, Math.Max(geometry.LogicalBlock, geometry.MemoryAlignment));
        int unit = _options.UnitBytes ?? Math.Max(smallest, Math.Min(geometry.PhysicalBlock, LogLayout.BlockBytes));
        if (geometry.IsReadOnly)
            throw Failure(StoreProblem.ReadOnly, "is read-only; open it for writing");
        if (smallest > LogLayout.BlockBytes)
            throw Failure(StoreProblem.BadSize, $"has blocks of {smallest} bytes; at most 4096 are supported");
        if (!int.IsPow2(unit) || unit < smallest || unit > LogLayout.BlockBytes)
        {
            throw Failure(
                StoreProblem.BadSize,
                $"cannot be written in units of {unit} bytes; give a power of two from {smallest} to 4096");
        }

        if (_options.SegmentBytes <= 0 || _options.SegmentBytes > LogSuperblock.SegmentBytesMax
            || _options.SegmentBytes % 4096 != 0)
        {
            throw Failure(
                StoreProblem.BadSize,
                $"cannot have segments of {_options.SegmentBytes} bytes; give a multiple of 4096 up to 1 GiB");
        }

        long count = SegmentCount(geometry.Capacity);
        return new LogSuperblock
        {
            Uuid = _options.Uuid ?? new Guid(RandomNumberGenerator.GetBytes(16)),
            Sequence = 0,
            Incarnation = 0,
            SegmentBytes = _options.SegmentBytes,
            Unit = unit,
            SegmentCount = count,
            DeviceBytes = _headerBytes == 0 ? LogLayout.HeaderBytes : _headerBytes + (count * _options.SegmentBytes),
            IsReady = false,
        };
    }

    private long SegmentCount(long capacity)
    {
        long room = _headerBytes == 0 ? LogSpace.SegmentCountDefault : (capacity - _headerBytes) / _options.SegmentBytes;
        long count = _options.SegmentCount ?? room;
        if (count < LogSuperblock.SegmentsMin || (_headerBytes != 0 && count > room))
        {
            long needed = Math.Max(count, LogSuperblock.SegmentsMin);
            throw Failure(
                StoreProblem.TooSmall,
                Text($"has room for {room} segments of {_options.SegmentBytes} bytes; a log needs {needed}, ")
                    + Text($"{_headerBytes + (needed * _options.SegmentBytes)} bytes in all"));
        }

        return count;
    }

    private void RefuseForeign()
    {
        Do(FormatGuard.Find(_space.Header, _scratch, _options.RefuseData, out string? found, out _), "read");
        if (found is not null)
            throw Failure(StoreProblem.Foreign, $"holds {found}; give --force to overwrite it");
    }

    /// <summary>Zeros where other formats keep their signatures, and over old states.</summary>
    private void Clear()
    {
        long capacity = _space.Header.Geometry.Capacity;
        capacity -= capacity % _space.Header.Geometry.LogicalBlock;
        _scratch.Bytes.Clear();
        Zero(LogLayout.FirstState, LogLayout.SecondSuperblock);
        Zero(LogLayout.HeaderBytes, Math.Min(VolumeLayout.HeaderBytes, capacity));
        Zero(Math.Max(VolumeLayout.HeaderBytes, capacity - VolumeLayout.TailBytes), capacity);
        Do(_scratch.Flush(), "flush");
    }

    private void Zero(long from, long to)
    {
        for (long at = from; at < to; at += _scratch.Bytes.Length)
            Do(_scratch.Write(at, 0, (int)Math.Min(_scratch.Bytes.Length, to - at)), "write");
    }

    private void Do(IoError error, string what)
    {
        if (error.Failed)
            throw new StoreException(StoreProblem.DeviceFailed, error, $"format: {_space.Name} failed to {what}: {error}");
    }

    private StoreException Failure(StoreProblem problem, string message) =>
        new(problem, SuperblockPair.ErrorOf(problem), $"format: {_space.Name} {message}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
