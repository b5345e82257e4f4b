using Engine.Buffers;

namespace Engine.Bench.Data;

/// <summary>Memory as an application with good manners has it: 4 KiB blocks, aligned, touched, on huge pages where there are
/// any.</summary>
internal sealed unsafe class AlignedBuffer : IDisposable
{
    private readonly BufferPool _pool;
    private readonly byte* _start;

    public AlignedBuffer(long bytes)
    {
        Bytes = bytes;
        _pool = new BufferPool(
            new BufferPoolOptions { BlockCount = (int)(bytes / AccessPattern.BlockBytes), PreTouchBytes = long.MaxValue });
        _start = (byte*)_pool.Regions[0].Address;
        var random = new SeededRandom(BenchRun.Seed);
        for (long at = 0; at < bytes; at += AccessPattern.BlockBytes)
            random.NextBytes(Block(at));
    }

    public long Bytes { get; }

    /// <summary>The 4 KiB at byte <paramref name="offset"/>.</summary>
    public Span<byte> Block(long offset) => new(_start + offset, AccessPattern.BlockBytes);

    public void Dispose() => _pool.Dispose();
}
