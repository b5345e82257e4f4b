using System.Globalization;
using System.IO.Compression;
using System.Text;
using Engine.Load;

namespace Engine.Load.Tests.Traces;

public sealed class TraceTests : IDisposable
{
    private readonly string _path =
        Path.Combine(Path.GetTempPath(), $"engine-trace-{Environment.ProcessId}-{Path.GetRandomFileName()}");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void ReadsRequestsAndNamesWhatItSkips()
    {
        Trace trace = Parse("""
            version,time,op,size,lbn
            1,5633898,2a,512,42932745
            1,5633898,28,65536,63
            1,5633899.5,88,8192,7
            1,5633899,a8,512,1
            1,5633899,08,512,1
            1,5633899,8a,512,1
            1,5633899,AA,512,1
            1,5633899,0a,512,1
            1,5633899,35,0,0
            1,5633899,91,0,0
            1,5633899,42,4096,8
            1,5633899,93,4096,8
            1,5633899,41,4096,8

            1,5633899,12,0,0
            1,5633899,12,36,0
            1,5633899,28,0,0
            """.Replace("12,36", "12,0", StringComparison.Ordinal));
        Assert.Equal(13, trace.Records.Count);
        Assert.Equal(new TraceRecord(5633898, TraceOperation.Write, 512, 42932745), trace.Records[0]);
        Assert.Equal(new TraceRecord(5633898, TraceOperation.Read, 65536, 63), trace.Records[1]);
        Assert.Equal(5633899.5, trace.Records[2].Time);
        Assert.Equal(
            [TraceOperation.Read, TraceOperation.Read, TraceOperation.Read, TraceOperation.Write, TraceOperation.Write,
             TraceOperation.Write, TraceOperation.Flush, TraceOperation.Flush, TraceOperation.Discard, TraceOperation.WriteZeroes,
             TraceOperation.WriteZeroes],
            trace.Records.Skip(2).Select(record => record.Operation));
        Assert.Equal(42932746L * 512, trace.EndBytes);
        Assert.Equal(new Dictionary<string, long> { ["12"] = 2, ["28 of no bytes"] = 1 }, trace.Skipped);
    }

    [Theory]
    [InlineData("1,2,28,512", "t.csv:1: 4 fields in place of 5: version,time,op,size,lbn; it is no trace, or is cut off here")]
    [InlineData("1,2,28,512,0,9", "t.csv:1: 6 fields")]
    [InlineData("2,2,28,512,0", "t.csv:1: version '2': allowed: 1")]
    [InlineData("1,x,28,512,0", "t.csv:1: time 'x': allowed: seconds")]
    [InlineData("1,NaN,28,512,0", "t.csv:1: time 'NaN'")]
    [InlineData("1,2,read,512,0", "t.csv:1: op 'read': allowed: a SCSI operation code in hex")]
    [InlineData("1,2,28,513,0", "t.csv:1: size '513': allowed: bytes, a multiple of 512 up to 64 MiB")]
    [InlineData("1,2,28,-512,0", "t.csv:1: size '-512'")]
    [InlineData("1,2,28,999999999,0", "t.csv:1: size '999999999'")]
    [InlineData("1,2,28,512,-1", "t.csv:1: lbn '-1': allowed: the number of a 512-byte sector")]
    [InlineData("1,2,28,512,99999999999999", "t.csv:1: lbn")]
    [InlineData("version,time,op,size,lbn", "t.csv:1: no request that can be replayed")]
    [InlineData("", "t.csv: is empty; a trace has lines of version,time,op,size,lbn")]
    public void NamesTheLineAndWhatIsAllowed(string text, string message)
    {
        TraceException error = Assert.Throws<TraceException>(() => Parse(text));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadsPlainAndGzippedFiles()
    {
        const string Text = "version,time,op,size,lbn\n1,2,28,512,5\n";
        File.WriteAllText(_path, Text);
        Assert.Equal(5, Trace.Load(_path).Records[0].Sector);
        using (var packed = new GZipStream(File.Create(_path), CompressionLevel.Fastest))
            packed.Write(Encoding.ASCII.GetBytes(Text));
        Assert.Equal(5, Trace.Load(_path).Records[0].Sector);
        byte[] broken = File.ReadAllBytes(_path);
        broken[12] ^= 0xFF;
        File.WriteAllBytes(_path, broken);
        Assert.StartsWith($"{_path}", Assert.Throws<TraceException>(() => Trace.Load(_path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ACutOffGzipIsRefusedAtEveryLength()
    {
        var text = new StringBuilder("version,time,op,size,lbn\n");
        for (int i = 0; i < 300; i++)
            text.Append(CultureInfo.InvariantCulture,
                $"1,{i * 7919 % 1000},2a,{512 * (1 + (i % 9))},{i * 104729 % 65536}\n");
        byte[] first = Pack(text.ToString());
        byte[] whole = [.. first, .. Pack("1,9,28,512,5\n")];
        File.WriteAllBytes(_path, whole);
        Assert.Equal(301, Trace.Load(_path).Records.Count);
        for (int length = 2; length < whole.Length; length++)
        {
            if (length == first.Length)
                continue; // one whole member: what gzip itself takes for a file
            File.WriteAllBytes(_path, whole[..length]);
            Assert.Equal($"{_path}: the compressed data ends early or is damaged; fetch it again",
                Assert.Throws<TraceException>(() => Trace.Load(_path)).Message);
        }
    }

    [Fact]
    public void AWrongLineInAWholeGzipIsNamed()
    {
        File.WriteAllBytes(_path, Pack("1,9,28,512,5\n1,9,28,512\n1,9,28,512,5\n"));
        Assert.StartsWith($"{_path}:2: 4 fields", Assert.Throws<TraceException>(() => Trace.Load(_path)).Message,
            StringComparison.Ordinal);
        File.WriteAllBytes(_path, Pack("version,time,op,size,lbn\n"));
        Assert.EndsWith("no request that can be replayed", Assert.Throws<TraceException>(() => Trace.Load(_path)).Message,
            StringComparison.Ordinal);
    }

    private static byte[] Pack(string text)
    {
        using var bytes = new MemoryStream();
        using (var packed = new GZipStream(bytes, CompressionLevel.Fastest))
            packed.Write(Encoding.ASCII.GetBytes(text));
        return bytes.ToArray();
    }

    private static Trace Parse(string text) => Trace.Parse("t.csv", new MemoryStream(Encoding.ASCII.GetBytes(text)));
}
