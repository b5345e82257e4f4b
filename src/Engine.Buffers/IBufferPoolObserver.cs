namespace Engine.Buffers;

/// <summary>Watches a <see cref="BufferPool"/>. Called on the thread that rents or returns, from any thread at once.</summary>
public interface IBufferPoolObserver
{
    /// <summary>A block was taken; the caller of the pool does not have the handle yet.</summary>
    /// <param name="handle">The handle about to be given out.</param>
    /// <param name="block">The whole block, as its last user left it.</param>
    void OnRent(BufferHandle handle, Span<byte> block);

    /// <summary>The last reference is gone, and the handle is stale from here on; the memory is still the observer's.</summary>
    /// <param name="handle">The handle that was returned.</param>
    /// <param name="block">The whole block.</param>
    /// <returns>True to keep the block out of circulation until <see cref="BufferPool.Recycle"/>; false to let it go
    /// now.</returns>
    bool OnReturn(BufferHandle handle, Span<byte> block);

    /// <summary>No block is free. The observer may recycle blocks that it kept.</summary>
    /// <returns>True when at least one was recycled, so that the rent is tried again.</returns>
    bool OnExhausted();
}
