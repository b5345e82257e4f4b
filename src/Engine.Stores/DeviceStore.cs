// A volume's objects on one block device or file.
//
// Object n lies at data offset + n * object size; nothing about objects is recorded, so every object of the image exists, a
// fresh one with whatever the device held. Each operation is a slot of a bounded slab and becomes one device request at a time:
// a short transfer goes on with its remainder.
// Ownership: the device belongs to the caller and must outlive the store's operations; vector memory belongs to the slab,
// buffers to the submitter, marked in flight while the device may touch them.
// Invariants: every submission completes exactly once; a slot is home before its submission completes, so that a sink may
// submit again.
using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;

namespace Engine.Stores;

/// <summary>An object backend on a block device with a fixed mapping from (object number, offset) to device ranges.</summary>
public sealed unsafe partial class DeviceStore : IObjectBackend, IDisposable
{
    private const int TransferBytesMax = 4 << 20;

    private readonly IBlockDevice _device;
    private readonly Superblock _superblock;
    private readonly OperationSlab _slab;
    private readonly DeviceSink _sink;
    private readonly DeviceFlushes _flushes;
    private readonly int _blockMask;

    /// <summary>A FUA write is a write and a flush: the kernel would do the same (block/blk-flush.c), but tell a flush that
    /// failed to this one writer only.</summary>
    private readonly bool _flushesForFua;

    /// <summary>A FUA write of the device's own may fail for a flush below, and there is something to lose.</summary>
    private readonly bool _watchesFua;

    private DeviceStore(IBlockDevice device, Superblock superblock, DeviceStoreOptions options)
    {
        DeviceGeometry geometry = device.Geometry;
        _device = device;
        _superblock = superblock;
        _blockMask = geometry.LogicalBlock - 1;
        _flushesForFua = geometry is { HasWriteCache: true, HasFua: false };
        _watchesFua = geometry is { HasWriteCache: true, HasFua: true };
        _sink = new DeviceSink(this);
        _flushes = new DeviceFlushes(this);
        _slab = new OperationSlab(options.OperationsMax, Math.Min(options.SegmentsMax, geometry.VectorsMax));
        Image = superblock.Image;
        Capabilities = new BackendCapabilities
        {
            ReadAlignment = geometry.LogicalBlock,
            WriteAlignment = geometry.LogicalBlock,
            TransferBytesMax = Math.Min(TransferBytesMax, superblock.ObjectSize),
            SegmentsMax = _slab.VectorsPerOperation,
            OperationsMax = options.OperationsMax,
            CommitIsDurable = false,
            HasSparse = geometry.HasDiscard && geometry.DiscardZeroes,
        };
    }

    /// <inheritdoc/>
    public BackendCapabilities Capabilities { get; }

    /// <summary>The volume on the device.</summary>
    public ImageDescription Image { get; }

    /// <summary>First byte of object 0 on the device.</summary>
    public long DataOffset => _superblock.DataOffset;

    /// <summary>What opening found to be wrong and did about it, in one line; null when both superblocks were well.</summary>
    public string? OpenReport { get; private init; }

    /// <summary>
    /// Makes a volume on the device. A crash at any point leaves what was there, a torn format that <see cref="Open"/> refuses,
    /// or the new volume. The data area keeps the bytes that it had, but for its end, where older signatures are cleared.
    /// </summary>
    /// <exception cref="StoreException">The device holds something (and <see cref="DeviceStoreFormatOptions.Force"/> is not set),
    /// is too small, read-only or fails, or a size is impossible. Nothing was written, unless the device failed.</exception>
    public static ImageDescription Format(IBlockDevice device, DeviceStoreFormatOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        using var formatter = new DeviceFormatter(device, options ?? new DeviceStoreFormatOptions());
        return formatter.Run();
    }

