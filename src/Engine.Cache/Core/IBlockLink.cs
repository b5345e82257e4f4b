using Engine.Buffers;

namespace Engine.Cache;

/// <summary>Chooses the link field that a <see cref="BlockQueue{TLink}"/> runs through.</summary>
internal interface IBlockLink
{
    static abstract ref LinkNode Of(ref CachedBlock block);
}
