using Engine.Buffers;

namespace Engine.Bench.Migration;

/// <summary>Memory of this machine that was used a moment ago: a guest's free memory may have gone back to its host, and the
/// first touch of a page then costs ten times and more of what clearing it does.</summary>
internal static class GuestMemory
{
    private const int BlockBytes = 1 << 20;

    /// <summary>Touches so many bytes and gives them back to the system.</summary>
    public static void Warm(long bytes)
    {
        int blocks = (int)(bytes / BlockBytes);
        new BufferPool(new BufferPoolOptions { BlockBytes = BlockBytes, BlockCount = blocks, PreTouchBytes = bytes }).Dispose();
    }
}
