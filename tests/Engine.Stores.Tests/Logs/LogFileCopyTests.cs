namespace Engine.Stores.Tests.Logs;

/// <summary>Segments of a log in a directory that are short or cannot be opened: what is there of them is read and copied before
/// a cut, and what is not is counted.</summary>
public sealed class LogFileCopyTests : IDisposable
{
    private const int SegmentBytes = 32 << 10;
    private const int RecordBytes = 9000;
    private const int Records = 20;

    /// <summary>A third would not fit, whatever the unit.</summary>
    private const int PerSegment = 2;

    private readonly TemporaryFolder _folder = new();

    private string Log => Path.Combine(_folder.Path, "log");

    private string Place => Path.Combine(_folder.Path, "copy");

    public LogFileCopyTests()
    {
        using var harness = new LogHarness();
        FileLog.Format(Log, new LogFormatOptions { SegmentBytes = SegmentBytes, SegmentCount = 16, Uuid = LogDevices.Uuid });
        using FileLog log = FileLog.Open(Log);
        for (int index = 0; index < Records; index++)
        {
            harness.Append(log, LogHarness.Payload(index, RecordBytes));
            harness.Flush(log);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(4096, 17)]
    [InlineData(16384, 17)]
    [InlineData(SegmentBytes, 16)]
    public void AShortSegmentIsReadAsFarAsItGoes(int missing, int whole)
    {
        Cut(Segment(1), missing);
        Expect(whole, missing);
    }

    [Fact]
    public void ASegmentThatCannotBeOpenedIsCounted()
    {
        Cut(Segment(1), 4096);
        string path = Segment(4);
        File.Delete(path);
        File.CreateSymbolicLink(path, path);
        Expect(whole: 15, missing: 4096 + SegmentBytes);
    }

    [Fact]
    public void ASegmentThatIsNotThereIsNoneThatCannotBeRead()
    {
        File.Delete(Segment(1));
        Expect(whole: 16, missing: 0);
    }

    private void Expect(int whole, long missing)
    {
        using LogView view = LogView.Open(Log);
        Assert.Equal((StoreProblem.Damaged, (long)PerSegment), (view.Check.Problem, view.Check.Records));
        Assert.Equal(PerSegment, Count(view));
        int behind = 0;
        while (view.TrySkipDamage())
            behind += Count(view);
        view.CopyFrom(view.Check.End, Place, out long unreadable);
        Assert.Equal((whole, missing), (behind, unreadable));
        using LogRescue rescue = LogRescue.TryOpen(Place, new LogIdentity(LogDevices.Uuid, 1))!;
        Assert.Equal(PerSegment + whole, rescue.Records);
    }

    private static int Count(LogView view)
    {
        int records = 0;
        while (view.TryRead(out _, out _))
            records++;
        return records;
    }

    private string Segment(int index) => Directory.GetFiles(Log, "*.segment").Order(StringComparer.Ordinal).ElementAt(index);

    private static void Cut(string path, int bytes)
    {
        using FileStream file = File.OpenWrite(path);
        file.SetLength(SegmentBytes - bytes);
    }
}
