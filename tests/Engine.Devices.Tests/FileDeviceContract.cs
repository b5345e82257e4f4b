using Engine.Buffers;
using Engine.Testing;
using Engine.Testing.Devices;

namespace Engine.Devices.Tests;

/// <summary>The contract over a file in the temporary folder, and what only files and devices have.</summary>
public abstract class FileDeviceContract : BlockDeviceContract, IDisposable
{
    private readonly VolumeFile _file = new(Capacity);

    private protected FileDeviceContract(DeviceEngine engine) => Engine = engine;

    protected DeviceEngine Engine { get; }

    protected abstract string Name { get; }

    [Fact]
    public void ReadOnly_RefusesEveryChange()
    {
        using IBlockDevice? device = TryOpen(new BlockDeviceOptions { ReadOnly = true });
        if (device is null)
            return;
        Assert.True(device.Geometry.IsReadOnly);
        using var buffer = new DeviceBuffer(4096);
        var sink = new CollectingSink();
        device.Submit([
            buffer.Write(0, 0, 4096, 1, sink), buffer.Read(0, 0, 4096, 2, sink),
            DeviceCalls.RangeRequest(DeviceOperation.Discard, 0, 4096, 3, sink)]);
        sink.WaitFor(3);
        Assert.Equal(IoResult.Fail(IoError.ReadOnly), sink.ResultOf(1));
        Assert.Equal(IoResult.Ok(4096), sink.ResultOf(2));
        Assert.Equal(IoResult.Fail(IoError.ReadOnly), sink.ResultOf(3));
    }

    [Fact]
    public void Engine_NamesItselfAndNothingElse()
    {
        using IBlockDevice? device = TryOpen();
        if (device is null)
            return;
        Assert.StartsWith(Name, device.Engine, StringComparison.Ordinal);
        Assert.DoesNotContain("refused", device.Engine, StringComparison.Ordinal);
        Assert.False(device.Geometry.IsBlockDevice);
        Assert.Equal(Capacity, device.Geometry.Capacity);
    }

    [Fact]
    public void PayloadRegions_AreUsedAndDataIsRight()
    {
        using var buffer = new DeviceBuffer(64 * 1024);
        using IBlockDevice? device = TryOpen(
            new BlockDeviceOptions { PayloadRegions = [new(buffer.Address, (nuint)buffer.Length)] });
        if (device is null)
            return;
        if (Engine == DeviceEngine.IoUring)
            Assert.Contains("payload", device.Engine, StringComparison.Ordinal);
        using var outside = new DeviceBuffer(8192);
        FillPattern(buffer.Span, 5);
        var sink = new CollectingSink();
        device.Submit([buffer.Write(0, 8192, 8192, 1, sink)]);
        sink.WaitFor(1);
        device.Submit([buffer.Read(0, 32768, 8192, 2, sink), outside.Read(0, 0, 8192, 3, sink)]);
        sink.WaitFor(3);
        Assert.All(sink.Completions, c => Assert.Equal(IoResult.Ok(8192), c.Result));
        Assert.True(buffer.Span.Slice(32768, 8192).SequenceEqual(buffer.Span.Slice(8192, 8192)));
        Assert.True(outside.Span.SequenceEqual(buffer.Span.Slice(8192, 8192)));
    }

    [Fact]
    public void Contents_SurviveReopening()
    {
        byte[] pattern = new byte[8192];
        FillPattern(pattern, 6);
        using (IBlockDevice? device = TryOpen())
        {
            if (device is null)
                return;
            device.WriteBytes(4096, pattern);
            device.Flush();
        }

        using IBlockDevice again = TryOpen()!;
        Assert.Equal(pattern, again.ReadBytes(4096, 8192));
    }

    public void Dispose() => _file.Dispose();

    protected override IBlockDevice? TryOpen() => TryOpen(new BlockDeviceOptions());

    private IBlockDevice? TryOpen(BlockDeviceOptions options)
    {
        try
        {
            return BlockDevice.Open(_file.Path, options with { Engine = Engine, QueueDepth = QueueDepth });
        }
        catch (DeviceException refusal) when (refusal.Message.Contains("refused", StringComparison.Ordinal))
        {
            TestSkip.Because(refusal.Message);
            return null;
        }
    }
}
