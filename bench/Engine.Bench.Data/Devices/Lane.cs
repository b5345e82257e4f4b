using Engine.Buffers;
using Engine.Volumes;

namespace Engine.Bench.Data;

/// <summary>One request after another, each submitted where the one before it completed: into and out of a block of the
/// registered pool, as fio's are with fixedbufs, or of an ordinary array where the caller blocks.</summary>
internal sealed class Lane : IDisposable
{
    private const int BlockBytes = AccessPattern.BlockBytes;

    private readonly Volume _volume;
    private readonly bool _isWrite;
    private readonly SeededRandom _random;
    private readonly byte[] _array = new byte[BlockBytes];
    private readonly BufferList _block;
    private readonly int _blocks;
    private long _count;
    private volatile bool _stopped;

    /// <summary>A lane of one turn, which goes on where <paramref name="random"/> is.</summary>
    public Lane(DeviceVolume target, bool isWrite, SeededRandom random)
    {
        _volume = target.Volume;
        _isWrite = isWrite;
        _random = random;
        _blocks = (int)(_volume.Length / BlockBytes);
        _block = BufferList.Rent(target.Pool);
        if (!_block.TryAppendCopy(_array))
            throw new IOException("the benchmark's pool has no block for a lane");
    }

    /// <summary>Requests completed so far.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Ends the lane after the request under way.</summary>
    public void Stop() => _stopped = true;

    /// <summary>After the lane has ended.</summary>
    public void Dispose() => _block.Dispose();

    /// <summary>Awaits each request.</summary>
    public async Task RunAsync()
    {
        while (!_stopped)
        {
            long offset = NextOffset();
            if (_isWrite)
                await _volume.WriteAsync(offset, _block).ConfigureAwait(false);
            else
                await _volume.ReadAsync(offset, _block).ConfigureAwait(false);
            Volatile.Write(ref _count, _count + 1);
        }
    }

    /// <summary>Blocks in each request, on a thread of its own.</summary>
    public Task StartBlocking() =>
        Task.Factory.StartNew(RunBlocking, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void RunBlocking()
    {
        while (!_stopped)
        {
            long offset = NextOffset();
            if (_isWrite)
                _volume.Write(offset, _array);
            else
                _volume.Read(offset, _array);
            Volatile.Write(ref _count, _count + 1);
        }
    }

    private long NextOffset() => _random.NextInt(_blocks) * (long)BlockBytes;
}
