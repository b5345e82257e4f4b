using Engine.Buffers;
using Engine.Devices;
using Engine.Testing.Devices;

namespace Engine.Stores.Tests.Logs;

/// <summary>A log that is read in batches reads its device once.</summary>
public sealed class LogReadAheadTests
{
    private const int SegmentBytes = 4 << 20;
    private const int WindowBytes = 256 << 10;

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void WhereABatchEndsBesideAWindow_TheWindowIsNotReadAgain(int unit)
    {
        using var memory = new MemoryDevice(LogLayout.HeaderBytes + (4 * SegmentBytes));
        DeviceLog.Format(memory, LogDevices.Small with { SegmentBytes = SegmentBytes, UnitBytes = unit });
        using var harness = new LogHarness(4096);
        var random = new SeededRandom(5);
        long bytes = 0;
        int written = 0;
        using (DeviceLog log = DeviceLog.Open(memory))
        {
            while (bytes < 5 * SegmentBytes / 2)
            {
                // Some follow each other in one write, others at the next unit.
                int length = 100 + (int)(random.Next() % 12_000);
                harness.Append(log, LogHarness.Payload(written++, length));
                bytes += length;
                if (random.Next() % 2 == 0)
                    Assert.Equal(IoError.None, harness.Flush(log).Error);
            }

            Assert.Equal(IoError.None, harness.Flush(log).Error);
        }

        using var counted = new FaultDevice(memory);
        using DeviceLog again = DeviceLog.Open(counted);
        long before = counted.CallCount;
        List<(long Position, byte[] Bytes)> records = harness.ReadAll(again, 24 << 10);
        Assert.Equal(written, records.Count);
        for (int i = 0; i < written; i++)
            Assert.Equal(LogHarness.Payload(i, records[i].Bytes.Length), records[i].Bytes);

        // A window at each segment's end may be read for nothing.
        Assert.InRange(counted.CallCount - before, bytes / WindowBytes, (3 * SegmentBytes / WindowBytes) + 8);
    }
}
