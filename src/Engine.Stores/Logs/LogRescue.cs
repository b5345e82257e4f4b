// What can still be read of a log whose head is lost: who it is comes from what it belongs to, its segments from what is there of
// them (RescueFiles, RescueRing), and its records are found by themselves, since each names its position and is sealed with the
// log's uuid.
//
// Where the records begin stood in the head alone, and where they end too. Segments that were let go may still be there, kept to
// be used again, and those between them and the log's own are gone as a rule. So all that is whole is read, of every segment,
// in order: it may begin earlier than the log did, and it goes on behind a gap, which is damage, a segment that is missing, or
// one that was let go. A record that does not name the end of the one before as its own beginning tells of it.
// Not read are records of an older life behind those of a newer one: that one had cut them off.
using System.Globalization;
using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores;

/// <summary>Reads what is left of a log that has lost its head. Writes nothing. One thread.</summary>
public sealed class LogRescue : IDisposable
{
    private const int SmallestUnit = 512;

    private readonly RescueSpace _space;
    private readonly IDisposable? _held;
    private readonly LogReader _reader;

    /// <summary>The largest first: what is smaller shows where a write follows another.</summary>
    private LogSuperblock _superblock;
    private LogChain _chain;

    /// <summary>Of the record found last: where it ends, 0 before the first, and its life.</summary>
    private long _end;
    private ulong _incarnation;

    private LogRescue(RescueSpace space, LogIdentity identity, IDisposable? held)
    {
        _space = space;
        _held = held;
        _superblock = SuperblockOf(space, identity);
        _reader = new LogReader(space, _superblock);
        Rewind();
    }

    /// <summary>Records that can be read.</summary>
    public long Records { get; private set; }

    /// <summary>How often a record does not follow the one before it.</summary>
    public long Gaps { get; private set; }

    /// <summary>Looks for records in a directory.</summary>
    /// <param name="directory">The log's directory.</param>
    /// <param name="identity">What the log is; records of newer lives are left out.</param>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="DeviceException">The newest segment cannot be opened.</exception>
    /// <exception cref="StoreException">Another cannot, or one cannot be read: what is in it is not known.</exception>
    public static LogRescue? TryOpen(string directory, LogIdentity identity) =>
        TryOpen(directory, identity, path => BlockDevice.Open(path, FileSpace.Options with { ReadOnly = true }));

