using Engine.Buffers;

namespace Engine.Cache;

/// <summary>The field <see cref="CachedBlock.Order"/>.</summary>
internal readonly struct OrderLink : IBlockLink
{
    public static ref LinkNode Of(ref CachedBlock block) => ref block.Order;
}
