namespace Engine.Buffers;

/// <summary>
/// Names one block of a <see cref="BufferPool"/>: the block's index and the generation in which it was rented. A handle whose
/// generation has passed is stale; the pool refuses it.
/// </summary>
/// <param name="Index">Block index; 0 is never rented, so <c>default</c> names no block.</param>
/// <param name="Generation">Generation of the block when it was rented.</param>
public readonly record struct BufferHandle(uint Index, uint Generation)
{
    /// <summary>True for the handle that names no block.</summary>
    public bool IsNull => Index == 0;
}