    /// <summary>Opens the volume on the device; the device stays the caller's. One bad superblock of two is rewritten from the
    /// good one, and <see cref="OpenReport"/> says so.</summary>
    /// <exception cref="StoreException">The device holds something else, a torn format, a damaged or newer volume, has shrunk, or
    /// fails.</exception>
    public static DeviceStore Open(IBlockDevice device, DeviceStoreOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        options ??= new DeviceStoreOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.OperationsMax);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.SegmentsMax);
        SuperblockPair pair = SuperblockPair.Read(device);
        if (pair.Problem != StoreProblem.None)
        {
            throw new StoreException(
                pair.Problem, SuperblockPair.ErrorOf(pair.Problem), $"open: {options.DeviceName} {pair.Message}");
        }

        Superblock current = pair.Current!;
        if (device.Geometry.LogicalBlock > Superblock.UnitBytes)
        {
            throw new StoreException(
                StoreProblem.BadSize,
                IoError.Invalid,
                $"open: {options.DeviceName} has logical blocks of {device.Geometry.LogicalBlock} bytes; " +
                "at most 4096 are supported");
        }

        return new DeviceStore(device, current, options) { OpenReport = Mend(device, pair, options) };
    }

    /// <summary>Looks at both superblocks without writing; says what <see cref="Open"/> would say.</summary>
    public static DeviceStoreCheck Check(IBlockDevice device, string deviceName = "the device")
    {
        ArgumentNullException.ThrowIfNull(device);
        SuperblockPair pair = SuperblockPair.Read(device);
        Superblock? ready = pair.Current is { IsReady: true } current ? current : null;
        string message = pair.Problem != StoreProblem.None ? $"{deviceName} {pair.Message}"
            : pair.Outdated is { } bad
                ? $"{deviceName}: {Bad(bad)}; the other copy is good, the next command that writes to the volume repairs it"
            : $"{deviceName}: both superblocks are good";
        return new DeviceStoreCheck(pair.Problem, message, pair.First, pair.Second, ready?.Image, ready?.DataOffset ?? 0)
        {
            IsHealthy = pair.Problem == StoreProblem.None && pair.Outdated is null,
        };
    }

    /// <summary>Refuses new operations with ESHUTDOWN; those under way complete as the device completes them. The device stays
    /// open.</summary>
    public void Dispose() => _slab.Dispose();

    /// <summary>A snapshot of the counters.</summary>
    public DeviceStoreStatistics Statistics() => new()
    {
        DeviceReads = Interlocked.Read(ref _deviceReads),
        DeviceWrites = Interlocked.Read(ref _deviceWrites),
        DeviceFlushes = Interlocked.Read(ref _deviceFlushes),
        DeviceRanges = Interlocked.Read(ref _deviceRanges),
        ShortTransfers = Interlocked.Read(ref _shortTransfers),
        DiscardsIgnored = Interlocked.Read(ref _discardsIgnored),
        ZeroFallbacks = Interlocked.Read(ref _zeroFallbacks),
        SlotsExhausted = Interlocked.Read(ref _slotsExhausted),
        Failures = Interlocked.Read(ref _failures),
        InFlight = _slab.Rented,
    };

    /// <summary>Rewrites the copy that is not as the current one; returns what there is to tell.</summary>
    private static string? Mend(IBlockDevice device, SuperblockPair pair, DeviceStoreOptions options)
    {
        if (pair.Outdated is not { } bad)
            return null;
        if (!options.Repair || device.Geometry.IsReadOnly)
            return $"{options.DeviceName}: {Bad(bad)}; the other copy is used";
        using var scratch = new DeviceScratch(device, Superblock.BlockBytes);
        pair.Current!.Encode(scratch.Bytes);
        IoError error = scratch.Write(bad.Offset, 0, Superblock.BlockBytes);
        if (error.IsNone)
            error = scratch.Flush();
        return error.IsNone
            ? $"{options.DeviceName}: {Bad(bad)}; it was rewritten from the other copy"
            : $"{options.DeviceName}: {Bad(bad)}; the other copy is used, rewriting this one failed: {error}";
    }

    private static string Bad(SuperblockCopy copy) => $"the superblock at byte {copy.Offset} is bad ({copy.Detail})";

    private sealed class DeviceSink(DeviceStore store) : IDeviceSink
    {
        public void Complete(ulong token, IoResult result) => store.CompleteStep(token, result);
    }
}
