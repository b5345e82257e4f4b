// Finds the end of a log, and tells a torn tail from damage.
//
// The rule. The records of a log end where the chain of whole records (LogChain) ends. That is the torn tail of a crash, and is
// cut in silence, unless something proves that more was durable once:
//   - the state's tail lies further on: an earlier open, or a close, had found or made everything before it durable;
//   - a whole record header further on says so: each carries the position up to which all was durable when it was made. Looked
//     for at every unit of the segment where the chain ends and of the next one, and at the start of every later segment.
// Then something that was durable is missing or damaged, and the log is not opened. What cannot be told apart: the records of
// the last flush before a crash, since nothing behind them was written that could vouch for them.
using System.Globalization;
using Engine.Buffers;

namespace Engine.Stores;

internal sealed class LogRecovery
{
    private readonly LogSpace _space;
    private readonly LogSuperblock _superblock;
    private readonly LogState _state;
    private readonly LogChain _chain;

    private LogRecovery(LogSpace space, LogSuperblock superblock, LogState state, LogReader reader)
    {
        _space = space;
        _superblock = superblock;
        _state = state;
        _chain = new LogChain(reader, superblock, state);
    }

    /// <summary>Where the records end.</summary>
    public long End { get; private set; }

    public long Records { get; private set; }

    public long PayloadBytes { get; private set; }

    /// <summary>The life that wrote the last of them; 0 when there are none.</summary>
    public ulong Incarnation => _chain.Incarnation;

    /// <summary>What is wrong at <see cref="End"/>, as a sentence; null when the log just ends there.</summary>
    public string? Damage { get; private set; }

    /// <summary>The device's failure that ended the search.</summary>
    public IoError Error { get; private set; }

    public static LogRecovery Run(LogSpace space, LogSuperblock superblock, LogState state)
    {
        using var reader = new LogReader(space, superblock);
        var recovery = new LogRecovery(space, superblock, state, reader);
        recovery.Walk();
        if (recovery.Error.IsNone)
            recovery.Judge();
        return recovery;
    }

    private void Walk()
    {
        _chain.Begin(_state.Start);
        while (true)
        {
            Error = _chain.Next(out bool found, out LogRecord record, out _);
            End = _chain.End;
            if (!found)
                return;
            Records++;
            PayloadBytes += record.Length;
        }
    }

    private void Judge()
    {
        if (_state.Tail > End && _state.ResumeOf(End) == 0)
        {
            Damage = Text($"the log was durable up to position {_state.Tail}");
            Explain();
            return;
        }

        long from = Math.Max(End, _state.ResumeOf(End));
        long first = SegmentOf(from);
        long last = SegmentOf(_state.Start) + _superblock.SegmentCount - 1;
        long everyUnitEnd = (Math.Min(first + 1, last) + 1) * _superblock.SegmentBytes;
        int unit = _superblock.Unit;
        for (long at = (from + unit - 1) / unit * unit; at < everyUnitEnd; at += unit)
        {
            if (Vouches(at))
                return;
        }

        for (long segment = first + 2; segment <= last; segment++)
        {
            if (Vouches(segment * _superblock.SegmentBytes))
                return;
        }
    }

    /// <summary>True when the search is over: a record at <paramref name="position"/> proves damage, or the device
    /// failed.</summary>
    private bool Vouches(long position)
    {
        Error = _chain.Probe(position, out bool found, out LogRecord record);
        if (Error.Failed)
            return true;
        if (!found || record.Durable <= End)
            return false;
        Damage = Text($"the record at position {position} says that the log was durable up to position {record.Durable}");
        Explain();
        return true;
    }

    private void Explain()
    {
        long at = (End + _superblock.Unit - 1) / _superblock.Unit * _superblock.Unit;
        if (_space.Explain(SegmentOf(at)) is { } why)
            Damage += "; " + why;
    }

    private long SegmentOf(long position) => position / _superblock.SegmentBytes;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
