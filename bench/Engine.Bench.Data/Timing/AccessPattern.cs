using Engine.Buffers;

namespace Engine.Bench.Data;

/// <summary>The random blocks that every contender of a question visits, in the same order; each has its own place in
/// it.</summary>
internal sealed class AccessPattern
{
    public const int BlockBytes = 4096;

    private readonly long[] _offsets;

    /// <summary>Uniform over the blocks of <paramref name="bytes"/>.</summary>
    public AccessPattern(long bytes)
    {
        Bytes = bytes;
        int blocks = (int)(bytes / BlockBytes);
        var random = new SeededRandom(BenchRun.Seed);

        // A small set's pattern must not compete with the set for the processor's caches.
        _offsets = new long[blocks <= 1024 ? 2048 : 1 << 17];
        for (int i = 0; i < _offsets.Length; i++)
            _offsets[i] = random.NextInt(blocks) * (long)BlockBytes;
    }

    /// <summary>Bytes that the pattern covers.</summary>
    public long Bytes { get; }

    /// <summary>A walk of one's own, from the beginning.</summary>
    public Walk Start() => new(_offsets);

    /// <summary>A place in the pattern, which repeats for ever.</summary>
    internal struct Walk(long[] offsets)
    {
        private readonly long[] _offsets = offsets;
        private int _at;

        /// <summary>Byte offset of the next block.</summary>
        public long Next() => _offsets[_at++ & (_offsets.Length - 1)];
    }
}
