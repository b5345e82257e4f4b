using Engine.Buffers;
using Engine.Devices;
using Engine.Load;
using Engine.Stores;
using Engine.Volumes;

namespace Engine.Cli.Sessions;

// Purpose: everything that stands under a running command, opened in one place and closed in the right order: memory pool,
// device, store, volume, and the side log of verified runs.
// Ownership: the command, by using. The volume is reopened with and without its cache over the same store.
// Invariants: at most one volume is open, and nothing of the pool is rented while none is; it is closed (which flushes it) before
// the store, the store before the device, the device before the pool whose memory it has registered.

/// <summary>An opened volume with all that it stands on.</summary>
internal sealed class VolumeSession : IDisposable
{
    private readonly SessionOptions _options;
    private readonly BufferPool _pool;
    private readonly IBlockDevice _device;
    private readonly DeviceStore _store;
    private Volume? _volume;
    private VerifiedImage? _image;

    private VolumeSession(SessionOptions options, BufferPool pool, IBlockDevice device, DeviceStore store)
    {
        _options = options;
        _pool = pool;
        _device = device;
        _store = store;
    }

    /// <summary>The engine in use and why, in one line.</summary>
    public string Engine => _device.Engine;

    /// <summary>Sizes and abilities of the device.</summary>
    public DeviceGeometry Geometry => _device.Geometry;

    /// <summary>The store on the device.</summary>
    public DeviceStore Store => _store;

    /// <summary>Where the side log of the volume is unless told otherwise: beside a file; for a device, in /var/tmp by its
    /// volume's uuid.</summary>
    public string DefaultLogPath => _device.Geometry.IsBlockDevice
        ? $"/var/tmp/engine-{_store.Image.Uuid:N}.verify"
        : _options.Path + ".verify";

    /// <summary>Opens the store at the path. What was wrong with it and was mended is noted on the console.</summary>
    /// <exception cref="CliException">The cache is impossible.</exception>
    /// <exception cref="IOException">Path, device or volume cannot be used; one line says why.</exception>
    public static VolumeSession Open(SessionOptions options, CliConsole? console = null)
    {
        BufferPool? pool = null;
        IBlockDevice? device = null;
        try
        {
            pool = CreatePool(options);
            device = OpenDevice(options, pool.Regions.ToArray());
            DeviceStore store = DeviceStore.Open(device, new DeviceStoreOptions
                { DeviceName = options.Path, Repair = !options.ReadOnly });
            if (store.OpenReport is string report)
                console?.Note($"engine: {report}");
            return new VolumeSession(options, pool, device, store);
        }
        catch
        {
            device?.Dispose();
            pool?.Dispose();
            throw;
        }
    }

    /// <summary>Opens the volume with or without its cache; the one that was open is closed before.</summary>
    /// <exception cref="CliException">The cache is impossible.</exception>
    /// <exception cref="VolumeException">What was open could not be closed without loss.</exception>
    public Volume OpenVolume(bool cached)
    {
        if (_volume is not null && _volume.IsCached == cached)
            return _volume;
        CloseVolume();
        try
        {
            _volume = Volume.Open(_store, _store.Image, VolumeOptionsOf(cached) with { Pool = _pool });
            return _volume;
        }
        catch (VolumeException refused)
        {
            throw new CliException(ExitCode.Usage, refused.Message);
        }
    }

    /// <summary>Closes the volume, which makes everything written durable, and notes that in the side log.</summary>
    /// <exception cref="VolumeException">Something could not be made durable.</exception>
    public void CloseVolume()
    {
        if (_volume is not Volume volume)
            return;
        _volume = null;
        FlushTicket? ticket = _image?.BeginFlush();
        volume.Dispose();
        Invariant.That(_pool.RentedCount == 0, "a closed volume holds no memory of its pool");
        if (ticket is not null)
            _image!.EndFlush(ticket);
    }

    /// <summary>Opens the model of verified runs with its side log.</summary>
    /// <exception cref="CliException">The log cannot be made.</exception>
    /// <exception cref="SideLogException">What lies at the path is no side log.</exception>
    public VerifiedImage OpenImage(string logPath)
    {
        ExpectLogPath(logPath);
        try
        {
            return _image ??= VerifiedImage.Open(logPath, _store.Image.Uuid, _store.Image.LengthBytes);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException and not SideLogException)
        {
            throw new CliException(ExitCode.Environment,
                $"cannot write the side log {logPath}: {error.Message.ReplaceLineEndings(" ")}; name another file with --log");
        }
    }

    /// <summary>Removes the volume's side log; false when there is none, or one of another volume.</summary>
    /// <exception cref="CliException">The path is that of the volume, or a directory.</exception>
    /// <exception cref="SideLogException">What lies at the path is no side log: it is left alone.</exception>
    public bool RemoveLog(string logPath)
    {
        ExpectLogPath(logPath);
        if (!File.Exists(logPath) || SideLogContent.VolumeOf(logPath) != _store.Image.Uuid)
            return false;
        CloseImage();
        File.Delete(logPath);
        return true;
    }

    /// <summary>Closes the side log.</summary>
    public void CloseImage()
    {
        _image?.Dispose();
        _image = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            CloseVolume();
        }
        finally
        {
            CloseImage();
            _store.Dispose();
            _device.Dispose();
            _pool.Dispose();
        }
    }

    private void ExpectLogPath(string logPath)
    {
        if (Path.GetFullPath(logPath) == Path.GetFullPath(_options.Path))
            throw new CliException(ExitCode.Usage, $"--log {logPath}: it is the volume itself; name another file");
        if (Directory.Exists(logPath))
            throw new CliException(ExitCode.Usage, $"--log {logPath}: it is a directory; name a file in it");
        string? directory = Path.GetDirectoryName(Path.GetFullPath(logPath));
        if (!Directory.Exists(directory))
            throw new CliException(ExitCode.Environment,
                $"--log {logPath}: the directory {directory} does not exist; make it first");
    }

    private static IBlockDevice OpenDevice(SessionOptions options, IReadOnlyList<IoVector> regions) =>
        BlockDevice.Open(options.Path, new BlockDeviceOptions
        {
            Engine = options.Engine,
            ReadOnly = options.ReadOnly,
            PayloadRegions = regions,
        });

    private static BufferPool CreatePool(SessionOptions options)
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (options.Cached && (options.CacheBytes < MinCacheBytes || options.CacheBytes > available / 2))
        {
            throw new CliException(
                ExitCode.Usage,
                $"--cache {ByteSize.Format(options.CacheBytes)}: allowed are {ByteSize.Format(MinCacheBytes)} to "
                + $"{ByteSize.Format(available / 2)}, half of this machine's memory");
        }

        int blocks = new VolumeOptions { Cached = false }.PoolBlocksNeeded;
        if (options.Cached)
            blocks = Math.Max(blocks, new VolumeOptions { CacheBytes = options.CacheBytes }.PoolBlocksNeeded);
        return new BufferPool(new BufferPoolOptions
            { BlockBytes = VolumeOptions.BlockBytes, BlockCount = blocks, PreTouchBytes = long.MaxValue });
    }

    private const long MinCacheBytes = 1 << 20;

    // Without the cache every request ends on the thread that completed it, which submits the next one at once. Through the cache
    // most requests end where they began; those that do not go to the thread pool, so that a lane which then hits for long does
    // not hold the device's thread.
    private VolumeOptions VolumeOptionsOf(bool cached) => new()
    {
        Name = _options.Path,
        Cached = cached,
        CacheBytes = _options.CacheBytes,
        InlineContinuations = !cached,
    };
}
