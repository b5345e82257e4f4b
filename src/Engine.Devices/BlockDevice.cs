using Engine.Buffers;
using Engine.Native;

namespace Engine.Devices;

// Purpose: the public way in. Opens, checks what was opened, and stands the engine up over it.
// Ownership: the descriptor passes to a DeviceFile as soon as it is known to be usable, and the file to the device.
// Invariants: nothing is chosen in silence. The engine taken, the engines that refused and a file system without direct I/O are
// all in the device's Engine string; an engine asked for by name is used or the open fails.

/// <summary>Opens block devices, and files used as such.</summary>
public static class BlockDevice
{
    private const int SyncThreadsMax = 64;

    /// <summary>Opens <paramref name="path"/>.</summary>
    /// <exception cref="DeviceException">Missing, not a block device or regular file, held or mounted, read-only, not permitted,
    /// or the engine asked for is refused: one line that says what, where, and what to do.</exception>
    /// <exception cref="ArgumentException">An option is outside its range.</exception>
    public static IBlockDevice Open(string path, BlockDeviceOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new BlockDeviceOptions();
        Check(options);
        DeviceFile file = OpenFile(path, options, out string note);
        try
        {
            return Start(file, options, note);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Makes a regular file of <paramref name="length"/> bytes, sparse unless <paramref name="allocate"/> reserves its
    /// space, to be opened as a device.</summary>
    /// <exception cref="DeviceException">It exists, its directory does not, or the file system refuses it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The length is not a positive multiple of 4096.</exception>
    public static void CreateFile(string path, long length, bool allocate = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (length <= 0 || length % 4096 != 0)
            throw new ArgumentOutOfRangeException(nameof(length), length, "must be a positive multiple of 4096");
        int result = EioFileHandle.Open(path, EioOpenFlags.Write | EioOpenFlags.Create, out EioFileHandle? handle);
        if (handle is null)
            throw OpenFailure.Create(path, IoError.FromResult(result));
        using (handle)
            result = handle.SetLength((ulong)length, allocate);
        if (result >= 0)
            return;
        File.Delete(path);
        throw OpenFailure.Create(path, IoError.FromResult(result));
    }

    private static void Check(BlockDeviceOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.QueueDepth, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.QueueDepth, BlockDeviceOptions.QueueDepthMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.SyncThreads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.SyncThreads, SyncThreadsMax);
        if (options.Exclusive && options.Shared)
            throw new ArgumentException("either exclusive or shared", nameof(options));
        if (!Enum.IsDefined(options.Engine))
            throw new ArgumentOutOfRangeException(nameof(options), options.Engine, "no such engine");
    }

    internal static DeviceFile OpenFile(string path, BlockDeviceOptions options, out string note)
    {
        EioOpenFlags flags = (options.ReadOnly ? EioOpenFlags.None : EioOpenFlags.Write)
            | (options.Exclusive ? EioOpenFlags.Exclusive : EioOpenFlags.None)
            | (options.Shared ? EioOpenFlags.Shared : EioOpenFlags.None);
        bool direct = options.Direct;
        note = direct ? string.Empty : "; buffered";
        EioOpenFlags directFlag = direct ? EioOpenFlags.Direct : EioOpenFlags.None;
        int result = EioFileHandle.Open(path, flags | directFlag, out EioFileHandle? handle);
        if (direct && result == -IoError.Invalid.Errno)
        {
            direct = false;
            note = "; buffered: the file system refuses direct I/O";
            result = EioFileHandle.Open(path, flags, out handle);
        }

        if (handle is null)
            throw OpenFailure.Open(path, IoError.FromResult(result), options.ReadOnly);
        try
        {
            return new DeviceFile(handle, path, ReadGeometry(path, handle, direct, options.ReadOnly));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static DeviceGeometry ReadGeometry(string path, EioFileHandle handle, bool direct, bool readOnly)
    {
        int result = handle.Geometry(out EioGeometry found);
        if (result < 0)
            throw OpenFailure.Geometry(path, IoError.FromResult(result));
        if (found.Kind is not (EioKind.File or EioKind.Block))
            throw OpenFailure.WrongKind(path);
        if (found.ReadOnly != 0 && !readOnly)
            throw OpenFailure.ReadOnlyDevice(path);
        DeviceGeometry geometry = GeometryOf(found, direct, readOnly);
        return geometry.Capacity > 0 ? geometry : throw OpenFailure.TooSmall(path, geometry.LogicalBlock);
    }

    /// <summary>What the kernel says, as it is through this descriptor. Buffered, the page cache is a volatile cache of its own,
    /// whose write-back fails after the writes have completed, and a FUA write goes through it.</summary>
    internal static DeviceGeometry GeometryOf(in EioGeometry found, bool direct, bool readOnly)
    {
        int block = Math.Max(512, (int)Math.Max(found.LogicalBlock, direct ? found.OffsetAlignment : 1));
        return new DeviceGeometry
        {
            Capacity = (long)found.Capacity / block * block,
            LogicalBlock = block,
            PhysicalBlock = Math.Max(block, (int)found.PhysicalBlock),
            MemoryAlignment = direct ? (int)Math.Max(1, found.MemoryAlignment) : 1,
            HasWriteCache = !direct || found.WriteCache != 0,
            HasFua = direct && found.Fua != 0,
            HasDiscard = found.Discard != 0,
            DiscardZeroes = found.Kind == EioKind.File && found.Discard != 0,
            IsReadOnly = readOnly,
            IsBlockDevice = found.Kind == EioKind.Block,
        };
    }

    private static IBlockDevice Start(DeviceFile file, BlockDeviceOptions options, string note)
    {
        string refusals = string.Empty;
        foreach (DeviceEngine engine in (ReadOnlySpan<DeviceEngine>)[DeviceEngine.IoUring, DeviceEngine.Libaio])
        {
            if (options.Engine != engine && options.Engine != DeviceEngine.Auto)
                continue;
            try
            {
                return StartRing(file, engine, options, refusals + note);
            }
            catch (DeviceException refusal) when (options.Engine == DeviceEngine.Auto)
            {
                refusals += "; " + OpenFailure.RingCause(NativeRing.NameOf(engine), new IoError(refusal.Errno));
            }
        }

        return new SyncDevice(
            file, options.SyncThreads, options.QueueDepth, $"synchronous ({options.SyncThreads} threads){refusals}{note}");
    }

    private static RingDevice StartRing(DeviceFile file, DeviceEngine engine, BlockDeviceOptions options, string note)
    {
        var regions = new RegisteredRegions(options.PayloadRegions);
        int depth = options.QueueDepth;
        return new RingDevice(
            file, depth, engine == DeviceEngine.Libaio, note, () => NativeRing.Create(file, engine, depth, regions));
    }
}
