// What can still be read of a log in a directory whose head is lost: who it is comes from what it belongs to, the length of its
// segments from their files, and its records are found by themselves, since each names its position and is sealed with the
// log's uuid.
//
// Where the records begin stood in the head alone. Segments that were let go may still be there, kept to be used again: what is
// read begins with the last unbroken row of segments, so it may begin earlier than the log did, and never later. Where it ends is
// where the chain of records ends: a torn tail cannot be told from damage.
using System.Globalization;
using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores;

/// <summary>Reads what is left of a log that has lost its head. Writes nothing. One thread.</summary>
public sealed class LogRescue : IDisposable
{
    private static readonly int[] s_units = [4096, 512, 1024, 2048];

    private readonly SegmentFiles _files;
    private readonly LogReader _reader;
    private readonly LogChain _chain;

    private LogRescue(SegmentFiles files, LogSuperblock superblock, long start)
    {
        _files = files;
        _reader = new LogReader(files, superblock);
        _chain = new LogChain(_reader, superblock, StateAt(superblock, start));
        _chain.Begin(start);
    }

    /// <summary>Records that can be read.</summary>
    public long Records { get; private init; }

    /// <summary>Looks for records in a directory.</summary>
    /// <param name="directory">The log's directory.</param>
    /// <param name="identity">What the log is; records of newer lives are left out.</param>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="DeviceException">A segment cannot be opened.</exception>
    /// <exception cref="StoreException">One cannot be read: what is in it is not known.</exception>
    public static LogRescue? TryOpen(string directory, LogIdentity identity) =>
        TryOpen(directory, identity, path => BlockDevice.Open(path, FileSpace.Options with { ReadOnly = true }));

    /// <summary>The same, with segments opened by <paramref name="open"/>.</summary>
    internal static LogRescue? TryOpen(string directory, LogIdentity identity, Func<string, IBlockDevice> open)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentNullException.ThrowIfNull(identity);
        SegmentFiles? files = SegmentFiles.TryOpen(directory, open);
        if (files is null)
            return null;
        LogRescue? found = null;
        try
        {
            found = Find(files, identity);
        }
        finally
        {
            if (found is null)
                files.Dispose();
        }

        return found;
    }

    private static LogRescue? Find(SegmentFiles files, LogIdentity identity)
    {
        (LogSuperblock? best, long start, long records) = (null, 0, 0);
        foreach (int unit in s_units)
        {
            LogSuperblock superblock = SuperblockOf(files, identity, unit);
            for (long segment = files.First; segment <= files.Last; segment++)
            {
                long count = Count(files, superblock, segment * files.SegmentBytes);
                if (count > records)
                    (best, start, records) = (superblock, segment * files.SegmentBytes, count);
                if (count > 0)
                    break;
            }
        }

        return best is null ? null : new LogRescue(files, best, start) { Records = records };
    }

    /// <summary>The next record; false at the end of what can be read.</summary>
    /// <param name="position">Where it begins.</param>
    /// <param name="payload">Its bytes, valid until the next call.</param>
    /// <exception cref="StoreException">A segment cannot be read: what is in it is not known.</exception>
    public bool TryRead(out long position, out ReadOnlySpan<byte> payload)
    {
        Expect(_chain.Next(out bool found, out LogRecord record, out payload), _files, _chain);
        position = record.Position;
        return found;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _files.Dispose();
    }

    private static long Count(SegmentFiles files, LogSuperblock superblock, long start)
    {
        using var reader = new LogReader(files, superblock);
        var chain = new LogChain(reader, superblock, StateAt(superblock, start));
        chain.Begin(start);
        long count = 0;
        while (true)
        {
            Expect(chain.Next(out bool found, out _, out _), files, chain);
            if (!found)
                return count;
            count++;
        }
    }

    private static void Expect(IoError error, SegmentFiles files, LogChain chain)
    {
        if (error.Failed)
        {
            string where = string.Create(CultureInfo.InvariantCulture, $"behind position {chain.End}");
            throw new StoreException(
                StoreProblem.DeviceFailed, error, $"check: {files.Name} cannot be read {where}: {error}; check the device");
        }
    }

    private static LogSuperblock SuperblockOf(SegmentFiles files, LogIdentity identity, int unit) => new()
    {
        Uuid = identity.Uuid,
        Sequence = 1,
        Incarnation = identity.Incarnation,
        SegmentBytes = files.SegmentBytes,
        Unit = unit,
        SegmentCount = Math.Max(LogSuperblock.SegmentsMin, files.Last - files.First + 1),
        DeviceBytes = LogLayout.HeaderBytes,
        IsReady = true,
    };

    private static LogState StateAt(LogSuperblock superblock, long start) => new()
    {
        Uuid = superblock.Uuid, Sequence = 1, Start = start, Tail = start, TailIncarnation = 0, Jumps = [],
    };

    /// <summary>The last unbroken row of a directory's segments.</summary>
    private sealed class SegmentFiles : LogSpace
    {
        private readonly string _directory;
        private readonly Dictionary<long, IBlockDevice> _devices = [];

        private SegmentFiles(string directory, long last, int segmentBytes)
        {
            _directory = directory;
            (First, Last, SegmentBytes) = (last, last, segmentBytes);
        }

        public long First { get; private set; }

        public long Last { get; }

        public int SegmentBytes { get; }

        public override string Name => _directory;

        public override IBlockDevice Header => _devices[Last];

        public static SegmentFiles? TryOpen(string directory, Func<string, IBlockDevice> open)
        {
            SortedDictionary<long, string> paths = [];
            foreach (string path in Directory.EnumerateFiles(directory, "*" + FileSpace.Suffix))
            {
                string name = Path.GetFileNameWithoutExtension(path);
                if (long.TryParse(name, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long segment))
                    paths.TryAdd(segment, path);
            }

            if (paths.Count == 0)
                return null;
            (long last, string newest) = paths.Last();
            long bytes = new FileInfo(newest).Length;
            if (last <= 0 || bytes is <= 0 or > LogSuperblock.SegmentBytesMax || bytes % LogLayout.BlockBytes != 0)
                return null;
            var files = new SegmentFiles(directory, last, (int)bytes);
            try
            {
                for (long at = last; paths.TryGetValue(at, out string? path) && new FileInfo(path).Length == bytes; at--)
                {
                    files._devices.Add(at, open(path));
                    files.First = at;
                }
            }
            catch
            {
                files.Dispose();
                throw;
            }

            return files;
        }

        public override void Use(LogSuperblock superblock) => Invariant.That(superblock.SegmentBytes == SegmentBytes);

        public override IoError Locate(long segment, out IBlockDevice? device, out long offset)
        {
            offset = 0;
            return _devices.TryGetValue(segment, out device) ? IoError.None : IoError.NoEntry;
        }

        public override IoError Prepare(long segment) => IoError.ReadOnly;

        public override void Release(long segment)
        {
            // What is only read lets nothing go.
        }

        public override IoError Flush(long first, long last) => IoError.ReadOnly;

        public override void Dispose()
        {
            foreach (IBlockDevice device in _devices.Values)
                device.Dispose();
            _devices.Clear();
        }
    }
}
