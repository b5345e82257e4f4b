using Engine.Buffers;
using Engine.Devices;
using Engine.Testing.Devices;

namespace Engine.Stores.Tests.Logs;

/// <summary>What a cut is to give up is copied before: what is whole of it can be read from the copy.</summary>
public sealed class LogCopyTests : IDisposable
{
    private const int RecordBytes = 9000;
    private const int BlockBytes = 4096;

    private static readonly LogIdentity s_identity = new(LogDevices.Uuid, 1);

    private readonly TemporaryFolder _folder = new();
    private readonly LogHarness _harness = new();
    private readonly MemoryDevice _device = LogDevices.Formatted();
    private readonly List<long> _positions = [];

    private string Place => Path.Combine(_folder.Path, "copy");

    public LogCopyTests()
    {
        using DeviceLog log = DeviceLog.Open(_device);
        for (int index = 0; index < 10; index++)
        {
            _positions.Add(_harness.Append(log, LogHarness.Payload(index, RecordBytes)));
            _harness.Flush(log);
        }
    }

    public void Dispose()
    {
        _device.Dispose();
        _harness.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void WhatIsWholeBehindTheDamageIsInTheCopy()
    {
        Spoil(4);
        using LogView view = LogView.Open(_device, "/dev/x", identity: null, new NothingHeld());
        Assert.Equal((StoreProblem.Damaged, 4L), (view.Check.Problem, view.Check.Records));
        ReadAll(view);
        int copied = view.CopyFrom(view.Check.End, Place, out long unreadable);
        Assert.Equal(0, unreadable);
        Assert.Equal(copied, Directory.GetFiles(Place, "*.segment").Length);
        Assert.InRange(copied, 2, LogDevices.SegmentCount - 1);
        Assert.Equal([5, 6, 7, 8, 9], Read().Where(index => index > 4));
    }

    [Fact]
    public void TheCopyIsDurableWithItsName()
    {
        Spoil(4);
        using LogView view = LogView.Open(_device, "/dev/x", identity: null, new NothingHeld());
        ReadAll(view);
        List<string> synced = [];
        IoError Sync(string directory)
        {
            Assert.NotEmpty(Directory.GetFiles(Place, "*.segment"));
            synced.Add(directory);
            return directory == Place ? StorageNames.Sync(directory) : IoError.Io;
        }

        Assert.Throws<IOException>(() => view.CopyFrom(view.Check.End, Place, Sync, out _));
        Assert.Equal([Place, _folder.Path], synced);
    }

    /// <summary>Unreadable is the block of a record's header, one in its midst, and one of the last.</summary>
    [Theory]
    [InlineData(6, 0)]
    [InlineData(6, RecordBytes / 2)]
    [InlineData(9, RecordBytes / 2)]
    public void WhatCannotBeReadIsZeroAndCounted(int record, int inRecord)
    {
        Spoil(4);
        using var faulty = new FaultDevice(_device);
        faulty.Add(new FaultRule
        {
            Operation = DeviceOperation.Read, Error = IoError.Io, Times = int.MaxValue,
            Offset = PlaceOf(_positions[record] + inRecord) / BlockBytes * BlockBytes, Length = BlockBytes,
        });
        using LogView view = LogView.Open(faulty, "/dev/x", identity: null, new NothingHeld());
        Assert.Equal((StoreProblem.Damaged, 4L), (view.Check.Problem, view.Check.Records));
        ReadAll(view, expected: 8);
        Assert.Contains(IoError.Io.Name, view.Unreadable, StringComparison.Ordinal);
        view.CopyFrom(view.Check.End, Place, out long unreadable);
        Assert.Equal(BlockBytes, unreadable);
        Assert.Equal(Enumerable.Range(5, 5).Where(index => index != record), Read().Where(index => index > 4));
    }

    private static void ReadAll(LogView view, int expected = 9)
    {
        int records = 0;
        do
        {
            while (view.TryRead(out _, out _))
                records++;
        }
        while (view.TrySkipDamage());
        Assert.Equal(expected, records);
    }

    private static long PlaceOf(long position)
    {
        long segment = position / LogDevices.SegmentBytes % LogDevices.SegmentCount;
        return LogLayout.HeaderBytes + (segment * LogDevices.SegmentBytes) + (position % LogDevices.SegmentBytes);
    }

    private void Spoil(int record)
    {
        long at = PlaceOf(_positions[record] + (RecordBytes / 2));
        using var scratch = new DeviceScratch(_device, BlockBytes);
        long block = at / BlockBytes * BlockBytes;
        Assert.True(scratch.Read(block, 0, BlockBytes).IsNone);
        scratch.Bytes[(int)(at - block)] ^= 0x10;
        Assert.True(scratch.Write(block, 0, BlockBytes).IsNone);
    }

    /// <summary>The numbers of the records that are whole in the copy.</summary>
    private List<int> Read()
    {
        using LogRescue rescue = LogRescue.TryOpen(Place, s_identity)!;
        List<int> found = [];
        while (rescue.TryRead(out _, out ReadOnlySpan<byte> payload))
        {
            byte[] bytes = payload.ToArray();
            found.Add(Enumerable.Range(0, 10).First(
                index => bytes.AsSpan().SequenceEqual(LogHarness.Payload(index, RecordBytes))));
        }

        return found;
    }

    /// <summary>The device stays the test's.</summary>
    private sealed class NothingHeld : IDisposable
    {
        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
