using Engine.Cache;

namespace Engine.Bench.Data;

/// <summary>A buffered write through <see cref="ObjectCacher.TryWrite"/>, one layer below the volume.</summary>
internal sealed class CacherWrite(ObjectCacher cacher, ObjectSet set, AccessPattern pattern, AlignedBuffer source)
    : Contender("ObjectCacher.TryWrite")
{
    private AccessPattern.Walk _walk = pattern.Start();

    public override void Run(int operations)
    {
        ReadOnlySpan<byte> from = source.Block(0);
        for (int i = 0; i < operations; i++)
        {
            long offset = _walk.Next();
            if (!cacher.TryWrite(set, offset >> CacheFixture.ObjectShift, offset & CacheFixture.ObjectMask, from))
                throw new IOException("a cache with room refused a write");
        }
    }
}
