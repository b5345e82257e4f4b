// A log's bytes in a directory.
//
//   DIR/head                    the header
//   DIR/SEGMENT.segment         a segment, by its number in 16 hexadecimal digits; all of one length, allocated
//   DIR/aside                   a segment being made
//
// Ownership: the space owns the open files. One helper thread makes the segment after the one in use, so that appending seldom
// waits for it, and closes and removes what was trimmed; it starts with the first append.
// Invariants: a segment has its name only once its length is durable, and is written only once its name is; a trimmed segment
// is renamed to one that is needed, or removed when enough are at hand. What a segment held before is no record of it, since
// records carry their positions.
using System.Globalization;
using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores;

internal sealed class FileSpace : LogSpace
{
    public const string Suffix = ".segment";

    private const string HeadName = "head";
    private const string AsideName = "aside";
    private const int SparesMax = 2;

    private readonly object _gate = new();
    private readonly string _directory;
    private readonly bool _isReadOnly;
    private readonly IBlockDevice _head;
    private readonly Dictionary<long, IBlockDevice> _open = [];
    private readonly Queue<long> _spares = new();
    private Thread? _helper;
    private int _segmentBytes;
    private long _firstKept;
    private long _sweptTo;
    private long _wanted = -1;
    private long _made = -1;
    private IoError _makeError;
    private bool _stopping;
    private bool _takesShort;

    private FileSpace(string directory, IBlockDevice head, bool isReadOnly)
    {
        _directory = directory;
        _isReadOnly = isReadOnly;
        _head = head;
    }

    /// <summary>How segments are opened.</summary>
    public static BlockDeviceOptions Options { get; } = new()
    {
        Engine = DeviceEngine.Sync, SyncThreads = 2, QueueDepth = 64, Exclusive = false,
    };

    public override string Name => _directory;

    public override IBlockDevice Header => _head;

    /// <summary>Makes the directory and an empty head file in it.</summary>
    public static void MakeHead(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            if (Directory.EnumerateFileSystemEntries(directory).FirstOrDefault() is { } found)
            {
                string what = File.Exists(Path.Combine(directory, HeadName)) ? "an Engine log" : Path.GetFileName(found);
                throw new StoreException(
                    StoreProblem.Foreign, IoError.Exists, $"format: {directory} holds {what}; name a new or empty directory");
            }

            BlockDevice.CreateFile(Path.Combine(directory, HeadName), LogLayout.HeaderBytes, allocate: true);
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or (IOException and not StoreException))
        {
            throw new StoreException(
                StoreProblem.DeviceFailed, FormatRefusal.ErrorOf(failure),
                $"format: {directory} cannot be made: {FormatRefusal.Why(failure)}");
        }

