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

    /// <summary>Where each segment is. The ring's length is not asked for: the device may have another one today.</summary>
    private readonly SortedDictionary<long, long> _places;

    private RescueRing(IBlockDevice device, string name, int segmentBytes, SortedDictionary<long, long> places)
    {
        _device = device;
        _places = places;
        Name = name;
        SegmentBytes = segmentBytes;
        (Begin, End) = (places.First().Key * segmentBytes, (places.Last().Key + 1) * segmentBytes);
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
        using (var space = new DeviceSpace(device, name))
        using (LogHead head = LogHead.Read(space))
        {
            if (head.Superblock is { } left && left.Uuid == identity.Uuid)
                segmentBytes = left.SegmentBytes;
        }

        uint seed = LogSuperblock.SeedOf(identity.Uuid);
        SortedDictionary<long, long> places = [];
        using var scratch = new DeviceScratch(device, ChunkBytes);
        // A device that has shrunk holds the beginning of the last one.
        long count = Math.Max(0, device.Geometry.Capacity - LogLayout.HeaderBytes + segmentBytes - 1) / segmentBytes;
        for (long place = 0; place < count; place++)
        {
            IoError error = Look(device, scratch, place, segmentBytes, seed, out long segment);
            if (error.Failed)
            {
                string where = string.Create(CultureInfo.InvariantCulture, $"in segment {place} of its ring");
                throw new StoreException(
                    StoreProblem.DeviceFailed, error, $"check: {name} cannot be read {where}: {error}; check the device");
            }

            if (segment > 0)
                places.TryAdd(segment, place);
        }

        return places.Count > 0 ? new RescueRing(device, name, segmentBytes, places) : null;
    }

    /// <inheritdoc/>
    public override bool Has(long segment) => _places.ContainsKey(segment);

    /// <inheritdoc/>
    public override IoError Locate(long segment, out IBlockDevice? device, out long offset)
    {
        bool has = _places.TryGetValue(segment, out long place);
        device = has ? _device : null;
        offset = has ? LogLayout.HeaderBytes + (place * SegmentBytes) : 0;
        return has ? IoError.None : IoError.NoEntry;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        // The device is its owner's.
    }

    private static IoError Look(
        IBlockDevice device, DeviceScratch scratch, long place, int segmentBytes, uint seed, out long segment)
    {
        segment = 0;
        long start = LogLayout.HeaderBytes + (place * segmentBytes);
        long block = device.Geometry.LogicalBlock;
        long there = Math.Min(segmentBytes, (device.Geometry.Capacity - start) / block * block);

        // Chunks overlap by a block: a header may stand across the end of one.
        for (long at = 0; at < there && segment == 0; at += ChunkBytes - LogLayout.BlockBytes)
        {
            int length = (int)Math.Min(ChunkBytes, there - at);
            IoError error = scratch.Read(start + at, 0, length);
            if (error.Failed)
                return error;
            segment = Find(scratch.Bytes[..length], at, segmentBytes, seed);
        }

        return IoError.None;
    }

    private static long Find(ReadOnlySpan<byte> bytes, long at, int segmentBytes, uint seed)
    {
        for (int from = 0; LogRecord.TryFindMagic(bytes, ref from); from += LogRecord.Alignment)
        {
            long position = LogRecord.PositionIn(bytes[from..]);
            long segment = position / segmentBytes;
            bool isHere = position > 0 && position % segmentBytes == at + from;
            if (isHere && LogRecord.TryDecode(bytes[from..], seed, position, (segment + 1) * segmentBytes, out _))
                return segment;
        }

        return 0;
    }
}
