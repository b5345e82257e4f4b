using Engine.Buffers;
using Engine.Testing.Devices;

namespace Engine.Devices.Tests;

public sealed class FaultDeviceTests : IDisposable
{
    private const int Block = 512;

    private readonly MemoryDevice _memory = new(64 * Block, Block, CompletionMode.Manual);
    private readonly DeviceBuffer _buffer = new(8 * Block);
    private readonly CollectingSink _sink = new();
    private readonly FaultDevice _device;

    public FaultDeviceTests() => _device = new FaultDevice(_memory);

    public void Dispose()
    {
        _device.Dispose();
        _buffer.Dispose();
    }

    [Fact]
    public void Error_HitsTheNthMatchOfOperationAndRange()
    {
        _device.Add(new FaultRule
        {
            Operation = DeviceOperation.Write,
            Offset = 4 * Block,
            Length = Block,
            Nth = 2,
            Effect = FaultEffect.Error,
            Error = IoError.Io,
        });
        _buffer.Span.Fill(1);
        Submit(
            _buffer.Write(3 * Block, 0, Block),
            _buffer.Write(3 * Block, 0, 2 * Block),
            _buffer.Read(4 * Block, Block, Block),
            _buffer.Write(4 * Block, 2 * Block, Block),
            _buffer.Write(4 * Block, 2 * Block, Block));

        Assert.Equal(
            [IoError.None, IoError.None, IoError.None, IoError.Io, IoError.None], _sink.Completions.Select(c => c.Result.Error));
        Assert.Equal([0ul, 1ul, 2ul, 3ul, 4ul], _sink.Completions.Select(c => c.Token));
        Assert.Equal(1, _device.FaultCount);
    }

    [Fact]
    public void Error_DoesNotReachTheDevice_AndNeverCompletesInsideSubmit()
    {
        _device.Add(new FaultRule { Effect = FaultEffect.Error, Error = IoError.NoSpace });
        _buffer.Span.Fill(1);
        _device.Submit([_buffer.Write(0, 0, Block, 1, _sink)]);
        Assert.Equal(0, _sink.Count);
        _memory.Pump();

        Assert.Equal(IoResult.Fail(IoError.NoSpace), _sink.ResultOf(1));
        Assert.Equal(0, _memory.View(0, 1)[0]);
    }

    [Fact]
    public unsafe void Short_MovesTheFirstBytesOfSeveralVectors()
    {
        _device.Add(new FaultRule { Effect = FaultEffect.Short, Bytes = 2 * Block, Times = 2 });
        _buffer.Span[..Block].Fill(1);
        _buffer.Span[Block..].Fill(2);
        var request = new DeviceRequest
        {
            Operation = DeviceOperation.Write,
            Length = 4 * Block,
            Vectors = _buffer.Vectors((0, Block), (Block, 3 * Block)),
            VectorCount = 2,
        };
        Submit(request);

        Assert.Equal(IoResult.Ok(2 * Block), _sink.ResultOf(0));
        Assert.Equal(IoResult.Ok(2 * Block), _device.Execute(request));
        Assert.Equal(1, _memory.View(Block - 1, 1)[0]);
        Assert.Equal(2, _memory.View(2 * Block - 1, 1)[0]);
        Assert.Equal(0, _memory.View(2 * Block, 1)[0]);
    }

    [Fact]
    public void Torn_SaysThatAllWasWritten_OrTheError()
    {
        _device.Add(new FaultRule { Effect = FaultEffect.Torn, Bytes = Block });
        _device.Add(new FaultRule { Effect = FaultEffect.Torn, Bytes = 0, Nth = 2, Error = IoError.Io });
        _buffer.Span.Fill(7);
        Submit(_buffer.Write(0, 0, 2 * Block), _buffer.Write(4 * Block, 0, 2 * Block));

        Assert.Equal(IoResult.Ok(2 * Block), _sink.ResultOf(0));
        Assert.Equal(IoResult.Fail(IoError.Io), _sink.ResultOf(1));
        Assert.Equal(7, _memory.View(Block - 1, 1)[0]);
        Assert.Equal(0, _memory.View(Block, 1)[0]);
        Assert.Equal(0, _memory.View(4 * Block, 1)[0]);
    }

    [Fact]
    public void Stall_HoldsUntilReleased()
    {
        _device.Add(new FaultRule { Operation = DeviceOperation.Flush, Effect = FaultEffect.Stall, Times = 2 });
        Submit(DeviceCalls.FlushRequest(), _buffer.Read(0, 0, Block));
        Assert.Equal([1ul], _sink.Completions.Select(c => c.Token));
        Assert.Equal(1, _device.StalledCount);

        IoResult executed = default;
        var caller = new Thread(() => executed = _device.Execute(DeviceCalls.FlushRequest()));
        caller.Start();
        _device.WaitForStalled(2);
        _device.Release();
        caller.Join();
        _memory.Pump();
        Assert.Equal(IoResult.Ok(0), executed);
        Assert.Equal(IoResult.Ok(0), _sink.ResultOf(0));
    }

    [Fact]
    public void FailCall_VisitsEveryCallInTurn()
    {
        var failed = new List<int>();
        for (int nth = 1; nth <= 4; nth++)
        {
            _sink.Clear();
            _buffer.ResetVectors();
            _device.FailCall(nth, IoError.Io);
            Submit(_buffer.Write(0, 0, Block), _buffer.Read(0, 0, Block), DeviceCalls.FlushRequest());
            failed.Add(_sink.Completions.ToList().FindIndex(c => c.Result.Failed));
        }

        Assert.Equal([0, 1, 2, -1], failed);
        _device.Clear();
        Assert.Equal(12, _device.CallCount);
    }

    [Fact]
    public void Rules_AreChecked()
    {
        Assert.Throws<ArgumentException>(() => _device.Add(new FaultRule { Effect = FaultEffect.Short, Bytes = 100 }));
        Assert.Throws<ArgumentException>(() => _device.Add(new FaultRule { Effect = FaultEffect.Error }));
    }

    private void Submit(params DeviceRequest[] requests)
    {
        for (int i = 0; i < requests.Length; i++)
            requests[i] = requests[i] with { Token = (ulong)i, Sink = _sink };
        _device.Submit(requests);
        _memory.Pump();
    }
}
