using Engine.Cache;

namespace Engine.Bench.Data;

/// <summary>A cached read through <see cref="ObjectCacher.TryRead"/>, one layer below the volume.</summary>
internal sealed class CacherHit(ObjectCacher cacher, ObjectSet set, AccessPattern pattern, AlignedBuffer destination)
    : Contender("ObjectCacher.TryRead")
{
    private const int ObjectShift = 22;

    private AccessPattern.Walk _walk = pattern.Start();

    public override void Run(int operations)
    {
        Span<byte> into = destination.Block(0);
        for (int i = 0; i < operations; i++)
        {
            long offset = _walk.Next();
            if (!cacher.TryRead(set, offset >> ObjectShift, offset & ((1 << ObjectShift) - 1), into))
                throw new IOException("a block that was cached is no longer");
        }
    }
}
