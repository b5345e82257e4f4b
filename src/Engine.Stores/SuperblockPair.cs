// Reads the two superblock copies of a device and judges them together. Pure apart from the reads.
//
// The copy with the higher sequence is current, since a format or repair writes a higher one only when everything that it
// promises is on the device. One bad copy of two is no loss, with one exception: a first copy that was overwritten by another
// format means that the device was given to something else, and the surviving second copy must not bring the volume back.
using System.Globalization;
using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;

namespace Engine.Stores;

internal sealed class SuperblockPair
{
    private readonly Superblock?[] _superblocks = new Superblock?[2];
    private readonly SuperblockCopy[] _copies = new SuperblockCopy[2];

    private SuperblockPair()
    {
    }

    public SuperblockCopy First => _copies[0];

    public SuperblockCopy Second => _copies[1];

    /// <summary>The intact copy with the higher sequence; null when there is none.</summary>
    public Superblock? Current { get; private set; }

    public StoreProblem Problem { get; private set; }

    /// <summary>The problem as a sentence without the device's name; empty when there is none.</summary>
    public string Message { get; private set; } = string.Empty;

    /// <summary>Highest sequence seen in an intact copy.</summary>
    public ulong SequenceMax => Math.Max(First.Sequence, Second.Sequence);

    /// <summary>The copy that is not as the current one, or null.</summary>
    public SuperblockCopy? Outdated
    {
        get
        {
            for (int index = 0; index < 2; index++)
            {
                if (_superblocks[index] != Current)
                    return _copies[index];
            }

            return null;
        }
    }

    public static SuperblockPair Read(IBlockDevice device)
    {
        using var scratch = new DeviceScratch(device, VolumeLayout.HeaderBytes);
        var pair = new SuperblockPair();
        pair.ReadCopy(scratch, device.Geometry.Capacity, 0, VolumeLayout.FirstCopyOffset);
        pair.ReadCopy(scratch, device.Geometry.Capacity, 1, VolumeLayout.SecondCopyOffset);
        pair.Judge(device, scratch);
        return pair;
    }

    private void ReadCopy(DeviceScratch scratch, long capacity, int index, long offset)
    {
        if (offset + Superblock.BlockBytes > capacity)
        {
            _copies[index] = new SuperblockCopy(offset, SuperblockState.NotEngine, 0, "the device ends before it");
            return;
        }

        IoError error = scratch.Read(offset, 0, Superblock.BlockBytes);
        if (error.Failed)
        {
            _copies[index] = new SuperblockCopy(offset, SuperblockState.Unreadable, 0, $"reading it failed: {error}");
            return;
        }

        SuperblockState state = Superblock.Decode(
            scratch.Bytes[..Superblock.BlockBytes], out _superblocks[index], out string detail);
        _copies[index] = new SuperblockCopy(offset, state, _superblocks[index]?.Sequence ?? 0, detail);
    }

    private void Judge(IBlockDevice device, DeviceScratch scratch)
    {
        (Superblock? first, Superblock? second) = (_superblocks[0], _superblocks[1]);
        Current = second is null || first?.Sequence >= second.Sequence ? first : second;
        SuperblockCopy? newer = Array.Find(_copies, copy => copy.State == SuperblockState.Newer);
        if (newer is not null)
        {
            Set(StoreProblem.Newer, $"was written by a newer Engine ({newer.Detail}); use that version");
            return;
        }

        if (Current is null)
        {
            JudgeNone(device, scratch);
            return;
        }

        if (first is not null && second is not null && first.Sequence == second.Sequence && first != second)
        {
            Set(StoreProblem.Damaged, "has two superblocks that contradict each other; restore it, or format it with --force");
            return;
        }

        if (First.State == SuperblockState.NotEngine && Foreign(device, scratch) is { } found)
        {
            Set(StoreProblem.Foreign, $"holds {found}; an Engine volume that was there before has been overwritten");
            return;
        }

        if (!Current.IsReady)
        {
            Set(StoreProblem.Torn, "holds a volume whose format was interrupted; format it again");
            return;
        }

        long needed = Current.DataOffset + Current.LengthBytes;
        if (device.Geometry.Capacity < needed)
        {
            Set(StoreProblem.TooSmall, string.Create(
                CultureInfo.InvariantCulture,
                $"has {device.Geometry.Capacity} bytes and its volume needs {needed}; it has shrunk, restore its size"));
        }
    }

    private void JudgeNone(IBlockDevice device, DeviceScratch scratch)
    {
        if (First.State == SuperblockState.Unreadable && Second.State != SuperblockState.Damaged)
        {
            Set(StoreProblem.DeviceFailed, $"cannot be read ({First.Detail} at byte {First.Offset}); check the device");
            return;
        }

        bool isForeign = First.State == SuperblockState.NotEngine && Second.State != SuperblockState.Damaged;
        string? found = First.State == SuperblockState.NotEngine ? Foreign(device, scratch) : null;
        if (isForeign || found is not null)
        {
            Set(StoreProblem.Foreign, found is null
                ? "is not an Engine volume and holds nothing that is known; format it first"
                : $"is not an Engine volume, it holds {found}");
            return;
        }

        Set(
            StoreProblem.Damaged,
            $"has no usable superblock (at byte {First.Offset}: {First.Detail}; at byte {Second.Offset}: {Second.Detail}); " +
            "restore it, or format it with --force");
    }

    /// <summary>What else stands in the device's head; the second superblock itself does not count.</summary>
    private static string? Foreign(IBlockDevice device, DeviceScratch scratch)
    {
        int length = (int)Math.Min(scratch.Bytes.Length, device.Geometry.Capacity);
        length -= length % device.Geometry.LogicalBlock;
        Span<byte> head = scratch.Bytes[..length];
        head.Clear();
        // An unreadable part hides signatures but names none: the verdict then rests on the copies alone.
        if (scratch.Read(0, 0, length).Failed)
            return null;
        if (length > VolumeLayout.SecondCopyOffset)
            head[(int)VolumeLayout.SecondCopyOffset..].Clear();
        return SignatureScanner.Scan(head, default, device.Geometry.Capacity);
    }

    private void Set(StoreProblem problem, string message)
    {
        Problem = problem;
        Message = message;
    }

    /// <summary>The errno that says most nearly what a problem is.</summary>
    public static IoError ErrorOf(StoreProblem problem) => problem switch
    {
        StoreProblem.None => IoError.None,
        StoreProblem.Foreign => IoError.Exists,
        StoreProblem.TooSmall => IoError.NoSpace,
        StoreProblem.BadSize => IoError.Invalid,
        StoreProblem.ReadOnly => IoError.ReadOnly,
        StoreProblem.Newer => IoError.NotSupported,
        StoreProblem.DeviceFailed => IoError.Io,
        StoreProblem.Stale => IoError.Stale,
        StoreProblem.Busy => IoError.Busy,
        StoreProblem.Missing => IoError.NoEntry,
        StoreProblem.Torn or StoreProblem.Damaged => IoError.Damaged,
        _ => IoError.Invalid,
    };
}
