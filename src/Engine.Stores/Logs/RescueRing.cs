using System.Globalization;
using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores;

/// <summary>A device's segments: which one each place of the ring holds is told by the first whole header of a record in it. What
/// stands behind the newer one's records is left of an older one, and none's.</summary>
internal sealed class RescueRing : RescueSpace
{
    private const int ChunkBytes = 256 << 10;

    private readonly IBlockDevice _device;

    /// <summary>The segment in each place; 0 for none.</summary>
    private readonly long[] _segments;

    private RescueRing(IBlockDevice device, string name, int segmentBytes, long[] segments)
    {
        _device = device;
        _segments = segments;
        Name = name;
        SegmentBytes = segmentBytes;
        (Begin, End) = (segments.Where(static segment => segment > 0).Min() * segmentBytes, (segments.Max() + 1) * segmentBytes);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override IBlockDevice Header => _device;

    /// <summary>Looks at all places; null where nothing of the log is in any.</summary>
    /// <param name="device">The device, its owner's.</param>
    /// <param name="name">Its name in messages.</param>
    /// <param name="identity">What the log is.</param>
    /// <param name="segmentBytes">The length of segments, unless what is left of the head has another.</param>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public static RescueRing? TryOpen(IBlockDevice device, string name, LogIdentity identity, int segmentBytes)
    {
        long count = (device.Geometry.Capacity - LogLayout.HeaderBytes) / segmentBytes;
        using (var space = new DeviceSpace(device, name))
        using (LogHead head = LogHead.Read(space))
        {
            if (head.Superblock is { } left && left.Uuid == identity.Uuid)
                (segmentBytes, count) = (left.SegmentBytes, left.SegmentCount);
        }

        if (count < LogSuperblock.SegmentsMin)
            return null;
        uint seed = LogSuperblock.SeedOf(identity.Uuid);
        long[] segments = new long[count];
        using var scratch = new DeviceScratch(device, ChunkBytes);
        for (int place = 0; place < count; place++)
        {
            IoError error = Look(device, scratch, place, segmentBytes, count, seed, out segments[place]);
            if (error.Failed)
            {
                string where = string.Create(CultureInfo.InvariantCulture, $"in segment {place} of its ring");
                throw new StoreException(
                    StoreProblem.DeviceFailed, error, $"check: {name} cannot be read {where}: {error}; check the device");
            }
        }

        return segments.Any(static segment => segment > 0) ? new RescueRing(device, name, segmentBytes, segments) : null;
    }

    /// <inheritdoc/>
    public override bool Has(long segment) => segment > 0 && _segments[segment % _segments.Length] == segment;

    /// <inheritdoc/>
    public override IoError Locate(long segment, out IBlockDevice? device, out long offset)
    {
        bool has = Has(segment);
        device = has ? _device : null;
        offset = has ? LogLayout.HeaderBytes + (segment % _segments.Length * SegmentBytes) : 0;
        return has ? IoError.None : IoError.NoEntry;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        // The device is its owner's.
    }

    private static IoError Look(
        IBlockDevice device, DeviceScratch scratch, long place, int segmentBytes, long count, uint seed, out long segment)
    {
        segment = 0;
        long start = LogLayout.HeaderBytes + (place * segmentBytes);
        // A device that has shrunk holds the beginning of one, or nothing.
        long block = device.Geometry.LogicalBlock;
        long there = Math.Min(segmentBytes, (device.Geometry.Capacity - start) / block * block);

        // Chunks overlap by a block: a header may stand across the end of one.
        for (long at = 0; at < there && segment == 0; at += ChunkBytes - LogLayout.BlockBytes)
        {
            int length = (int)Math.Min(ChunkBytes, there - at);
            IoError error = scratch.Read(start + at, 0, length);
            if (error.Failed)
                return error;
            segment = Find(scratch.Bytes[..length], at, place, segmentBytes, count, seed);
        }

        return IoError.None;
    }

    private static long Find(ReadOnlySpan<byte> bytes, long at, long place, int segmentBytes, long count, uint seed)
    {
        for (int from = 0; LogRecord.TryFindMagic(bytes, ref from); from += LogRecord.Alignment)
        {
            long position = LogRecord.PositionIn(bytes[from..]);
            long segment = position / segmentBytes;
            bool isHere = position > 0 && position % segmentBytes == at + from && segment % count == place;
            if (isHere && LogRecord.TryDecode(bytes[from..], seed, position, (segment + 1) * segmentBytes, out _))
                return segment;
        }

        return 0;
    }
}