        IoError error = StorageNames.Sync(directory);
        if (error.IsNone)
            error = StorageNames.Sync(Path.GetDirectoryName(Path.GetFullPath(directory)) ?? "/");
        if (error.Failed)
            throw new StoreException(StoreProblem.DeviceFailed, error, $"format: {directory} cannot be written: {error}");
    }

    public static FileSpace Open(string what, string directory, bool isShared, bool isReadOnly = false)
    {
        try
        {
            // Who only looks does so beside others; who writes is alone.
            BlockDeviceOptions options = Options with
            {
                Exclusive = !isShared && !isReadOnly, Shared = !isShared && isReadOnly, ReadOnly = isReadOnly,
            };
            return new FileSpace(directory, BlockDevice.Open(Path.Combine(directory, HeadName), options), isReadOnly);
        }
        catch (DeviceException failure)
        {
            var error = new IoError(failure.Errno);
            StoreProblem problem = error == IoError.Busy ? StoreProblem.Busy
                : error == IoError.ReadOnly ? StoreProblem.ReadOnly
                : error == IoError.Invalid ? StoreProblem.Damaged
                : error != IoError.NoEntry ? StoreProblem.DeviceFailed
                : Directory.Exists(directory) ? StoreProblem.Foreign : StoreProblem.Missing;
            string why = problem switch
            {
                StoreProblem.Missing => "does not exist; check the path, or format a log there first",
                StoreProblem.Foreign => $"is not an Engine log, or has lost its file {HeadName}; name another, or restore it",
                StoreProblem.Damaged => $"has an empty file {HeadName}; restore it",
                StoreProblem.Busy => SegmentLog.BusyWhy,
                _ => $"cannot be opened: {failure.Message}",
            };
            throw new StoreException(problem, error, $"{what}: {directory} {why}");
        }
    }

    public override void Use(LogSuperblock superblock) => _segmentBytes = superblock.SegmentBytes;

    public override IoError Locate(long segment, out IBlockDevice? device, out long offset)
    {
        offset = 0;
        lock (_gate)
            return LocateLocked(segment, out device);
    }

    public override void TakeShortSegments()
    {
        Invariant.That(_isReadOnly, "who writes a segment relies on its length");
        _takesShort = true;
    }

    public override IoError Prepare(long segment)
    {
        lock (_gate)
        {
            if (_helper is null)
            {
                _helper = new Thread(Run) { IsBackground = true, Name = "engine-log " + _directory };
                _made = segment - 1;
                _helper.Start();
            }

            // The one asked for, and the next one before anybody asks.
            _wanted = segment + 1;
            _makeError = IoError.None;
            Monitor.PulseAll(_gate);
            while (_made < segment && _makeError.IsNone && !_stopping)
                Monitor.Wait(_gate);
            return _made >= segment ? IoError.None : _stopping ? IoError.Shutdown : _makeError;
        }
    }

    public override void Release(long segment)
    {
        lock (_gate)
        {
            _firstKept = Math.Max(_firstKept, segment);
            Monitor.PulseAll(_gate);
        }
    }

    public override IoError Flush(long first, long last)
    {
        IoError error = StorageNames.Sync(_directory);
        for (long segment = first; segment <= last && error.IsNone; segment++)
        {
            if (Locate(segment, out IBlockDevice? device, out _).IsNone)
                error = device!.Execute(new DeviceRequest { Operation = DeviceOperation.Flush }).Error;
        }

        return error;
    }

    public override string? Explain(long segment) =>
        File.Exists(PathOf(segment))
            ? Locate(segment, out _, out _).IsNone ? null : $"the file {Path.GetFileName(PathOf(segment))} is too short"
            : $"the file {Path.GetFileName(PathOf(segment))} is missing";

    public override void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        _helper?.Join();
        foreach (IBlockDevice device in _open.Values)
            device.Dispose();
        _open.Clear();
        _head.Dispose();
    }

    private string PathOf(long segment) =>
        Path.Combine(_directory, segment.ToString("x16", CultureInfo.InvariantCulture) + Suffix);

    private IoError LocateLocked(long segment, out IBlockDevice? device)
    {
        if (_open.TryGetValue(segment, out device))
            return IoError.None;
        try
        {
            device = BlockDevice.Open(PathOf(segment), Options with { ReadOnly = _isReadOnly });
        }
        catch (DeviceException failure)
        {
            // What an empty file is refused with.
            bool isNone = failure.Errno == IoError.Invalid.Errno && !_takesShort;
            return new IoError(isNone ? IoError.NoEntry.Errno : failure.Errno);
        }

        if (device.Geometry.Capacity < _segmentBytes && !_takesShort)
        {
            device.Dispose();
            device = null;
            return IoError.NoEntry;
        }

        _open.Add(segment, device);
        return IoError.None;
    }

    private void Run()
    {
        while (true)
        {
            long toMake;
            long keptFrom;
            lock (_gate)
            {
                while (_sweptTo >= _firstKept && (_made >= _wanted || _makeError.Failed) && !_stopping)
                    Monitor.Wait(_gate);
                if (_stopping)
                    return;
                keptFrom = _firstKept;
                toMake = _made < _wanted && _makeError.IsNone ? _made + 1 : -1;
            }

            if (_sweptTo < keptFrom)
                Sweep(keptFrom);
            if (toMake < 0)
                continue;
            IoError error = Make(toMake);
            lock (_gate)
            {
                _makeError = error;
                if (error.IsNone)
                    _made = toMake;
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Retires every segment before <paramref name="keptFrom"/>, also those that an earlier life left.</summary>
    private void Sweep(long keptFrom)
    {
        foreach (string path in ListFiles())
        {
            bool isSegment = long.TryParse(
                Path.GetFileNameWithoutExtension(path), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                out long segment);
            if (!isSegment || segment < 0 || segment >= keptFrom || _spares.Contains(segment))
                continue;
            IBlockDevice? device;
            lock (_gate)
                _open.Remove(segment, out device);
            Retire(segment, device);
        }

        lock (_gate)
            _sweptTo = keptFrom;
    }

    /// <summary>The segments' files. Where the directory cannot be listed, or is gone, there is nothing to retire: who appends
    /// learns of that.</summary>
    private string[] ListFiles()
    {
        try
        {
            return [.. Directory.EnumerateFiles(_directory, "*" + Suffix).Order(StringComparer.Ordinal)];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private void Retire(long segment, IBlockDevice? device)
    {
        device?.Dispose();
        if (_spares.Count < SparesMax)
            _spares.Enqueue(segment);
        else
            // A file too many costs space and nothing else.
            _ = StorageNames.Remove(PathOf(segment));
    }

    /// <summary>Gives the segment a file: one that is there, a spare, or a new one.</summary>
    private IoError Make(long segment)
    {
        string path = PathOf(segment);
        IoError error = Locate(segment, out _, out _);
        if (error.IsNone)
            return StorageNames.Sync(_directory);
        if (error != IoError.NoEntry)
            return error;
        if (_spares.TryDequeue(out long spare))
            error = StorageNames.Rename(PathOf(spare), path);
        else
            error = MakeFile(path);
        if (error.IsNone)
            error = StorageNames.Sync(_directory);
        return error.Failed ? error : Locate(segment, out _, out _);
    }

    private IoError MakeFile(string path)
    {
        string aside = Path.Combine(_directory, AsideName);
        _ = StorageNames.Remove(aside);
        IoError error = StorageFile.Create(aside, out StorageFile? file);
        if (error.Failed)
            return error;
        using (file)
        {
            error = file!.SetLength(_segmentBytes, allocate: true);
            if (error.IsNone)
                error = file.Sync();
        }

        if (error.IsNone)
            return StorageNames.Rename(aside, path);
        _ = StorageNames.Remove(aside);
        return error;
    }
}
