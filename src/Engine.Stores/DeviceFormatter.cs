// Makes a volume on a device, in an order that a crash at any point leaves as: what was there before, a torn format, or the new
// volume.
//
//   1. both copies: "formatting", each made durable before the next step, the first copy first
//   2. the rest of the header and the device's end: zeros, so that no older signature survives; durable
//   3. second copy, then first copy: "ready", with a higher sequence, each durable
//
// After 1 no state shows an older volume again, since the formatting record has a higher sequence than any copy found. A ready
// record is written when everything before it is durable, so either copy of it alone is enough.
using System.Globalization;
using System.Security.Cryptography;
using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;

namespace Engine.Stores;

internal sealed class DeviceFormatter : IDisposable
{
    private readonly IBlockDevice _device;
    private readonly DeviceStoreFormatOptions _options;
    private readonly DeviceScratch _scratch;
    private readonly long _capacity;

    public DeviceFormatter(IBlockDevice device, DeviceStoreFormatOptions options)
    {
        _device = device;
        _options = options;
        _scratch = new DeviceScratch(device, VolumeLayout.HeaderBytes);
        _capacity = device.Geometry.Capacity - (device.Geometry.Capacity % Superblock.UnitBytes);
    }

    public ImageDescription Run()
    {
        Superblock plan = Plan();
        SuperblockPair before = SuperblockPair.Read(_device);
        // A torn format was asked for once already and holds nothing.
        if (!_options.Force && before.Problem != StoreProblem.Torn)
            RefuseForeign();
        // Only now: what would be destroyed is what the caller must know first.
        ExpectRoom(plan.LengthBytes);
        plan = plan with { Sequence = before.SequenceMax + 1 };
        WriteCopy(plan, VolumeLayout.FirstCopyOffset);
        WriteCopy(plan, VolumeLayout.SecondCopyOffset);
        Clear(Superblock.BlockBytes, VolumeLayout.SecondCopyOffset);
        Clear(Math.Max(VolumeLayout.HeaderBytes, _capacity - VolumeLayout.TailBytes), _capacity);
        ClearLastPartialUnit();
        Do(_scratch.Flush(), "flush", 0);
        plan = plan with { Sequence = plan.Sequence + 1, IsReady = true };
        WriteCopy(plan, VolumeLayout.SecondCopyOffset);
        WriteCopy(plan, VolumeLayout.FirstCopyOffset);
        return plan.Image;
    }

    public void Dispose() => _scratch.Dispose();

    private Superblock Plan()
    {
        DeviceGeometry geometry = _device.Geometry;
        if (geometry.IsReadOnly)
            throw Failure(StoreProblem.ReadOnly, "is read-only; open it for writing");
        if (geometry.LogicalBlock > Superblock.UnitBytes)
        {
            throw Failure(
                StoreProblem.BadSize,
                $"has logical blocks of {geometry.LogicalBlock} bytes; at most 4096 are supported");
        }

        if (_options.ObjectSize is <= 0 or > Superblock.ObjectSizeMax || _options.ObjectSize % Superblock.UnitBytes != 0)
        {
            throw Failure(
                StoreProblem.BadSize,
                $"cannot have objects of {_options.ObjectSize} bytes; give a multiple of 4096 up to 1 GiB");
        }

        long room = _capacity - VolumeLayout.HeaderBytes;
        if (room < Superblock.UnitBytes)
        {
            throw Failure(
                StoreProblem.TooSmall,
                Text($"has {geometry.Capacity} bytes; a volume needs at least {VolumeLayout.SmallestBytes}"));
        }

        long least = _options.LengthBytesMin;
        if (room < least)
            throw Failure(StoreProblem.TooSmall, Text($"has room for {room} bytes; at least {least} are needed"));

        long length = _options.LengthBytes ?? room;
        if (length <= 0 || length % Superblock.UnitBytes != 0)
        {
            throw Failure(
                StoreProblem.BadSize,
                Text($"cannot have a volume of {length} bytes; give a positive multiple of 4096"));
        }

        var plan = new Superblock
        {
            Uuid = _options.Uuid ?? new Guid(RandomNumberGenerator.GetBytes(16)),
            Sequence = 0,
            LengthBytes = length,
            DataOffset = VolumeLayout.HeaderBytes,
            DeviceBytes = geometry.Capacity,
            ObjectSize = _options.ObjectSize,
            IsReady = false,
        };
        if (plan.ObjectCount > VolumeLayout.ObjectsMax)
        {
            throw Failure(
                StoreProblem.BadSize,
                Text($"would need {plan.ObjectCount} objects of {plan.ObjectSize} bytes; give larger ones"));
        }

        return plan;
    }

    private void ExpectRoom(long length)
    {
        long room = _capacity - VolumeLayout.HeaderBytes;
        if (length > room)
        {
            throw Failure(
                StoreProblem.TooSmall,
                Text($"has room for {room} bytes, not for the {length} asked for; ask for less, or for no size"));
        }
    }

    private void RefuseForeign()
    {
        IoError error = FormatGuard.Find(_device, _scratch, _options.RefuseData, out string? found, out long offset);
        Do(error, "read", offset);
        if (found is not null)
            throw Failure(StoreProblem.Foreign, $"holds {found}; give --force to overwrite it");
    }

    private void WriteCopy(Superblock superblock, long offset)
    {
        superblock.Encode(_scratch.Bytes[..Superblock.BlockBytes]);
        Do(_scratch.Write(offset, 0, Superblock.BlockBytes), "write", offset);
        Do(_scratch.Flush(), "flush", offset);
    }

    private void Clear(long from, long to)
    {
        _scratch.Bytes.Clear();
        for (long at = from; at < to; at += _scratch.Bytes.Length)
            Do(_scratch.Write(at, 0, (int)Math.Min(_scratch.Bytes.Length, to - at)), "write", at);
    }

    /// <summary>A device whose size is no multiple of 4096 has a rest that no image covers; a backup table may stand
    /// there.</summary>
    private void ClearLastPartialUnit()
    {
        long rest = _device.Geometry.Capacity - _capacity;
        rest -= rest % _device.Geometry.LogicalBlock;
        if (rest > 0)
            Clear(_capacity, _capacity + rest);
    }

    private void Do(IoError error, string what, long offset)
    {
        if (error.Failed)
        {
            throw new StoreException(
                StoreProblem.DeviceFailed,
                error,
                Text($"format: {_options.DeviceName} failed to {what} at byte {offset}: {error}"));
        }
    }

    private StoreException Failure(StoreProblem problem, string message) =>
        new(problem, SuperblockPair.ErrorOf(problem), $"format: {_options.DeviceName} {message}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
