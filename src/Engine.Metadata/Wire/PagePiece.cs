using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>As much of a block as is in use: its first and its last bytes.</summary>
/// <param name="Pool">Whose block it is.</param>
/// <param name="Handle">The block.</param>
/// <param name="Front">Bytes from its start, at least one.</param>
/// <param name="Tail">Bytes before its end.</param>
public readonly record struct PagePiece(BufferPool Pool, BufferHandle Handle, int Front, int Tail)
{
    /// <summary>Bytes in use.</summary>
    public int Bytes => Front + Tail;
}
