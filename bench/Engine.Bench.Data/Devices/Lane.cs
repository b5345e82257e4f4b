using Engine.Buffers;
using Engine.Volumes;

namespace Engine.Bench.Data;

/// <summary>One request after another, each submitted where the one before it completed.</summary>
internal sealed class Lane(Volume volume, bool isWrite, int index)
{
    private const int BlockBytes = AccessPattern.BlockBytes;

    private readonly SeededRandom _random = new(BenchRun.Seed + (ulong)index);
    private readonly byte[] _buffer = GC.AllocateArray<byte>(BlockBytes, pinned: true);
    private readonly int _blocks = (int)(volume.Length / BlockBytes);
    private long _count;
    private volatile bool _stopped;

    /// <summary>Requests completed so far.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Ends the lane after the request under way.</summary>
    public void Stop() => _stopped = true;

    /// <summary>Awaits each request.</summary>
    public async Task RunAsync()
    {
        Memory<byte> buffer = _buffer;
        while (!_stopped)
        {
            long offset = NextOffset();
            if (isWrite)
                await volume.WriteAsync(offset, buffer).ConfigureAwait(false);
            else
                await volume.ReadAsync(offset, buffer).ConfigureAwait(false);
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
            if (isWrite)
                volume.Write(offset, _buffer);
            else
                volume.Read(offset, _buffer);
            Volatile.Write(ref _count, _count + 1);
        }
    }

    private long NextOffset() => _random.NextInt(_blocks) * (long)BlockBytes;
}
