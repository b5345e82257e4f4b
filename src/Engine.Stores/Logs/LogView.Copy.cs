using System.Globalization;
using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores;

/// <content>A copy of what a cut is to give up.</content>
public sealed partial class LogView
{
    private const int CopyBytes = 256 << 10;

    /// <summary>Behind the last whole record that was read, or a byte that could not be, wherever that was.</summary>
    private long _readTo;

    /// <summary>Bytes of a segment; 0 where that is not known.</summary>
    public int SegmentBytes => _superblock?.SegmentBytes ?? 0;

    /// <summary>Copies the segments from that of a position on as files named as a log's in a directory are, so that what is
    /// whole in them can be read again; up to the one behind the last that had a whole record in it, or could not be read,
    /// all of which was tried before. What cannot be read, or is
    /// missing at the end of a segment, is zero in the copy; one of which nothing can be had is not in it.</summary>
    /// <param name="position">A byte of the first one.</param>
    /// <param name="directory">Where the files go; it is made, and durable with them and its own name.</param>
    /// <param name="unreadable">Bytes of segments that are there which could not be read.</param>
    /// <returns>How many there are.</returns>
    /// <exception cref="IOException">The copy cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public int CopyFrom(long position, string directory, out long unreadable) =>
        CopyFrom(position, directory, StorageNames.Sync, out unreadable);

    /// <summary>The same, with directories synced by <paramref name="sync"/>.</summary>
    internal int CopyFrom(long position, string directory, Func<string, IoError> sync, out long unreadable)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        Invariant.That(_reader is not null && position < _limit, "a log that can be cut has records");
        unreadable = 0;
        int copied = 0;
        long last = Math.Min(_readTo / SegmentBytes, (_limit / SegmentBytes) - 1) + 1;
        _space.TakeShortSegments();
        Directory.CreateDirectory(directory);
        for (long segment = position / SegmentBytes; segment <= last && segment < _limit / SegmentBytes; segment++)
        {
            IoError found = _space.Locate(segment, out IBlockDevice? device, out long offset);
            unreadable += found.Failed && found != IoError.NoEntry ? SegmentBytes : 0;
            if (found.Failed)
                continue;
            string name = segment.ToString("x16", CultureInfo.InvariantCulture) + FileSpace.Suffix;
            Copy(device!, offset, Path.Combine(directory, name), ref unreadable);
            copied++;
        }

        foreach (string names in (string[])[directory, Path.GetDirectoryName(Path.GetFullPath(directory)) ?? "/"])
        {
            IoError error = sync(names);
            if (error.Failed)
                throw new IOException($"{names}: {error}");
        }

        return copied;
    }

    private void Copy(IBlockDevice device, long offset, string path, ref long unreadable)
    {
        using var scratch = new DeviceScratch(device, CopyBytes);
        using FileStream file = File.Create(path);
        file.SetLength(SegmentBytes);
        int there = (int)Math.Min(SegmentBytes, device.Geometry.Capacity - offset);
        unreadable += SegmentBytes - there;
        for (int at = 0; at < there; at += CopyBytes)
        {
            int length = Math.Min(CopyBytes, there - at);
            Span<byte> bytes = scratch.Bytes[..length];
            if (scratch.Read(offset + at, 0, length).Failed)
                unreadable += CopyBlocks(scratch, offset + at, length);
            if (ZeroDetector.IsZero(bytes))
                continue;
            file.Position = at;
            file.Write(bytes);
        }

        file.Flush(flushToDisk: true);
    }

    /// <summary>Reads what cannot be read at once block by block.</summary>
    /// <returns>Bytes that cannot be read so either; they are zero.</returns>
    private static long CopyBlocks(DeviceScratch scratch, long offset, int length)
    {
        long unreadable = 0;
        for (int at = 0; at < length; at += LogLayout.BlockBytes)
        {
            int block = Math.Min(LogLayout.BlockBytes, length - at);
            if (scratch.Read(offset + at, at, block).IsNone)
                continue;
            scratch.Bytes.Slice(at, block).Clear();
            unreadable += block;
        }

        return unreadable;
    }
}