    /// <summary>The same, with segments opened by <paramref name="open"/>.</summary>
    internal static LogRescue? TryOpen(string directory, LogIdentity identity, Func<string, IBlockDevice> open)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentNullException.ThrowIfNull(identity);
        return RescueFiles.TryOpen(directory, open) is { } files ? Of(files, identity, held: null) : null;
    }

    /// <summary>Looks for records on a device.</summary>
    /// <param name="device">The device; nothing is written.</param>
    /// <param name="deviceName">Its name in messages.</param>
    /// <param name="identity">What the log is; records of newer lives are left out.</param>
    /// <param name="segmentBytes">How long its segments were made, for where no part of its head says so.</param>
    /// <param name="held">What is the rescue's from here on, and goes with it: the device, and what keeps writers away.</param>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="StoreException">The device cannot be read: what is in it is not known.</exception>
    public static LogRescue? TryOpen(
        IBlockDevice device, string deviceName, LogIdentity identity, int segmentBytes, IDisposable held)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(held);
        try
        {
            if (RescueRing.TryOpen(device, deviceName, identity, segmentBytes) is { } ring)
                return Of(ring, identity, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }

        held.Dispose();
        return null;
    }

    private static LogRescue? Of(RescueSpace space, LogIdentity identity, IDisposable? held)
    {
        var rescue = new LogRescue(space, identity, held);
        try
        {
            rescue.Count();
        }
        catch
        {
            rescue.Dispose();
            throw;
        }

        if (rescue.Records > 0)
            return rescue;
        rescue.Dispose();
        return null;
    }

    /// <summary>The next record that is whole, behind whatever; false at the end.</summary>
    /// <param name="position">Where it begins.</param>
    /// <param name="payload">Its bytes, valid until the next call.</param>
    /// <exception cref="StoreException">A segment cannot be read.</exception>
    public bool TryRead(out long position, out ReadOnlySpan<byte> payload)
    {
        bool found = TryNext(out LogRecord record, out payload);
        position = record.Position;
        return found;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _space.Dispose();
        _held?.Dispose();
    }

    private void Count()
    {
        for (long end = 0; TryNext(out LogRecord record, out _); end = record.End)
        {
            Records++;
            Gaps += end != 0 && record.Previous != end ? 1 : 0;
        }

        Rewind();
    }

    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_chain))]
    private void Rewind()
    {
        (_end, _incarnation) = (0, 0);
        NewChain();
        _chain.Begin(_space.Begin);
    }

    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_chain))]
    private void NewChain() => _chain = new LogChain(_reader, _superblock, StateAt(_superblock, _space.Begin));

    private bool TryNext(out LogRecord record, out ReadOnlySpan<byte> payload)
    {
        Expect(_chain.Next(out bool found, out record, out payload));
        long at = _chain.End;
        while (!found && TrySeek(ref at, out record))
        {
            NarrowUnit(at, record);
            _chain.Begin(at);
            Expect(_chain.Next(out found, out record, out payload));
            at++;
        }

        if (found)
            (_end, _incarnation) = (record.End, record.Incarnation);
        return found;
    }

    /// <summary>Finds the next place at or behind <paramref name="at"/> where the header of a record stands.</summary>
    private bool TrySeek(ref long at, out LogRecord record)
    {
        record = default;
        int segmentBytes = _space.SegmentBytes;
        for (at = RoundUp(at, LogRecord.Alignment); at < _space.End; at += LogRecord.Alignment)
        {
            if (!_space.Has(at / segmentBytes))
            {
                at = (((at / segmentBytes) + 1) * segmentBytes) - LogRecord.Alignment;
                continue;
            }

            Expect(_chain.Probe(at, out bool found, out record));
            if (found && record.Incarnation >= _incarnation)
                return true;
        }

        return false;
    }

    /// <summary>A write begins where none was looked for: the unit is smaller.</summary>
    private void NarrowUnit(long position, LogRecord record)
    {
        int unit = (int)Math.Min(position & -position, LogLayout.BlockBytes);
        if (record.Previous != _end || unit < SmallestUnit || unit >= _superblock.Unit)
            return;
        _superblock = _superblock with { Unit = unit };
        NewChain();
    }

    private void Expect(IoError error)
    {
        if (error.Failed)
        {
            string where = string.Create(CultureInfo.InvariantCulture, $"behind position {_chain.End}");
            throw new StoreException(
                StoreProblem.DeviceFailed, error, $"check: {_space.Name} cannot be read {where}: {error}; check the device");
        }
    }

    private static long RoundUp(long value, int unit) => (value + unit - 1) / unit * unit;

    /// <summary>The unit is that of reading: whatever the log's was, the next record is found by what it says.</summary>
    private static LogSuperblock SuperblockOf(RescueSpace space, LogIdentity identity) => new()
    {
        Uuid = identity.Uuid,
        Sequence = 1,
        Incarnation = identity.Incarnation,
        SegmentBytes = space.SegmentBytes,
        Unit = LogLayout.BlockBytes,
        SegmentCount = LogSuperblock.SegmentsMin,
        DeviceBytes = LogLayout.HeaderBytes,
        IsReady = true,
    };

    private static LogState StateAt(LogSuperblock superblock, long start) => new()
    {
        Uuid = superblock.Uuid, Sequence = 1, Start = start, Tail = start, TailIncarnation = 0, Jumps = [],
    };
}
