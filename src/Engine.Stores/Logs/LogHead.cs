// A log's header: superblock and state, two copies each, read and judged together, written one after the other: first the copy
// that is not the current one, since the current one may be the only one that is whole.
//
// The same rules as for a volume's superblocks: the copy with the higher sequence is current; one bad copy of two is no loss,
// unless another format stands where the first one was.
using System.Globalization;
using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores;

internal sealed class LogHead : IDisposable
{
    private readonly LogSpace _space;
    private readonly DeviceScratch _scratch;
    private bool _isFirstSuperblockCurrent;
    private bool _isFirstStateCurrent;

    public LogHead(LogSpace space)
    {
        _space = space;
        _scratch = new DeviceScratch(space.Header, LogLayout.BlockBytes);
    }

    /// <summary>The current superblock; null when there is none.</summary>
    public LogSuperblock? Superblock { get; private set; }

    /// <summary>The current state; null when neither copy is whole.</summary>
    public LogState? State { get; private set; }

    /// <summary>Highest sequence of any whole superblock.</summary>
    public ulong SequenceMax => Superblock?.Sequence ?? 0;

    public StoreProblem Problem { get; private set; }

    /// <summary>Not all of the log is there: its sizes, its states, or bytes at its end; and nothing tells that it is another
    /// thing.</summary>
    public bool IsLost { get; private set; }

    /// <summary>The problem as a sentence without the log's name.</summary>
    public string Message { get; private set; } = string.Empty;

    /// <summary>Bad or old copies that another one stands in for, as a sentence; null when all four are whole.</summary>
    public string? Flaw { get; private set; }

    /// <summary>The bad ones among them, as a sentence; an old one is what a crash leaves between two writes.</summary>
    public string? Bad { get; private set; }

    public static LogHead Read(LogSpace space)
    {
        var head = new LogHead(space);
        try
        {
            head.Judge();
            return head;
        }
        catch
        {
            head.Dispose();
            throw;
        }
    }

    /// <summary>Writes both copies of the superblock, each durable before the next.</summary>
    public IoError Write(LogSuperblock superblock)
    {
        IoError error = WriteBoth(
            LogLayout.FirstSuperblock, LogLayout.SecondSuperblock, _isFirstSuperblockCurrent, superblock.Encode);
        if (error.IsNone)
            Superblock = superblock;
        return error;
    }

    /// <summary>Writes both copies of the state, each durable before the next.</summary>
    public IoError Write(LogState state)
    {
        IoError error = WriteBoth(LogLayout.FirstState, LogLayout.SecondState, _isFirstStateCurrent, state.Encode);
        if (error.IsNone)
            State = state;
        return error;
    }

    public void Dispose() => _scratch.Dispose();

    private delegate void Encoder(Span<byte> block);

    private IoError WriteBoth(long first, long second, bool isFirstCurrent, Encoder encode)
    {
        IoError error = WriteBlock(isFirstCurrent ? second : first, encode);
        return error.Failed ? error : WriteBlock(isFirstCurrent ? first : second, encode);
    }

    private IoError WriteBlock(long offset, Encoder encode)
    {
        encode(_scratch.Bytes[..LogLayout.BlockBytes]);
        IoError error = _scratch.Write(offset, 0, LogLayout.BlockBytes);
        return error.Failed ? error : _scratch.Flush();
    }

    private void Judge()
    {
        SuperblockState first = ReadSuperblock(LogLayout.FirstSuperblock, out LogSuperblock? a, out string firstDetail);
        SuperblockState second = ReadSuperblock(LogLayout.SecondSuperblock, out LogSuperblock? b, out string secondDetail);
        Superblock = b is null || a?.Sequence >= b.Sequence ? a : b;
        _isFirstSuperblockCurrent = Superblock == a;
        if (first == SuperblockState.Newer || second == SuperblockState.Newer)
        {
            string detail = first == SuperblockState.Newer ? firstDetail : secondDetail;
            Set(StoreProblem.Newer, $"was written by a newer Engine ({detail}); use that version");
        }
        else if (Superblock is null)
        {
            JudgeNone(first, firstDetail, second, secondDetail);
        }
        else if (first == SuperblockState.NotEngine && Foreign() is { } found)
        {
            Set(StoreProblem.Foreign, $"holds {found}; an Engine log that was there before has been overwritten");
        }
        else if (!Superblock.IsReady)
        {
            Set(StoreProblem.Torn, "holds a log whose format was interrupted; format it again");
        }
        else
        {
            if (a != b)
                Flaw = $"one superblock is bad or old (first: {firstDetail}; second: {secondDetail}); the other is used";
            if (a is null || b is null)
                NoteBad("superblock", a is null);
            JudgeSizes();
        }
    }

