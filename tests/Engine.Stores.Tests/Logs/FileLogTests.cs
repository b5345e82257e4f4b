// What is a directory's alone among the logs: its files, how they are made, used again and missed. What all logs have in common
// is in the contract.

using Engine.Buffers;

namespace Engine.Stores.Tests.Logs;

public sealed class FileLogTests : IDisposable
{
    private const int SegmentBytes = 32 << 10;

    private readonly TemporaryFolder _folder = new();

    private string Place => Path.Combine(_folder.Path, "log");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AMissingOrShortSegmentIsReportedByName()
    {
        using var harness = new LogHarness();
        Make(harness, 20);
        string[] segments = Segments();
        Assert.True(segments.Length >= 5);
        string kept = segments[1] + ".kept";
        File.Move(segments[1], kept);
        Refused(StoreProblem.Damaged, $"the file {Path.GetFileName(segments[1])} is missing");
        LogCheck check = FileLog.Check(Place);
        Assert.Equal(StoreProblem.Damaged, check.Problem);
        Assert.Equal(2, check.Records);
        File.Copy(kept, segments[1]);
        using (FileStream file = File.OpenWrite(segments[1]))
            file.SetLength(SegmentBytes / 2);
        Refused(StoreProblem.Damaged, $"the file {Path.GetFileName(segments[1])} is too short");
        File.Move(kept, segments[1], overwrite: true);
        using FileLog log = FileLog.Open(Place);
        Assert.Equal(20, harness.ReadAll(log).Count);
    }

    [Fact]
    public void TrimmedSegmentsAreUsedAgain()
    {
        using var harness = new LogHarness();
        FileLog.Format(Place, new LogFormatOptions { SegmentBytes = SegmentBytes, SegmentCount = 4 });
        for (int life = 0; life < 6; life++)
        {
            using FileLog log = FileLog.Open(Place);
            for (int index = 0; index < 30; index++)
            {
                harness.Append(log, LogHarness.Payload(index, 9000));
                harness.Flush(log);
                Assert.Equal(IoError.None, harness.Trim(log, log.Durable).Error);
            }
        }

        // The current one, the next one, two spares, and those that were about to be retired.
        Assert.InRange(Segments().Length, 1, 8);
        Assert.All(Segments(), path => Assert.Equal(SegmentBytes, new FileInfo(path).Length));
        FileLog.Open(Place).Dispose();
    }

    [Fact]
    public void OthersGetAtTheLogWhileASegmentIsMade()
    {
        using var harness = new LogHarness();
        FileLog.Format(Place, new LogFormatOptions { SegmentBytes = SegmentBytes, SegmentCount = 8 });
        using WatchedLog log = WatchedLog.Open(Place);
        for (int index = 0; index < 12; index++)
            harness.Append(log, LogHarness.Payload(index, 9000));
        harness.Flush(log);
        Assert.Equal(12, harness.ReadAll(log).Count);
        Assert.InRange(log.Made, 4, 12);
        Assert.Equal(0, log.Blocked);
    }

    [Fact]
    public void ADirectoryThatGoesAwayIsAnError_AndNoMore()
    {
        using var harness = new LogHarness();
        FileLog.Format(Place, new LogFormatOptions { SegmentBytes = SegmentBytes, SegmentCount = 8 });
        using FileLog log = FileLog.Open(Place);
        for (int index = 0; index < 8; index++)
            harness.Append(log, LogHarness.Payload(index, 9000));
        harness.Flush(log);
        Directory.Delete(Place, recursive: true);
        harness.Trim(log, log.Durable);
        IoError error = IoError.None;
        for (int index = 0; error.IsNone && index < 100; index++)
        {
            error = harness.TryAppend(log, LogHarness.Payload(index, 9000), out _);
            if (error.IsNone)
                error = harness.Flush(log).Error;
        }

        Assert.Equal(IoError.NoEntry, error);
    }

