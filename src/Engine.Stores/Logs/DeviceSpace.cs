using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores;

/// <summary>A log's bytes on one device: the header, then a ring of segments. The device is the caller's.</summary>
internal sealed class DeviceSpace(IBlockDevice device, string name) : LogSpace
{
    private int _segmentBytes;
    private long _segmentCount;

    public override string Name => name;

    public override IBlockDevice Header => device;

    public override void Use(LogSuperblock superblock)
    {
        _segmentBytes = superblock.SegmentBytes;
        _segmentCount = superblock.SegmentCount;
    }

    public override IoError Locate(long segment, out IBlockDevice? found, out long offset)
    {
        found = device;
        offset = LogLayout.HeaderBytes + (segment % _segmentCount * _segmentBytes);
        return IoError.None;
    }

    public override IoError Prepare(long segment) => IoError.None;

    public override void Release(long segment)
    {
        // A ring has nothing to give back.
    }

    public override IoError Flush(long first, long last) =>
        device.Execute(new DeviceRequest { Operation = DeviceOperation.Flush }).Error;

    public override void Dispose()
    {
        // The device is its owner's.
    }
}