    private void JudgeSizes()
    {
        LogSuperblock superblock = Superblock!;
        int logicalBlock = Math.Max(_space.Header.Geometry.LogicalBlock, _space.Header.Geometry.MemoryAlignment);
        if (superblock.Unit < logicalBlock)
        {
            Set(
                StoreProblem.BadSize,
                Text($"has blocks of {logicalBlock} bytes and its log was made for {superblock.Unit}; move it back"));
            return;
        }

        long capacity = _space.Header.Geometry.Capacity;
        if (capacity < superblock.DeviceBytes)
        {
            IsLost = true;
            Set(
                StoreProblem.TooSmall,
                Text($"has {capacity} bytes and its log needs {superblock.DeviceBytes}; it has shrunk, restore it"));
            return;
        }

        LogState? a = ReadState(LogLayout.FirstState, superblock.Uuid, out bool isFirstRead);
        LogState? b = ReadState(LogLayout.SecondState, superblock.Uuid, out bool isSecondRead);
        _isFirstStateCurrent = a?.IsNewerThan(b) ?? false;
        State = _isFirstStateCurrent ? a : b;
        if (State is null)
        {
            // What cannot be read just then is not lost.
            IsLost = isFirstRead && isSecondRead;
            Set(
                StoreProblem.Damaged,
                "has no whole copy of its state; where its records begin is lost: restore it");
        }
        else if (a is null || b is null)
        {
            Flaw = (Flaw is null ? string.Empty : Flaw + "; ") + "one copy of the state is bad; the other is used";
            NoteBad("state", a is null);
        }
    }

    private void NoteBad(string what, bool isFirst)
    {
        string which = isFirst ? "first" : "second";
        Bad = (Bad is null ? string.Empty : Bad + "; ") + $"the {which} of the two copies of its {what} is bad";
    }

    private void JudgeNone(SuperblockState first, string firstDetail, SuperblockState second, string secondDetail)
    {
        if (first == SuperblockState.Unreadable)
        {
            Set(StoreProblem.DeviceFailed, $"cannot be read ({firstDetail}); check the device");
            return;
        }

        string? found = first == SuperblockState.NotEngine ? Foreign() : null;
        IsLost = found is null && second != SuperblockState.Unreadable;
        if (found is not null || (first == SuperblockState.NotEngine && second != SuperblockState.Damaged))
        {
            Set(StoreProblem.Foreign, found is null
                ? "is not an Engine log and holds nothing that is known; restore it, or name another"
                : $"is not an Engine log, it holds {found}");
            return;
        }

        Set(
            StoreProblem.Damaged,
            $"has no usable superblock (first: {firstDetail}; second: {secondDetail}); restore it");
    }

    private SuperblockState ReadSuperblock(long offset, out LogSuperblock? superblock, out string detail)
    {
        superblock = null;
        if (offset + LogLayout.BlockBytes > _space.Header.Geometry.Capacity)
        {
            detail = "the device ends before it";
            return SuperblockState.NotEngine;
        }

        IoError error = _scratch.Read(offset, 0, LogLayout.BlockBytes);
        if (error.Failed)
        {
            detail = $"reading it failed: {error}";
            return SuperblockState.Unreadable;
        }

        return LogSuperblock.Decode(_scratch.Bytes[..LogLayout.BlockBytes], out superblock, out detail);
    }

    private LogState? ReadState(long offset, Guid uuid, out bool isRead)
    {
        isRead = _scratch.Read(offset, 0, LogLayout.BlockBytes).IsNone;
        return isRead ? LogState.Decode(_scratch.Bytes[..LogLayout.BlockBytes], uuid) : null;
    }

    /// <summary>What else stands in the device's head; the second superblock itself does not count.</summary>
    private string? Foreign()
    {
        long capacity = _space.Header.Geometry.Capacity;
        int length = (int)Math.Min(VolumeLayout.HeaderBytes, capacity - (capacity % _space.Header.Geometry.LogicalBlock));
        using var scratch = new DeviceScratch(_space.Header, length);
        // An unreadable part hides signatures but names none: the verdict then rests on the copies alone.
        if (scratch.Read(0, 0, length).Failed)
            return null;
        if (length >= LogLayout.HeaderBytes)
            scratch.Bytes.Slice((int)LogLayout.SecondSuperblock, LogLayout.BlockBytes).Clear();
        return SignatureScanner.Scan(scratch.Bytes, default, capacity);
    }

    private void Set(StoreProblem problem, string message)
    {
        Problem = problem;
        Message = message;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
