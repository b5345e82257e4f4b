using System.Globalization;
using Engine.Buffers;

namespace Engine.Load;

/// <summary>
/// Makes traces of the form and character of a recorded virtual disk's: mixed sizes from 512 bytes to 68 KiB with two peaks,
/// nearly all addresses unaligned to 4 KiB (a partition that begins at sector 63), half of the requests going on where another
/// ended, and the rest returning to a few hot places by Zipf's law. Pure: the same options make the same trace.
/// </summary>
public sealed class TraceMaker
{
    private const int HotSpots = 4096;
    private const int Streams = 8;
    private const int PartitionSector = 63;
    private const int SequentialPercent = 50;
    private const int NewPlacePercent = 10;
    private const double ZipfExponent = 0.9;
    private const int SectorsPerBlock = 8;

    // Bytes and weight, in percent, of the sizes that a recorded trace shows.
    private static readonly (int Bytes, int Weight)[] s_readSizes =
        [(65536, 46), (8192, 35), (4096, 8), (61440, 5), (32768, 2), (512, 1), (16384, 1), (24576, 1), (6656, 1)];

    private static readonly (int Bytes, int Weight)[] s_writeSizes =
        [(65536, 25), (4096, 18), (69632, 17), (512, 7), (61440, 6), (8192, 5), (16384, 4), (2560, 4), (1536, 3), (3584, 3),
         (3072, 2), (4608, 2), (24576, 2), (2048, 1), (5120, 1)];

    private readonly TraceMakerOptions _options;
    private readonly SeededRandom _random;
    private readonly double[] _zipf = new double[HotSpots];
    private readonly long[] _hotSectors = new long[HotSpots];
    private readonly long[] _streams = new long[Streams * 2];
    private readonly long _sectors;

    /// <summary>Prepares a trace.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The span is below <see cref="TraceMakerOptions.SpanBytesMin"/>, a share is
    /// no percentage, or the count is negative.</exception>
    public TraceMaker(TraceMakerOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.SpanBytes, TraceMakerOptions.SpanBytesMin);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Requests);
        ArgumentOutOfRangeException.ThrowIfNegative(options.WritePercent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.WritePercent, 100);
        _options = options;
        _random = new SeededRandom(options.Seed);
        _sectors = options.SpanBytes / SectorPattern.SectorSize;
        double sum = 0;
        for (int i = 0; i < HotSpots; i++)
        {
            sum += 1 / Math.Pow(i + 1, ZipfExponent);
            _zipf[i] = sum;
            _hotSectors[i] = NewPlace();
        }

        for (int i = 0; i < HotSpots; i++)
            _zipf[i] /= sum;
        for (int i = 0; i < _streams.Length; i++)
            _streams[i] = NewPlace();
    }

    /// <summary>Makes the requests.</summary>
    public IEnumerable<TraceRecord> Make()
    {
        double time = 0;
        for (int i = 0; i < _options.Requests; i++)
        {
            time += -Math.Log(1 - _random.NextDouble()) * 0.063;
            bool isWrite = _random.NextInt(100) < _options.WritePercent;
            int size = Draw(isWrite ? s_writeSizes : s_readSizes);
            int sizeSectors = size / SectorPattern.SectorSize;
            int stream = _random.NextInt(Streams) + (isWrite ? Streams : 0);
            bool goesOn = _random.NextInt(100) < SequentialPercent;
            long sector = goesOn ? _streams[stream] : AnyPlace();
            if (sector > _sectors - sizeSectors)
                sector = PartitionSector;
            _streams[stream] = sector + sizeSectors;
            yield return new TraceRecord(Math.Floor(time), isWrite ? TraceOperation.Write : TraceOperation.Read, size, sector);
        }
    }

    /// <summary>Writes the trace as CSV with its header line.</summary>
    /// <exception cref="OperationCanceledException">Cancelled: what is written is a part of the trace.</exception>
    public void WriteTo(TextWriter writer, CancellationToken cancellation = default)
    {
        writer.Write("version,time,op,size,lbn\n");
        foreach (TraceRecord record in Make())
        {
            cancellation.ThrowIfCancellationRequested();
            string code = record.Operation == TraceOperation.Write ? "2a" : "28";
            writer.Write(string.Create(
                CultureInfo.InvariantCulture, $"1,{(long)record.Time},{code},{record.Length},{record.Sector}\n"));
        }
    }

    private int Draw((int Bytes, int Weight)[] sizes)
    {
        int pick = _random.NextInt(100);
        foreach ((int bytes, int weight) in sizes)
        {
            pick -= weight;
            if (pick < 0)
                return bytes;
        }

        return sizes[0].Bytes;
    }

    private long AnyPlace()
    {
        if (_random.NextInt(100) < NewPlacePercent)
            return NewPlace();
        int rank = Array.BinarySearch(_zipf, _random.NextDouble());
        return _hotSectors[Math.Min(rank < 0 ? ~rank : rank, HotSpots - 1)];
    }

    // File-system blocks of a partition that begins at sector 63: sector 7 modulo 8, as nearly all addresses of the recorded
    // trace.
    private long NewPlace()
    {
        long block = _random.NextLong((_sectors - PartitionSector) / SectorsPerBlock);
        return PartitionSector + (block * SectorsPerBlock);
    }
}
