// Purpose: all that is whole of a log without a head is found, in order, whatever became of the rest; a device that fails is no
// end of it, and what a later life had cut off is not found.
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
    private readonly List<long> _positions = [];

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

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(19)]
    public void WhatIsWholeBehindDamageIsFound(int spoiled)
    {
        Make(20);
        Spoil(spoiled);
        Assert.Equal(Enumerable.Range(0, 20).Where(index => index != spoiled), Read(gaps: spoiled is 0 or 19 ? 0 : 1));
    }

    [Fact]
    public void ASegmentThatIsMissingIsAGap()
    {
        Make(20);
        string[] segments = Segments();
        File.Delete(segments[1]);
        using (FileStream file = File.OpenWrite(segments[3]))
            file.SetLength(4096);
        List<int> found = Read(gaps: 2);
        Assert.Equal(Enumerable.Range(0, 20).Where(index => index / 2 is not 1 and not 3), found);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(1024)]
    [InlineData(4096)]
    public void TheUnitOfTheLogIsOfNoImportance(int unit)
    {
        Make(20, unit);
        Assert.Equal(Enumerable.Range(0, 20), Read());
        Spoil(7);
        Assert.Equal(19, Read(gaps: 1).Count);
    }

    [Fact]
    public void WhatALaterLifeHadCutOffIsNotFound()
    {
        Make(20);
        Spoil(5);
        using (FileLog log = FileLog.Open(Place, new LogOptions { CutsAtDamage = true }))
        {
            for (int index = 50; index < 52; index++)
            {
                _harness.Append(log, LogHarness.Payload(index, RecordBytes));
                _harness.Flush(log);
            }
        }

        Assert.Equal([0, 1, 2, 3, 4, 50, 51], Read(identity: s_identity with { Incarnation = 2 }));
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
            _positions.Add(_harness.Append(log, LogHarness.Payload(index, RecordBytes)));
            _harness.Flush(log);
        }
    }

    /// <summary>Flips a bit in a record.</summary>
    private void Spoil(int record)
    {
        (long segment, long at) = Math.DivRem(_positions[record] + (RecordBytes / 2), SegmentBytes);
        string path = Path.Combine(Place, $"{segment:x16}.segment");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[at] ^= 0x10;
        File.WriteAllBytes(path, bytes);
    }

    /// <summary>The numbers of the records that are found.</summary>
    private List<int> Read(Func<string, IBlockDevice>? open = null, int gaps = 0, LogIdentity? identity = null)
    {
        identity ??= s_identity;
        using LogRescue? rescue = open is null
            ? LogRescue.TryOpen(Place, identity) : LogRescue.TryOpen(Place, identity, open);
        List<int> found = [];
        while (rescue is not null && rescue.TryRead(out _, out ReadOnlySpan<byte> payload))
        {
            byte[] bytes = payload.ToArray();
            found.Add(Enumerable.Range(0, 100).First(
                index => bytes.AsSpan().SequenceEqual(LogHarness.Payload(index, RecordBytes))));
        }

        Assert.Equal((found.Count, gaps), (rescue?.Records ?? 0, rescue?.Gaps ?? 0));
        return found;
    }

    private string[] Segments() => [.. Directory.GetFiles(Place, "*.segment").Order(StringComparer.Ordinal)];
}
