namespace Engine.Buffers;

/// <summary>A fixed set of equal blocks of unmanaged memory.</summary>
public sealed class BufferPool
{
}
