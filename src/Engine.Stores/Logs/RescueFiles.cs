using System.Globalization;
using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores;

/// <summary>A directory's segments: files of the length that most of them have. Another length is none's.</summary>
internal sealed class RescueFiles : RescueSpace
{
    private readonly string _directory;
    private readonly SortedDictionary<long, string> _paths;
    private readonly Func<string, IBlockDevice> _open;
    private readonly Dictionary<long, IBlockDevice> _devices = [];

    private RescueFiles(string directory, SortedDictionary<long, string> paths, int bytes, Func<string, IBlockDevice> open)
    {
        _directory = directory;
        _paths = paths;
        _open = open;
        SegmentBytes = bytes;
        (Begin, End) = (paths.First().Key * bytes, (paths.Last().Key + 1) * bytes);
        (long newest, string path) = paths.Last();
        Header = open(path);
        _devices.Add(newest, Header);
    }

    public override string Name => _directory;

    public override IBlockDevice Header { get; }

    public static RescueFiles? TryOpen(string directory, Func<string, IBlockDevice> open)
    {
        SortedDictionary<long, string> paths = [];
        Dictionary<long, int> lengths = [];
        foreach (string path in Directory.EnumerateFiles(directory, "*" + FileSpace.Suffix))
        {
            string name = Path.GetFileNameWithoutExtension(path);
            long bytes = new FileInfo(path).Length;
            if (bytes is <= 0 or > LogSuperblock.SegmentBytesMax || bytes % LogLayout.BlockBytes != 0
                || !long.TryParse(name, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long segment)
                || segment <= 0 || segment >= (long.MaxValue / bytes) - 1 || !paths.TryAdd(segment, path))
                continue;
            lengths[bytes] = lengths.GetValueOrDefault(bytes) + 1;
        }

        if (paths.Count == 0)
            return null;
        long length = lengths.OrderBy(item => item.Value).ThenBy(item => item.Key).Last().Key;
        foreach ((long segment, string path) in paths.ToList())
        {
            if (new FileInfo(path).Length != length)
                paths.Remove(segment);
        }

        return new RescueFiles(directory, paths, (int)length, open);
    }

    public override bool Has(long segment) => _paths.ContainsKey(segment);

    public override IoError Locate(long segment, out IBlockDevice? device, out long offset)
    {
        offset = 0;
        if (_devices.TryGetValue(segment, out device))
            return IoError.None;
        if (!_paths.TryGetValue(segment, out string? path))
            return IoError.NoEntry;
        try
        {
            device = _open(path);
        }
        catch (DeviceException failure)
        {
            // One that is there is no segment that is missing.
            return failure.Errno == IoError.NoEntry.Errno ? IoError.Io : new IoError(failure.Errno);
        }

        _devices.Add(segment, device);
        return IoError.None;
    }

    public override void Dispose()
    {
        foreach (IBlockDevice device in _devices.Values)
            device.Dispose();
        _devices.Clear();
    }
}
