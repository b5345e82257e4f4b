namespace Engine.Cache;

/// <summary>64 consecutive blocks of an object: block indices (0 = not cached).</summary>
internal unsafe struct Chunk
{
    public const int Shift = 6;
    public const int Blocks = 1 << Shift;

    public long Number;
    public int Object;
    public int Next;

    /// <summary>Bit i: <see cref="Index"/>[i] is not 0.</summary>
    public ulong Present;

    public fixed int Index[Blocks];
}
