using Engine.Cache;

namespace Engine.Bench.Data;

/// <summary>A cached read through <see cref="ObjectCacher.TryRead"/>, one layer below the volume.</summary>
/// <param name="from">Where what it reads begins.</param>
/// <param name="into">Where in the destination it is copied to.</param>
internal sealed class CacherHit(
    ObjectCacher cacher, ObjectSet set, AccessPattern pattern, AlignedBuffer destination, long from = 0, long into = 0)
    : Contender("ObjectCacher.TryRead")
{
    private AccessPattern.Walk _walk = pattern.Start();

    public override void Run(int operations)
    {
        Span<byte> room = destination.Block(into);
        for (int i = 0; i < operations; i++)
        {
            long offset = from + _walk.Next();
            if (!cacher.TryRead(set, offset >> CacheFixture.ObjectShift, offset & CacheFixture.ObjectMask, room))
                throw new IOException("a block that was cached is no longer");
        }
    }
}
