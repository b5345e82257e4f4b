using Engine.Buffers;
using Engine.Devices;
using Engine.Stores;
using Engine.Volumes;

namespace Engine.Bench.Data;

/// <summary>A volume without a cache on the device under test, every block written once.</summary>
internal sealed class DeviceVolume : IDisposable
{
    /// <summary>Enough that a disk's own cache does not hold it, little enough to be filled in seconds.</summary>
    private const long LengthBytesMax = 4L << 30;
    private const int PoolBlocks = 4096;
    private const int FillBytes = 1 << 20;

    private readonly BufferPool _pool;
    private readonly IBlockDevice _device;
    private readonly DeviceStore _store;

    /// <summary>Formats the device, whatever it holds, and fills the volume.</summary>
    /// <exception cref="IOException">It cannot be opened, is mounted, or fails.</exception>
    public DeviceVolume(string path)
    {
        DevicePath = path;
        _pool = new BufferPool(new BufferPoolOptions { BlockCount = PoolBlocks, PreTouchBytes = long.MaxValue });
        IBlockDevice? device = null;
        try
        {
            device = BlockDevice.Open(path, new BlockDeviceOptions { PayloadRegions = _pool.Regions.ToArray() });
            long length = Math.Min(LengthBytesMax, device.Geometry.Capacity / 2) & -FillBytes;
            DeviceStore.Format(device, new DeviceStoreFormatOptions { DeviceName = path, Force = true, LengthBytes = length });
            _store = DeviceStore.Open(device, new DeviceStoreOptions { DeviceName = path });
        }
        catch
        {
            device?.Dispose();
            _pool.Dispose();
            throw;
        }

        _device = device;
        Volume = Volume.Open(
            _store, _store.Image, new VolumeOptions { Cached = false, Pool = _pool, InlineContinuations = true });
        Fill();
    }

    public string DevicePath { get; }

    public Volume Volume { get; }

    /// <summary>The memory that is registered with the device, for callers' blocks too.</summary>
    public BufferPool Pool => _pool;

    /// <summary>Where the volume's data begins on the device.</summary>
    public long DataOffset => _store.DataOffset;

    /// <summary>Who carries the requests.</summary>
    public string Engine => _device.Engine;

    public void Dispose()
    {
        Volume.Dispose();
        _store.Dispose();
        _device.Dispose();
        _pool.Dispose();
    }

    private void Fill()
    {
        byte[] content = new byte[FillBytes];
        new SeededRandom(BenchRun.Seed).NextBytes(content);
        for (long at = 0; at < Volume.Length; at += FillBytes)
            Volume.Write(at, content);
        Volume.Flush();
    }
}
