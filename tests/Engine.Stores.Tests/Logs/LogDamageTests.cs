// Bytes that changed, went missing, or belong to somebody else.
using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;
using Engine.Testing.Devices;

namespace Engine.Stores.Tests.Logs;

public sealed class LogDamageTests
{
    private const int FirstSegment = LogLayout.HeaderBytes + LogDevices.SegmentBytes;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AFlippedBitIsReportedWhereverItIs(bool isClosed)
    {
        using var harness = new LogHarness();
        using MemoryDevice device = LogDevices.Formatted(512);
        List<(long Position, byte[] Bytes)> expected = Fill(harness, device, isClosed);
        byte[] image = device.View(0, (int)LogDevices.Capacity).ToArray();
        long last = expected[^1].Position;
        var random = new SeededRandom(4);
        (int damaged, int whole, int cut) = (0, 0, 0);
        int end = FirstSegment + (int)(last - LogDevices.SegmentBytes) + 400;
        for (int at = FirstSegment; at < end; at += random.NextInt(1, 40))
        {
            image.CopyTo(device.View(0, image.Length));
            device.View(at, 1)[0] ^= (byte)(1 << random.NextInt(8));
            LogCheck check = DeviceLog.Check(device, "/dev/x");
            long position = at - LogLayout.HeaderBytes;
            int hit = expected.FindLastIndex(record => record.Position <= position);
            if (check.Problem == StoreProblem.None)
            {
                whole += check.Records == expected.Count ? 1 : 0;
                cut += check.Records < expected.Count ? 1 : 0;
                // Only what nothing behind it vouches for may look like a torn tail: the last flush before the crash.
                bool isTail = !isClosed && check.Records >= expected.Count - 2;
                Assert.True(check.Records == expected.Count || isTail, $"{at}: {check}");
                continue;
            }

            damaged++;
            Assert.Equal(StoreProblem.Damaged, check.Problem);
            Assert.Equal(hit, check.Records);
            Assert.StartsWith($"/dev/x is damaged at position {check.End}:", check.Message, StringComparison.Ordinal);
            StoreException refused = Assert.Throws<StoreException>(() => DeviceLog.Open(device).Dispose());
            Assert.Equal(IoError.Damaged.Errno, refused.Errno);
        }

        Assert.True(damaged > 50 && whole > 10 && (cut > 0) != isClosed, $"{damaged} {whole} {cut}");
    }

    [Fact]
    public void ADamagedLogCanBeCutThere()
    {
        using var harness = new LogHarness();
        using MemoryDevice device = LogDevices.Formatted(512);
        List<(long Position, byte[] Bytes)> expected = Fill(harness, device, isClosed: true);
        device.View(LogLayout.HeaderBytes + expected[5].Position + 60, 1)[0] ^= 4;
        Assert.Throws<StoreException>(() => DeviceLog.Open(device).Dispose());
        using (DeviceLog log = DeviceLog.Open(device, new LogOptions { CutsAtDamage = true, DeviceName = "/dev/x" }))
        {
            Assert.Contains("/dev/x: cut at position", log.OpenReport, StringComparison.Ordinal);
            Assert.Equal(expected[..5].ConvertAll(At), harness.ReadAll(log).ConvertAll(At));
        }

        // What stood behind the cut does not come back, nor does it count as damage, whether something is written or not.
        using (DeviceLog log = DeviceLog.Open(device))
        {
            Assert.Null(log.OpenReport);
            Assert.Equal(5, harness.ReadAll(log).Count);
            harness.Append(log, [9]);
            harness.Flush(log);
        }

        using DeviceLog again = DeviceLog.Open(device);
        Assert.Equal(6, harness.ReadAll(again).Count);
    }

    [Fact]
    public void EitherCopyOfTheHeadIsEnough()
    {
        using var harness = new LogHarness();
        long[] copies = [LogLayout.FirstSuperblock, LogLayout.SecondSuperblock, LogLayout.FirstState, LogLayout.SecondState];
        foreach (long at in copies)
        {
            using MemoryDevice device = LogDevices.Formatted();
            int count = Fill(harness, device, isClosed: true).Count;
            device.View(at + 20, 1)[0] ^= 1;
            Assert.Contains("the other is used", DeviceLog.Check(device).Message, StringComparison.Ordinal);
            using (DeviceLog log = DeviceLog.Open(device))
            {
                Assert.Contains("the other is used", log.OpenReport, StringComparison.Ordinal);
                Assert.Equal(count, harness.ReadAll(log).Count);
            }

            using DeviceLog mended = DeviceLog.Open(device);
            Assert.Null(mended.OpenReport);
        }
    }

