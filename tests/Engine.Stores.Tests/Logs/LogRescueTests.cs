using Engine.Buffers;
using Engine.Devices;
using Engine.Testing.Devices;

namespace Engine.Stores.Tests.Logs;

/// <summary>A log that has lost its head: what its segments hold, whatever became of them.</summary>
public sealed class LogRescueTests : IDisposable
{
    private const int SegmentBytes = 32 << 10;
    private const int RecordBytes = 9000;

    private static readonly LogIdentity s_identity = new(LogDevices.Uuid, 1);

    private static readonly FaultRule s_fault = new() { Operation = DeviceOperation.Read, Error = IoError.Io };

    private readonly TemporaryFolder _folder = new();
    private readonly LogHarness _harness = new();

    private string Place => Path.Combine(_folder.Path, "log");

    public void Dispose()
    {
        _harness.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatCannotBeReadIsNotTheEnd(bool opens)
    {
        Make(20);
        string segment = Segments()[3];
        List<FaultDevice> devices = [];
        StoreException failure = Assert.Throws<StoreException>(() =>
        {
            if (opens)
                Read(path => Faulty(path, segment, devices, fails: true));
            using LogRescue rescue = LogRescue.TryOpen(Place, s_identity, path => Faulty(path, segment, devices, fails: false))!;
            devices[0].Add(s_fault);
            while (rescue.TryRead(out _, out _))
                Assert.True(rescue.Records == 20);
        });
        Assert.Equal(1, devices.Sum(device => device.FaultCount));
        Assert.Equal((StoreProblem.DeviceFailed, IoError.Io.Errno), (failure.Problem, failure.Errno));
        Assert.StartsWith($"check: {Place} cannot be read behind position ", failure.Message, StringComparison.Ordinal);
        Assert.Equal(20, Read().Count);
    }

    private static IBlockDevice Faulty(string path, string segment, List<FaultDevice> devices, bool fails)
    {
        IBlockDevice device = BlockDevice.Open(path, FileSpace.Options with { ReadOnly = true });
        if (path != segment)
            return device;
        var faulty = new FaultDevice(device);
        devices.Add(faulty);
        if (fails)
            faulty.Add(s_fault);
        return faulty;
    }

    /// <summary>A log of so many records, each a write of its own.</summary>
    private void Make(int records, int unit = 4096)
    {
        FileLog.Format(Place, new LogFormatOptions
        {
            SegmentBytes = SegmentBytes, SegmentCount = 16, Uuid = LogDevices.Uuid, UnitBytes = unit,
        });
        using FileLog log = FileLog.Open(Place);
        for (int index = 0; index < records; index++)
        {
            _harness.Append(log, LogHarness.Payload(index, RecordBytes));
            _harness.Flush(log);
        }
    }

    /// <summary>The numbers of the records that are found.</summary>
    private List<int> Read(Func<string, IBlockDevice>? open = null)
    {
        using LogRescue? rescue = open is null
            ? LogRescue.TryOpen(Place, s_identity) : LogRescue.TryOpen(Place, s_identity, open);
        List<int> found = [];
        while (rescue is not null && rescue.TryRead(out _, out ReadOnlySpan<byte> payload))
        {
            byte[] bytes = payload.ToArray();
            found.Add(Enumerable.Range(0, 100).First(index => bytes.AsSpan().SequenceEqual(LogHarness.Payload(index, RecordBytes))));
        }

        Assert.Equal(rescue?.Records ?? 0, found.Count);
        return found;
    }

    private string[] Segments() => [.. Directory.GetFiles(Place, "*.segment").Order(StringComparer.Ordinal)];
}
