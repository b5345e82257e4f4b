namespace Engine.Bench.Data;

/// <summary>A part of a buffer, one of those that make up a piece.</summary>
internal readonly record struct SeedSlice(SeedBuffer Buffer, int Offset, int Length)
{
    public Span<byte> Span => Buffer.Span(Offset, Length);

    /// <summary>A part of it, with a reference of its own.</summary>
    public SeedSlice Part(int offset, int length) => new(Buffer.Retain(), Offset + offset, length);
}