    [Fact]
    public void RefusalsSayWhatIsThere()
    {
        using var blank = new MemoryDevice(LogDevices.Capacity);
        Refused(blank, StoreProblem.Foreign, "holds nothing that is known");
        blank.View(1080, 2)[0] = 0x53;
        blank.View(1081, 1)[0] = 0xef;
        Refused(blank, StoreProblem.Foreign, "an ext2 file system");
        Assert.Equal(
            "format: /dev/x holds an ext2 file system (signature at byte 1080); give --force to overwrite it",
            FormatRefusal(blank, LogDevices.Small).Message);
        DeviceLog.Format(blank, LogDevices.Small with { Force = true });
        DeviceLog.Open(blank).Dispose();
        Assert.Contains("an Engine log", FormatRefusal(blank, LogDevices.Small).Message, StringComparison.Ordinal);
        using var volume = StoreDevices.Formatted();
        Refused(volume, StoreProblem.Foreign, "an Engine volume");
        Assert.Contains("an Engine log", StoreDevices.RefusedOpen(blank).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BadSizesAreRefused()
    {
        using var small = new MemoryDevice(128 << 10);
        Assert.Equal(StoreProblem.TooSmall, Format(small, LogDevices.Small));
        using var device = new MemoryDevice(LogDevices.Capacity, 4096);
        Assert.Equal(StoreProblem.BadSize, Format(device, LogDevices.Small with { SegmentBytes = 1000 }));
        Assert.Equal(StoreProblem.BadSize, Format(device, LogDevices.Small with { UnitBytes = 512 }));
        Assert.Equal(StoreProblem.BadSize, Format(device, LogDevices.Small with { UnitBytes = 8192 }));
        Assert.Equal(StoreProblem.TooSmall, Format(device, LogDevices.Small with { SegmentCount = 3 }));
        Assert.Equal(StoreProblem.TooSmall, Format(device, LogDevices.Small with { SegmentCount = 9 }));
    }

    [Fact]
    public void ATornFormatAndANewerLogAreRefused()
    {
        using var recorder = new RecordingDevice(new MemoryDevice(LogDevices.Capacity, 512, CompletionMode.Manual));
        DeviceLog.Format(recorder, LogDevices.Small);
        var outcomes = new SortedSet<string>(StringComparer.Ordinal);
        using var scratch = new MemoryDevice(LogDevices.Capacity, 512, CompletionMode.Manual);
        recorder.ForEachCrashState(new SeededRandom(1), 512, 40, state =>
        {
            state.CopyTo(scratch);
            outcomes.Add(DeviceLog.Check(scratch).Problem.ToString());
        });
        Assert.Equal(["Foreign", "None", "Torn"], outcomes);
        using MemoryDevice newer = LogDevices.Formatted();
        foreach (long at in (long[])[LogLayout.FirstSuperblock, LogLayout.SecondSuperblock])
        {
            Span<byte> block = newer.View(at, 512);
            block[8] = 2;
            BitConverter.TryWriteBytes(block[508..], Crc32C.Append(0, block[..508]));
        }

        Refused(newer, StoreProblem.Newer, "format version 2");
    }

    [Fact]
    public void HeadersNeverMisleadTheDecoders()
    {
        // Total decoders: any change of any byte gives a value or a refusal.
        byte[] block = new byte[4096];
        var random = new SeededRandom(8);
        for (int round = 0; round < 20000; round++)
        {
            random.NextBytes(block.AsSpan(0, 600));
            if (round % 2 == 0)
                LogSuperblock.Magic.CopyTo(block);
            BitConverter.TryWriteBytes(block.AsSpan(508), Crc32C.Append(0, block.AsSpan(0, 508)));
            Assert.NotEqual(SuperblockState.Ready, LogSuperblock.Decode(block, out LogSuperblock? superblock, out _));
            Assert.Null(superblock);
            Assert.Null(LogState.Decode(block, default));
            BitConverter.TryWriteBytes(block.AsSpan(52), Crc32C.Append(0, block.AsSpan(0, 52)));
            Assert.False(LogRecord.TryDecode(block, 0, 0, 4096, out _));
        }
    }

    /// <summary>Two dozen records in seven flushes over two segments; the log is closed, or left as a crash would leave
    /// it.</summary>
    private static List<(long Position, byte[] Bytes)> Fill(LogHarness harness, MemoryDevice device, bool isClosed)
    {
        var expected = new List<(long, byte[])>();
        byte[] image;
        using (DeviceLog log = DeviceLog.Open(device))
        {
            for (int index = 0; index < 24; index++)
            {
                byte[] bytes = LogHarness.Payload(index, index % 5 == 0 ? 5000 : 300);
                expected.Add((harness.Append(log, bytes), bytes));
                if (index % 4 == 3)
                    harness.Flush(log);
            }

            byte[] last = LogHarness.Payload(99, 200);
            expected.Add((harness.Append(log, last), last));
            harness.Flush(log);
            image = device.View(0, (int)LogDevices.Capacity).ToArray();
        }

        if (!isClosed)
            image.CopyTo(device.View(0, image.Length));
        return expected;
    }

    private static long At((long Position, byte[] Bytes) record) => record.Position;

    private static StoreProblem Format(MemoryDevice device, LogFormatOptions options) => FormatRefusal(device, options).Problem;

    private static StoreException FormatRefusal(MemoryDevice device, LogFormatOptions options) =>
        Assert.Throws<StoreException>(() => DeviceLog.Format(device, options));

    private static void Refused(MemoryDevice device, StoreProblem problem, string part)
    {
        StoreException refused = Assert.Throws<StoreException>(
            () => DeviceLog.Open(device, new LogOptions { DeviceName = "/dev/x" }).Dispose());
        Assert.Equal(problem, refused.Problem);
        Assert.StartsWith("open: /dev/x ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(part, refused.Message, StringComparison.Ordinal);
    }
}
