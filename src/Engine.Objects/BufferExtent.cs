namespace Engine.Objects;

/// <summary>A fragment of the caller's buffer: <c>Offset~Length</c>, in bytes.</summary>
public readonly record struct BufferExtent(int Offset, int Length);
