using Engine.Buffers;

namespace Engine.Cache;

/// <summary>The field <see cref="CachedBlock.Unstable"/>.</summary>
internal readonly struct UnstableLink : IBlockLink
{
    public static ref LinkNode Of(ref CachedBlock block) => ref block.Unstable;
}
