// Purpose: all that is whole of a log on a device without a header is found, in order, also where the ring has gone round; a
// device that cannot be read is no end of it.
using Engine.Buffers;
using Engine.Devices;
using Engine.Testing.Devices;

namespace Engine.Stores.Tests.Logs;

/// <summary>A log on a device that has lost its header: what the places of its ring hold.</summary>
public sealed class RingRescueTests : IDisposable
{
    private const int RecordBytes = 9000;
    private const int RecordsInSegment = 2;

    private static readonly LogIdentity s_identity = new(LogDevices.Uuid, 1);

    private readonly LogHarness _harness = new();
    private readonly MemoryDevice _device = LogDevices.Formatted();

    public void Dispose()
    {
        _harness.Dispose();
        _device.Dispose();
    }

    /// <summary>As long as nothing is trimmed all is found; then what is there of the segments that were let go, too.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(14, 0)]
    [InlineData(16, 0)]
    [InlineData(37, 22)]
    public void AllIsFoundInOrder(int records, int first)
    {
        Append(records);
        Clear();
        Assert.Equal(Enumerable.Range(first, records - first), Read());
    }

    /// <summary>Behind the records of the newest segment stands what is left of an older one in its place.</summary>
    [Fact]
    public void WhatIsLeftOfAnOlderOneInItsPlaceIsNone()
    {
        const int Records = (LogDevices.SegmentCount * RecordsInSegment) + 1;
        Append(Records);
        Clear();
        List<int> found = Read();
        Assert.Equal(Records - 1, found[^1]);
        Assert.Equal(found.Order(), found);
    }

    [Fact]
    public void TheLengthOfSegmentsIsThatOfTheHeadWhereItSaysSo()
    {
        Append(10);
        Assert.Equal(Enumerable.Range(0, 10), Read(segmentBytes: 2 * LogDevices.SegmentBytes));
    }

    [Fact]
    public void AnotherLogsRecordsAreNone()
    {
        Append(3);
        Clear();
        Assert.Null(LogRescue.TryOpen(
            _device, "/dev/x", new LogIdentity(Guid.NewGuid(), 1), LogDevices.SegmentBytes, new MemoryStream()));
    }

    [Fact]
    public void WhatCannotBeReadIsNotTheEnd()
    {
        Append(10);
        Clear();
        using var faulty = new FaultDevice(_device);
        long third = LogLayout.HeaderBytes + (3L * LogDevices.SegmentBytes);
        faulty.Add(new FaultRule
        {
            Operation = DeviceOperation.Read, Error = IoError.Io, Offset = third, Length = LogDevices.SegmentBytes,
            Times = int.MaxValue,
        });
        StoreException failure = Assert.Throws<StoreException>(() => LogRescue.TryOpen(
            faulty, "/dev/x", s_identity, LogDevices.SegmentBytes, new MemoryStream()));
        Assert.StartsWith("check: /dev/x cannot be read in segment 3 of its ring: ", failure.Message, StringComparison.Ordinal);
        Assert.Equal((StoreProblem.DeviceFailed, IoError.Io.Errno), (failure.Problem, failure.Errno));
    }

    /// <summary>Appends records, each a write of its own, and lets go of what has no room any more.</summary>
    private void Append(int count)
    {
        using DeviceLog log = DeviceLog.Open(_device);
        List<long> positions = [];
        for (int index = 0; index < count; index++)
        {
            byte[] payload = LogHarness.Payload(index, RecordBytes);
            long position;
            for (IoError error = _harness.TryAppend(log, payload, out position); error.Failed;
                error = _harness.TryAppend(log, payload, out position))
            {
                Assert.Equal(IoError.NoSpace, error);
                Assert.True(_harness.Trim(log, positions[RecordsInSegment]).Error.IsNone);
                positions.RemoveRange(0, RecordsInSegment);
            }

            positions.Add(position);
            _harness.Flush(log);
        }
    }

    private void Clear()
    {
        using var scratch = new DeviceScratch(_device, LogLayout.HeaderBytes);
        scratch.Bytes.Clear();
        Assert.True(scratch.Write(0, 0, LogLayout.HeaderBytes).IsNone);
    }

    private List<int> Read(int segmentBytes = LogDevices.SegmentBytes)
    {
        using LogRescue rescue = LogRescue.TryOpen(_device, "/dev/x", s_identity, segmentBytes, new MemoryStream())!;
        List<int> found = [];
        while (rescue.TryRead(out _, out ReadOnlySpan<byte> payload))
        {
            byte[] bytes = payload.ToArray();
            found.Add(Enumerable.Range(0, 100).First(
                index => bytes.AsSpan().SequenceEqual(LogHarness.Payload(index, RecordBytes))));
        }

        Assert.Equal((found.Count, 0), (rescue.Records, rescue.Gaps));
        return found;
    }
}
