// What a crash may leave of format, repair and writes. A recording device enumerates the states at every completion, in units of
// a sector and of a page; each is opened as a recovery would.
using Engine.Buffers;
using Engine.Devices;
using Engine.Testing.Devices;
using Engine.Testing.Objects;

namespace Engine.Stores.Tests;

public sealed class DeviceStoreCrashTests
{
    private const int Mega = StoreDevices.Mega;
    private const long Capacity = Mega + (64 << 10);

    private static readonly Guid s_newUuid = new("99999999-0000-0000-0000-000000000001");

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void AFormatOfABlankDeviceIsAllOrNothing(int unitBytes)
    {
        using var device = new RecordingDevice(Littered(StoreDevices.Blank(Capacity)));
        DeviceStore.Format(device, StoreDevices.Small);
        var seen = new Dictionary<string, int>();
        long states = Visit(device, unitBytes, scratch => Note(seen, Outcome(scratch)));
        Assert.True(states > 50, $"{states} states");
        Assert.Equal(["Foreign", "Torn", StoreDevices.Uuid.ToString()], seen.Keys.Order(s_byKind));
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void AFormatOverAVolumeShowsTheOldOneOrTornOrTheNewOne(int unitBytes)
    {
        using var device = new RecordingDevice(Littered(StoreDevices.Formatted(Capacity)));
        DeviceStore.Format(device, StoreDevices.Small with { Uuid = s_newUuid, Force = true });
        var seen = new Dictionary<string, int>();
        long states = Visit(device, unitBytes, scratch => Note(seen, Outcome(scratch)));
        Assert.True(states > 50, $"{states} states");
        Assert.Subset(
            new HashSet<string> { "Torn", StoreDevices.Uuid.ToString(), s_newUuid.ToString() }, seen.Keys.ToHashSet());
        Assert.True(seen.Count == 3, string.Join(", ", seen));
    }

    [Fact]
    public void AfterFormatReturnedOnlyTheNewVolumeIsThere()
    {
        using var device = new RecordingDevice(Littered(StoreDevices.Formatted(Capacity)));
        DeviceStore.Format(device, StoreDevices.Small with { Uuid = s_newUuid, Force = true });
        var random = new SeededRandom(3);
        device.CrashAt(device.EventCount, 512).ForEachCrashState(random, 1000, state =>
        {
            using var scratch = new MemoryDevice(Capacity);
            state.CopyTo(scratch);
            Assert.Equal(s_newUuid.ToString(), Outcome(scratch));
            Assert.True(DeviceStore.Check(scratch).IsHealthy);
        });
    }

    [Fact]
    public void AForeignSignatureNeverComesBackAfterTheFormat()
    {
        MemoryDevice inner = Littered(StoreDevices.Blank(Capacity));
        "XFSB"u8.CopyTo(inner.View(0, 4));
        "_BHRfS_M"u8.CopyTo(inner.View(65600, 8));
        using var device = new RecordingDevice(inner);
        DeviceStore.Format(device, StoreDevices.Small with { Force = true });
        using var scratch = new MemoryDevice(Capacity);
        long states = 0;
        // Around the ready records, and deep enough that each single clearing write is lost while all else arrives.
        for (int point = device.EventCount - 10; point <= device.EventCount; point++)
        {
            states += device.CrashAt(point, 4096).ForEachCrashState(new SeededRandom(22), 700, state =>
            {
                state.CopyTo(scratch);
                string outcome = Outcome(scratch);
                Assert.True(outcome == "Torn" || outcome == StoreDevices.Uuid.ToString(), outcome);
                if (outcome != "Torn")
                    Assert.Equal(-1, scratch.View(4096, Mega - 8192).IndexOfAnyExcept((byte)0));
            });
        }

        Assert.True(states > 50, $"{states} states");
    }

    [Fact]
    public void ACrashInARepairLosesNothing()
    {
        MemoryDevice inner = StoreDevices.Formatted(Capacity);
        inner.View(40, 1)[0] ^= 1;
        using var device = new RecordingDevice(inner);
        DeviceStore.Open(device).Dispose();
        Visit(device, 512, scratch =>
        {
            Assert.Equal(StoreDevices.Uuid.ToString(), Outcome(scratch));
            // What the recovery wrote is as good as what it found.
            Assert.True(DeviceStore.Check(scratch).IsHealthy);
            Assert.Equal(StoreDevices.Uuid.ToString(), Outcome(scratch));
        });
    }

    [Fact]
    public void FlushedAndFuaWritesSurvive()
    {
        using var device = new RecordingDevice(StoreDevices.Formatted(Capacity));
        device.Restart();
        using DeviceStore store = DeviceStore.Open(device);
        using var harness = new BackendHarness(store, store.Image.Prefix);
        byte[] flushed = Filled(1, 8192);
        byte[] fua = Filled(2, 4096);
        harness.Write(0, 0, flushed);
        harness.Flush();
        harness.Write(0, 16384, fua, fua: true);
        int settled = device.EventCount;
        harness.Write(0, 32768, Filled(3, 8192));
        harness.Write(0, 0, Filled(4, 4096));
        var random = new SeededRandom(8);
        for (int point = settled; point <= device.EventCount; point++)
        {
            device.CrashAt(point, 512).ForEachCrashState(random, 400, state =>
            {
                Assert.Equal(flushed[4096..], state.Image.Slice(Mega + 4096, 4096).ToArray());
                Assert.Equal(fua, state.Image.Slice(Mega + 16384, 4096).ToArray());
                foreach (byte value in state.Image.Slice(Mega, 4096))
                    Assert.True(value is 1 or 4);
            });
        }
    }

    private static readonly Comparer<string> s_byKind = Comparer<string>.Create(
        static (left, right) => Kind(left).CompareTo(Kind(right)));

    private static int Kind(string outcome) => outcome switch { "Foreign" => 0, "Torn" => 1, _ => 2 };

    /// <summary>Fills the header between the copies with bytes that mean nothing, so that each lost clearing write
    /// shows.</summary>
    private static MemoryDevice Littered(MemoryDevice device)
    {
        device.View(4096, Mega - 8192).Fill(0xab);
        return device;
    }

    private static byte[] Filled(byte value, int length)
    {
        byte[] bytes = new byte[length];
        Array.Fill(bytes, value);
        return bytes;
    }

    private static long Visit(RecordingDevice device, int unitBytes, Action<MemoryDevice> check)
    {
        using var scratch = new MemoryDevice(Capacity);
        return device.ForEachCrashState(new SeededRandom(21), unitBytes, 60, state =>
        {
            state.CopyTo(scratch);
            check(scratch);
        });
    }

    private static void Note(Dictionary<string, int> seen, string outcome) =>
        seen[outcome] = seen.GetValueOrDefault(outcome) + 1;

    /// <summary>The uuid that opens, or the problem.</summary>
    private static string Outcome(MemoryDevice device)
    {
        try
        {
            using DeviceStore store = DeviceStore.Open(device);
            return store.Image.Uuid.ToString();
        }
        catch (StoreException refused)
        {
            return refused.Problem.ToString();
        }
    }
}
