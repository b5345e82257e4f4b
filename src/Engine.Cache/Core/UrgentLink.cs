using Engine.Buffers;

namespace Engine.Cache;

/// <summary>The field <see cref="CachedBlock.Urgent"/>.</summary>
internal readonly struct UrgentLink : IBlockLink
{
    public static ref LinkNode Of(ref CachedBlock block) => ref block.Urgent;
}
