using Microsoft.Extensions.Caching.Memory;

namespace Engine.Bench.Data;

/// <summary>The cache that .NET brings along: a look-up by boxed key, and a copy.</summary>
internal sealed class MemoryCacheRead : Contender
{
    private readonly MemoryCache _cache = new(new MemoryCacheOptions());
    private readonly AlignedBuffer _destination;
    private AccessPattern.Walk _walk;

    public MemoryCacheRead(AlignedBuffer content, AccessPattern pattern, AlignedBuffer destination)
        : base("MemoryCache.TryGetValue + copy")
    {
        _destination = destination;
        _walk = pattern.Start();
        for (long at = 0; at < content.Bytes; at += AccessPattern.BlockBytes)
            _cache.Set(at, content.Block(at).ToArray());
    }

    public override void Run(int operations)
    {
        Span<byte> into = _destination.Block(0);
        for (int i = 0; i < operations; i++)
        {
            if (!_cache.TryGetValue(_walk.Next(), out byte[]? value))
                throw new IOException("MemoryCache dropped a value");
            value.AsSpan().CopyTo(into);
        }
    }

    public override void Dispose()
    {
        _cache.Dispose();
        base.Dispose();
    }
}
