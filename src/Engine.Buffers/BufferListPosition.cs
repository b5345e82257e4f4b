namespace Engine.Buffers;

/// <summary>A place in a <see cref="BufferList"/>, good until the list changes; the default is its start.</summary>
/// <param name="Index">The segment.</param>
/// <param name="Skip">Bytes of that segment before the place.</param>
public readonly record struct BufferListPosition(int Index, int Skip);