    [Fact]
    public void ARecordThatEndsWithItsSegmentIsFollowedByOneInTheNext()
    {
        using var harness = new LogHarness();
        FileLog.Format(Place, new LogFormatOptions { SegmentBytes = SegmentBytes, SegmentCount = 8 });
        using (FileLog log = FileLog.Open(Place))
        {
            for (int index = 0; index < 4; index++)
            {
                harness.Append(log, LogHarness.Payload(index, 4000));
                int left;
                while ((left = (int)(SegmentBytes - (log.End % SegmentBytes))) > 7000)
                    harness.Append(log, LogHarness.Payload(index, 4000));
                int padding = (int)(-log.End & (LogRecord.Alignment - 1));
                harness.Append(log, LogHarness.Payload(index, left - padding - LogRecord.HeaderBytes));
                Assert.Equal(0, log.End % SegmentBytes);
                harness.Append(log, LogHarness.Payload(index, 100));
                harness.Flush(log);
            }
        }

        using FileLog again = FileLog.Open(Place);
        Assert.True(harness.ReadAll(again).Count >= 16);
    }

    [Fact]
    public void RefusalsSayWhatIsThere()
    {
        Refused(StoreProblem.Missing, "does not exist");
        Directory.CreateDirectory(Place);
        Refused(StoreProblem.Foreign, "is not an Engine log");
        File.WriteAllText(Path.Combine(Place, "notes"), "mine");
        StoreException foreign = Assert.Throws<StoreException>(() => FileLog.Format(Place));
        Assert.Equal($"format: {Place} holds notes; name a new or empty directory", foreign.Message);
        File.Delete(Path.Combine(Place, "notes"));
        FileLog.Format(Place);
        StoreException own = Assert.Throws<StoreException>(() => FileLog.Format(Place));
        Assert.Contains("an Engine log", own.Message, StringComparison.Ordinal);
        using FileLog log = FileLog.Open(Place);
        Refused(StoreProblem.Busy, "is in use by another process");
        Assert.Equal(StoreProblem.None, FileLog.Check(Place).Problem);
    }

    [Fact]
    public void AFailedMakingOfASegmentIsAnErrorOfTheAppend()
    {
        using var harness = new LogHarness();
        FileLog.Format(Place, new LogFormatOptions { SegmentBytes = SegmentBytes });
        using FileLog log = FileLog.Open(Place);
        harness.Append(log, [1]);
        harness.Flush(log);
        // A directory stands where the segment after the next is to be.
        for (long segment = 3; segment < 6; segment++)
            Directory.CreateDirectory(Path.Combine(Place, $"{segment:x16}.segment"));
        IoError error = IoError.None;
        for (int index = 0; index < 40 && error.IsNone; index++)
            error = harness.TryAppend(log, new byte[9000], out _);
        Assert.True(error.Failed);
        Assert.Equal(IoError.None, harness.Flush(log).Error);
        for (long segment = 3; segment < 6; segment++)
            Directory.Delete(Path.Combine(Place, $"{segment:x16}.segment"));
        harness.Append(log, new byte[9000]);
        Assert.Equal(IoError.None, harness.Flush(log).Error);
    }

    private void Make(LogHarness harness, int records)
    {
        FileLog.Format(Place, new LogFormatOptions { SegmentBytes = SegmentBytes, SegmentCount = 16 });
        using FileLog log = FileLog.Open(Place);
        for (int index = 0; index < records; index++)
        {
            harness.Append(log, LogHarness.Payload(index, 9000));
            harness.Flush(log);
        }
    }

    private string[] Segments() => [.. Directory.GetFiles(Place, "*.segment").Order(StringComparer.Ordinal)];

    private void Refused(StoreProblem problem, string part)
    {
        StoreException refused = Assert.Throws<StoreException>(() => FileLog.Open(Place).Dispose());
        Assert.Equal(problem, refused.Problem);
        Assert.StartsWith("open: " + Place, refused.Message, StringComparison.Ordinal);
        Assert.Contains(part, refused.Message, StringComparison.Ordinal);
    }
}
