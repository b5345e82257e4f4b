// The ring device over scripted rings: short acceptance, breakage, refusals, and the wake-ups between submitters and owner.

using Engine.Buffers;
using Engine.Testing.Devices;

namespace Engine.Devices.Tests;

/// <summary>The owner thread over a ring that does what real ones do rarely.</summary>
[Collection(nameof(DeviceTests))]
public sealed class RingDeviceTests : IDisposable
{
    private const int Block = 4096;
    private const int Depth = 4;

    private readonly VolumeFile _file = new(64 * Block);
    private readonly DeviceBuffer _buffer = new(Block);
    private readonly CollectingSink _sink = new();

    public void Dispose()
    {
        _buffer.Dispose();
        _file.Dispose();
    }

    [Fact]
    public void BrokenRing_EndsAllWithEio_AndStaysUsableForRefusals()
    {
        var ring = new ScriptedRing();
        using RingDevice device = Open(ring);
        device.Submit(Reads(2 * Depth));
        ring.WaitForInFlight(Depth);
        ring.Break();
        _sink.WaitFor(2 * Depth);
        device.Submit(Reads(3));
        _sink.WaitFor(2 * Depth + 3);

        Assert.All(_sink.Completions, c => Assert.Equal(IoResult.Fail(IoError.Io), c.Result));
        Assert.True(ring.IsDisposed);
        Assert.Contains("FAILED", device.Engine, StringComparison.Ordinal);
    }

    [Fact]
    public void PartlyAcceptedBatches_LoseNothing()
    {
        var ring = new ScriptedRing { AcceptMax = 1, Immediate = true };
        using RingDevice device = Open(ring);
        device.Submit(Reads(50));
        _sink.WaitFor(50);
        Assert.Equal(Enumerable.Range(0, 50), _sink.Completions.Select(c => (int)c.Token).Order());
    }

    [Fact]
    public void InFlight_NeverExceedsTheQueueDepth_AndForeignersWaitForRoom()
    {
        var ring = new ScriptedRing();
        using RingDevice device = Open(ring);
        int submitted = 0;
        var submitter = new Thread(() =>
        {
            foreach (DeviceRequest request in Reads(30))
            {
                device.Submit([request]);
                Interlocked.Increment(ref submitted);
            }
        });
        submitter.Start();
        ring.WaitForInFlight(Depth);
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref submitted) == 2 * Depth, TimeSpan.FromSeconds(60)));
        Assert.True((submitter.ThreadState & ThreadState.Stopped) == 0);
        while (!submitter.Join(1))
            ring.CompleteAll();
        while (_sink.Count < 30)
            ring.CompleteAll();
        Assert.Equal(Depth, ring.MostInFlight);
        Assert.Equal(30, _sink.Completions.Select(c => c.Token).Distinct().Count());
    }

    [Fact]
    public void SubmitOnTheOwnerThread_NeedsNoWake()
    {
        var ring = new ScriptedRing { Immediate = true };
        using RingDevice device = Open(ring);
        DeviceRequest template = Reads(1)[0];
        int left = 100;
        _sink.OnComplete = (_, _) =>
        {
            if (--left > 0)
                device.Submit([template]);
        };
        device.Submit([template]);
        _sink.WaitFor(100);
        Assert.InRange(device.WakeCount, 0, 1);
    }

    [Fact]
    public void Order_OfTheOwnersOwnRequests_IsKeptBeyondTheQueueDepth()
    {
        var ring = new ScriptedRing { AcceptMax = 1, Immediate = true };
        using RingDevice device = Open(ring);
        DeviceRequest[] chain = Reads(40);
        bool sent = false;
        _sink.OnComplete = (token, _) =>
        {
            if (token == 0 && !sent)
            {
                sent = true;
                device.Submit(chain.AsSpan(1));
            }
        };
        device.Submit(chain.AsSpan(0, 1));
        _sink.WaitFor(40);
        Assert.Equal(Enumerable.Range(0, 40), _sink.Completions.Select(c => (int)c.Token));
    }

    [Fact]
    public void BatchOfTheOwnersOwnRequests_ReachesTheRingWhileItIsMade()
    {
        const int Count = 20;
        var ring = new ScriptedRing();
        using RingDevice device = Open(ring, Count);
        DeviceRequest[] again = Reads(Count);
        List<int> inFlight = [];
        _sink.OnComplete = (token, _) =>
        {
            if (inFlight.Count == Count)
                return;
            device.Submit([again[(int)token]]);
            inFlight.Add(ring.InFlightCount);
        };
        device.Submit(Reads(Count));
        ring.WaitForInFlight(Count);
        ring.CompleteAll();
        _sink.WaitFor(Count);
        ring.WaitForInFlight(Count);
        ring.CompleteAll();
        _sink.WaitFor(2 * Count);
        Assert.Equal(Enumerable.Range(1, Count).Select(made => made / 8 * 8), inFlight);
    }

    [Fact]
    public void RefusedRing_ComesOutOfTheConstructor()
    {
        using DeviceFile file = BlockDevice.OpenFile(_file.Path, new BlockDeviceOptions(), out _);
        DeviceException refusal = OpenFailure.Ring(_file.Path, "io_uring", IoError.NotPermitted);
        Assert.Same(
            refusal, Assert.Throws<DeviceException>(() => new RingDevice(file, Depth, false, string.Empty, () => throw refusal)));
        Assert.Contains("refused with EPERM (kernel.io_uring_disabled or seccomp)", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1, refusal.Errno);
    }

    private RingDevice Open(ScriptedRing ring, int depth = Depth) =>
        new(BlockDevice.OpenFile(_file.Path, new BlockDeviceOptions(), out _), depth, false, string.Empty, () => ring);

    private DeviceRequest[] Reads(int count)
    {
        var requests = new DeviceRequest[count];
        for (int i = 0; i < count; i++)
            requests[i] = _buffer.Read(0, 0, Block, (ulong)i, _sink);
        return requests;
    }
}
