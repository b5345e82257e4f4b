namespace Engine.Buffers;

/// <summary>A slice of one block: <paramref name="Length"/> bytes from byte <paramref name="Offset"/> of the block.</summary>
public readonly record struct BufferSegment(BufferHandle Handle, int Offset, int Length);
