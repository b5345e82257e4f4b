// A block trace, read whole. Total: any file gives a trace or a TraceException that says where and what is allowed; compressed
// data that ends early is refused, though the unpacker itself does not notice. Ownership: whoever loaded it; read-only
// afterwards.
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Engine.Load;

/// <summary>
/// A block trace in memory, read from CSV, plain or gzipped: <c>version,time,op,size,lbn</c> with the SCSI operation code in hex,
/// size in bytes, and 512-byte sectors; a first line with these names is skipped.
/// </summary>
public sealed class Trace
{
    private const int LengthMax = 64 << 20;
    private const long SectorMax = (1L << 50) / SectorPattern.SectorSize;

    private const string EndMark = "\u0001end of the compressed trace";

    private readonly List<TraceRecord> _records = [];
    private readonly SortedDictionary<string, long> _skipped = new(StringComparer.Ordinal);

    private int _lines;

    private Trace()
    {
    }

    /// <summary>The requests that can be replayed, in order.</summary>
    public IReadOnlyList<TraceRecord> Records => _records;

    /// <summary>Operation codes that were left out, with their counts.</summary>
    public IReadOnlyDictionary<string, long> Skipped => _skipped;

    /// <summary>First byte after the furthest request: the length that a volume needs.</summary>
    public long EndBytes { get; private set; }

    /// <summary>Reads a trace; gzip is recognised by its first bytes.</summary>
    /// <exception cref="TraceException">A line is wrong, there is no request at all, or compressed data ends early.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Trace Load(string path)
    {
        using FileStream file = File.OpenRead(path);
        bool isGzip = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        return isGzip ? Unpack(path, file) : Parse(path, file);
    }

    /// <summary>Reads a trace's text; <paramref name="name"/> goes in front of messages.</summary>
    /// <exception cref="TraceException">A line is wrong, or there is no request at all.</exception>
    public static Trace Parse(string name, Stream text)
    {
        using var reader = new StreamReader(text, leaveOpen: true);
        return ReadLines(name, reader, endMark: null).ExpectRequests(name);
    }

    // Unpacking stops at the end of the bytes without a word when they are cut off. So a last line is packed behind them: it
    // comes out only when everything before it was whole.
    private static Trace Unpack(string path, FileStream file)
    {
        using var packed = new FollowedStream(file, Pack("\n" + EndMark));
        using var unpacked = new GZipStream(packed, CompressionMode.Decompress);
        using var reader = new StreamReader(unpacked);
        Trace trace;
        try
        {
            trace = ReadLines(path, reader, EndMark);
        }
        catch (TraceException) when (!EndsWithMark(reader))
        {
            throw CutOff(path, null);
        }
        catch (InvalidDataException e)
        {
            throw CutOff(path, e);
        }

        return trace.ExpectRequests(path);
    }

    private static TraceException CutOff(string path, InvalidDataException? cause)
    {
        string message = $"{path}: the compressed data ends early or is damaged; fetch it again";
        return cause is null ? new TraceException(message) : new TraceException(message, cause);
    }

    private static byte[] Pack(string text)
    {
        using var bytes = new MemoryStream();
        using (var packer = new GZipStream(bytes, CompressionLevel.Fastest))
            packer.Write(Encoding.ASCII.GetBytes(text));
        return bytes.ToArray();
    }

    // What is cut off can unpack to a wrong line before it is found to be cut off, which is then what there is to say.
    private static bool EndsWithMark(StreamReader reader)
    {
        try
        {
            string? last = null;
            while (reader.ReadLine() is string line)
                last = line;
            return last == EndMark;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static Trace ReadLines(string name, StreamReader reader, string? endMark)
    {
        var trace = new Trace();
        bool isWhole = endMark is null;
        while (reader.ReadLine() is string line)
        {
            isWhole |= line == endMark;
            if (line == endMark)
                continue;
            int lineNumber = ++trace._lines;
            bool isHeader = lineNumber == 1 && line.StartsWith("version", StringComparison.Ordinal);
            if (!isHeader && !string.IsNullOrWhiteSpace(line))
                trace.Add(name, lineNumber, line);
        }

        if (!isWhole)
            throw CutOff(name, null);
        return trace;
    }

    private Trace ExpectRequests(string name) => _records.Count > 0 ? this : throw new TraceException(
        _lines == 0 ? $"{name}: is empty; a trace has lines of version,time,op,size,lbn"
            : $"{name}:{_lines}: no request that can be replayed");

    private static TraceOperation? OperationOf(ReadOnlySpan<char> code) => code switch
    {
        "28" or "88" or "a8" or "A8" or "08" or "8" => TraceOperation.Read,
        "2a" or "2A" or "8a" or "8A" or "aa" or "AA" or "0a" or "0A" or "a" or "A" => TraceOperation.Write,
        "35" or "91" => TraceOperation.Flush,
        "42" => TraceOperation.Discard,
        "93" or "41" => TraceOperation.WriteZeroes,
        _ => null,
    };

    private void Add(string name, int lineNumber, string line)
    {
        Span<Range> fields = stackalloc Range[6];
        ReadOnlySpan<char> text = line;
        int count = text.Split(fields, ',', StringSplitOptions.TrimEntries);
        if (count != 5)
            throw new TraceException($"{name}:{lineNumber}: {(count == 1 ? "1 field" : $"{count} fields")} in place of 5: "
                + "version,time,op,size,lbn; it is no trace, or is cut off here");
        if (text[fields[0]] is not "1")
            throw Wrong("version", fields[0], "1");
        if (!double.TryParse(text[fields[1]], NumberStyles.Float, CultureInfo.InvariantCulture, out double time)
            || !double.IsFinite(time))
            throw Wrong("time", fields[1], "seconds");
        if (!byte.TryParse(text[fields[2]], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte _))
            throw Wrong("op", fields[2], "a SCSI operation code in hex, for example 28 or 2a");
        if (!int.TryParse(text[fields[3]], NumberStyles.None, CultureInfo.InvariantCulture, out int size)
            || size > LengthMax || size % SectorPattern.SectorSize != 0)
            throw Wrong("size", fields[3], "bytes, a multiple of 512 up to 64 MiB");
        if (!long.TryParse(text[fields[4]], NumberStyles.None, CultureInfo.InvariantCulture, out long sector)
            || sector > SectorMax)
            throw Wrong("lbn", fields[4], "the number of a 512-byte sector");

        if (OperationOf(text[fields[2]]) is not TraceOperation operation || (size == 0 && operation != TraceOperation.Flush))
        {
            string code = text[fields[2]].ToString();
            string what = OperationOf(code) is null ? code : code + " of no bytes";
            _skipped[what] = _skipped.GetValueOrDefault(what) + 1;
            return;
        }

        var record = new TraceRecord(time, operation, size, sector);
        _records.Add(record);
        if (operation != TraceOperation.Flush)
            EndBytes = Math.Max(EndBytes, record.End);

        TraceException Wrong(string field, Range range, string allowed) =>
            new($"{name}:{lineNumber}: {field} '{line[range]}': allowed: {allowed}");
    }
}
