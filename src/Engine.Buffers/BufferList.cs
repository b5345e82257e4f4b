namespace Engine.Buffers;

/// <summary>An ordered list of block slices that reads and writes as one run of bytes.</summary>
public sealed class BufferList
{
}
