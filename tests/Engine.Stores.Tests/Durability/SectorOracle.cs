// The model of an image's sectors over time.
using Engine.Buffers;

namespace Engine.Stores.Tests.Durability;

// Purpose: says what an image may hold after a crash, from nothing but what was asked of it and what it acknowledged.
// Ownership: one thread. Each sector has a growing list of versions, one for each request that touched it, in the order of
// submission; requests that overlap are never under way together.
// Invariants: at a crash point the sector holds one of the versions from the oldest that the last acknowledged flush (or FUA
// write) permits to the newest that was submitted by then. Points are event counts of a RecordingDevice.

/// <summary>The model of an image's sectors over time.</summary>
internal sealed class SectorOracle
{
    private readonly List<SectorVersion>[] _versions;
    private readonly int[] _completed;
    private readonly int[] _durable;
    private readonly List<(int At, int Sector, int Version, bool Durable)> _events = [];

    /// <summary>Starts with a durable image.</summary>
    public SectorOracle(ReadOnlySpan<byte> image)
    {
        _versions = new List<SectorVersion>[image.Length / SectorVersion.Bytes];
        _completed = new int[_versions.Length];
        _durable = new int[_versions.Length];
        for (int i = 0; i < _versions.Length; i++)
            _versions[i] = [SectorVersion.Of(image.Slice(i * SectorVersion.Bytes, SectorVersion.Bytes))];
    }

    public int SectorCount => _versions.Length;

    /// <summary>A write of <paramref name="data"/> is about to be submitted.</summary>
    public void Submit(long offset, ReadOnlySpan<byte> data, int at)
    {
        while (!data.IsEmpty)
        {
            int sector = (int)(offset / SectorVersion.Bytes);
            int start = (int)(offset % SectorVersion.Bytes);
            int length = Math.Min(SectorVersion.Bytes - start, data.Length);
            Append(sector, _versions[sector][^1].Patched(data[..length], start), at);
            offset += length;
            data = data[length..];
        }
    }

    /// <summary>A discard of whole sectors is about to be submitted.</summary>
    public void SubmitDiscard(long offset, int length, int at)
    {
        foreach (int sector in Sectors(offset, length))
            Append(sector, SectorVersion.Anything, at);
    }

    /// <summary>The last request to the range succeeded.</summary>
    public void Complete(long offset, int length)
    {
        foreach (int sector in Sectors(offset, length))
            _completed[sector] = _versions[sector].Count - 1;
    }

    /// <summary>The last request to the range failed: it may have happened or not, and neither is promised. A failed discard,
    /// write-zeroes or FUA write (specification 2.6) has <paramref name="dropped"/> what was cached over the range, back to what
    /// the last flush covered.</summary>
    public void Fail(long offset, int length, int at, bool dropped)
    {
        foreach (int sector in Sectors(offset, length))
        {
            List<SectorVersion> versions = _versions[sector];
            Append(sector, SectorVersion.AnyOf(dropped ? versions.Skip(_durable[sector]) : versions.TakeLast(2)), at);
            _completed[sector] = versions.Count - 1;
        }
    }

    /// <summary>What a flush that is submitted now will make durable.</summary>
    public int[] Covered() => (int[])_completed.Clone();

    /// <summary>A flush over <paramref name="covered"/> was acknowledged.</summary>
    public void Flushed(int[] covered, int at)
    {
        for (int sector = 0; sector < covered.Length; sector++)
            MakeDurable(sector, covered[sector], at);
    }

    /// <summary>A FUA write was acknowledged.</summary>
    public void Fua(long offset, int length, int at)
    {
        foreach (int sector in Sectors(offset, length))
            MakeDurable(sector, _completed[sector], at);
    }

    /// <summary>The image was closed without success: what no flush covered may be there or not.</summary>
    public void LoseUnflushed(int at)
    {
        for (int sector = 0; sector < _versions.Length; sector++)
        {
            if (_durable[sector] == _versions[sector].Count - 1)
                continue;
            Append(sector, SectorVersion.AnyOf(_versions[sector].Skip(_durable[sector])), at);
            _completed[sector] = _versions[sector].Count - 1;
        }
    }

    /// <summary>Throws unless a read that nothing overlapped could have returned <paramref name="data"/>.</summary>
    public void CheckRead(long offset, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            int sector = (int)(offset / SectorVersion.Bytes);
            int start = (int)(offset % SectorVersion.Bytes);
            int length = Math.Min(SectorVersion.Bytes - start, data.Length);
            if (!_versions[sector][^1].AllowsPart(data[..length], start))
            {
                throw new InvariantException(
                    $"a read at {offset} in sector {sector} returned {Name(sector, data[..length], start)}");
            }

            offset += length;
            data = data[length..];
        }
    }

    /// <summary>Throws unless <paramref name="image"/> is the newest content.</summary>
    public void CheckNewest(ReadOnlySpan<byte> image) => CheckRead(0, image);

    /// <summary>What a crash after <paramref name="eventCount"/> events may leave.</summary>
    public SectorExpectation At(int eventCount)
    {
        int[] oldest = new int[_versions.Length];
        int[] newest = new int[_versions.Length];
        foreach ((int at, int sector, int version, bool durable) in _events)
        {
            if (at > eventCount)
                break;
            int[] bound = durable ? oldest : newest;
            bound[sector] = Math.Max(bound[sector], version);
        }

        return new SectorExpectation(_versions, oldest, newest);
    }

    private static IEnumerable<int> Sectors(long offset, int length)
    {
        for (long sector = offset / SectorVersion.Bytes; sector * SectorVersion.Bytes < offset + length; sector++)
            yield return (int)sector;
    }

    private void Append(int sector, SectorVersion version, int at)
    {
        _versions[sector].Add(version);
        _events.Add((at, sector, _versions[sector].Count - 1, false));
    }

    private void MakeDurable(int sector, int version, int at)
    {
        if (version <= _durable[sector])
            return;
        _durable[sector] = version;
        _events.Add((at, sector, version, true));
    }

    private string Name(int sector, ReadOnlySpan<byte> part, int start)
    {
        for (int version = _versions[sector].Count - 1; version >= 0; version--)
        {
            if (_versions[sector][version].AllowsPart(part, start))
                return $"version {version} instead of {_versions[sector].Count - 1}";
        }

        return $"no version of it ({Convert.ToHexString(part[..Math.Min(16, part.Length)])}...)";
    }
}
