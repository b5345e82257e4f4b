using Engine.Cache;
using Engine.Objects;

namespace Engine.Bench.Data;

/// <summary>A read through <see cref="ObjectCacher.Read"/> of a cache that is too small for what is read.</summary>
internal sealed class CacherMiss(ObjectCacher cacher, ObjectSet set, AccessPattern pattern, AlignedBuffer destination)
    : Contender("ObjectCacher.Read")
{
    private readonly ExtentList _extents = new();
    private readonly FileLayout _layout = FileLayout.Simple(1 << CacheFixture.ObjectShift);
    private AccessPattern.Walk _walk = pattern.Start();

    public override void Run(int operations)
    {
        Span<byte> into = destination.Block(0);
        for (int i = 0; i < operations; i++)
        {
            _extents.Clear();
            Striper.Map(_layout, _walk.Next(), AccessPattern.BlockBytes, _extents);
            if (cacher.Read(set, _extents, into).Error.Failed)
                throw new IOException("the store that cannot fail failed");
        }
    }
}
