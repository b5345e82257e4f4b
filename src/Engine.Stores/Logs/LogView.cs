// Reads a log without writing: what opening it would find (Check), its records, and behind a damage whatever is whole and can
// be read; and copies what a cut is to give up (LogView.Copy.cs).
//
// Ownership: the space, the reader, and what is held until the view goes. One thread.
// Invariants: before the end that the check found an error of the medium is an error; behind a damage it is where reading ends.
using System.Globalization;
using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores;

/// <summary>The records of a log that nobody writes meanwhile, one after another, without writing: for checks, dumps and who only
/// reads a namespace. One thread; several views at once.</summary>
public sealed partial class LogView : IDisposable
{
    private readonly LogSpace _space;
    private readonly LogReader? _reader;
    private readonly LogChain? _chain;
    private readonly LogSuperblock? _superblock;

    /// <summary>Behind the last segment that the log may have.</summary>
    private readonly long _limit;
    private readonly IDisposable? _held;

    private LogView(LogSpace space, LogCheck check, LogHead head, IDisposable? held)
    {
        _space = space;
        _held = held;
        Check = check;
        if (head.Problem != StoreProblem.None || check.Problem == StoreProblem.Foreign)
            return;
        _superblock = head.Superblock!;
        _reader = new LogReader(space, _superblock);
        _chain = new LogChain(_reader, _superblock, head.State!);
        _chain.Begin(head.State!.Start);
        long first = head.State.Start / _superblock.SegmentBytes;
        _limit = (first + _superblock.SegmentCount) * _superblock.SegmentBytes;
    }

    /// <summary>What the look at the whole found.</summary>
    public LogCheck Check { get; }

    /// <summary>Looks at a log in a directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="identity">What the log has to be; null takes any. The check says so when it is not, and no records are
    /// read.</param>
    /// <exception cref="StoreException">There is no log there, or another process writes it.</exception>
    public static LogView Open(string directory, LogIdentity? identity = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return Of(FileSpace.Open("open", directory, isShared: false, isReadOnly: true), null, identity);
    }

    /// <summary>Looks at a log on a device.</summary>
    /// <param name="device">The device; nothing is written.</param>
    /// <param name="deviceName">Its name in messages.</param>
    /// <param name="identity">What the log has to be, as above.</param>
    /// <param name="held">What is the view's from here on and goes with it: the device, and what keeps writers away.</param>
    public static LogView Open(IBlockDevice device, string deviceName, LogIdentity? identity, IDisposable held)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(held);
        return Of(new DeviceSpace(device, deviceName), held, identity);
    }

    /// <summary>Why something behind the damage cannot be read, and where first; null while everything can.</summary>
    public string? Unreadable { get; private set; }

    /// <summary>The next record; false at the end of the whole ones. Behind a damage that is also where the medium cannot be
    /// read: what can be had of it is no more than what can be read.</summary>
    /// <param name="position">Where it begins.</param>
    /// <param name="payload">Its bytes, valid until the next call.</param>
    /// <exception cref="StoreException">The medium cannot be read.</exception>
    public bool TryRead(out long position, out ReadOnlySpan<byte> payload)
    {
        position = 0;
        payload = default;
        if (_chain is null)
            return false;
        IoError error = _chain.Next(out bool found, out LogRecord record, out payload);
        if (error.Failed && !(Check.Problem == StoreProblem.Damaged && _chain.End >= Check.End))
        {
            throw new StoreException(
                StoreProblem.DeviceFailed, error, $"read: {_space.Name} cannot be read behind position {_chain.End}: {error}");
        }

        if (error.Failed)
            NoteUnreadable(_chain.End, error);
        position = record.Position;
        _readTo = found ? Math.Max(_readTo, record.End) : _readTo;
        return found;
    }

    /// <summary>Goes on at the next record that begins a write behind where the records end, in segments that are too short as
    /// well: what is whole there is not of the log any more, but tells what is lost.</summary>
    /// <returns>False when there is none.</returns>
    public bool TrySkipDamage()
    {
        if (_chain is null)
            return false;
        _space.TakeShortSegments();
        _reader!.ReadsAround = true;
        int unit = _superblock!.Unit;
        for (long at = (_chain.End / unit * unit) + unit; at < _limit; at += unit)
        {
            long segment = at / _superblock.SegmentBytes;
            IoError error = _space.Locate(segment, out _, out _);
            bool found = false;
            if (error.Failed)
                at = ((segment + 1) * _superblock.SegmentBytes) - unit;
            else
                error = _chain.Probe(at, out found, out _);
            if (error.Failed && error != IoError.NoEntry)
                NoteUnreadable(at, error);
            if (found)
            {
                _chain.Begin(at);
                return true;
            }
        }

        return false;
    }

    /// <summary>A copy has to come so far, to count it.</summary>
    private void NoteUnreadable(long position, IoError error)
    {
        _readTo = Math.Max(_readTo, position);
        Unreadable ??= string.Create(
            CultureInfo.InvariantCulture, $"behind position {position} not all can be read ({error.Name})");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader?.Dispose();
        _space.Dispose();
        _held?.Dispose();
    }

    private static LogView Of(LogSpace space, IDisposable? held, LogIdentity? identity)
    {
        try
        {
            LogCheck check = LogOpening.Check(space);
            string? refusal = check.Uuid == Guid.Empty ? null
                : identity?.Refusal(check.Uuid, check.Incarnation) ?? identity?.RefusalOfRecords(check.RecordIncarnation);
            if (refusal is not null)
                check = check with { Problem = StoreProblem.Foreign, Message = $"{space.Name} {refusal}" };
            using LogHead head = LogHead.Read(space);
            return new LogView(space, check, head, held);
        }
        catch
        {
            space.Dispose();
            held?.Dispose();
            throw;
        }
    }
}
