namespace Engine.Cache;

/// <summary>One state per byte of a block; see <see cref="Unit"/>.</summary>
internal unsafe struct ByteMap
{
    public fixed byte Units[CacheSettings.BlockBytes];
}
