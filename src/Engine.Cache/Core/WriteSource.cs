using System.Buffers;
using Engine.Buffers;

namespace Engine.Cache;

/// <summary>The bytes of a write: one span, or a sequence of them.</summary>
internal readonly ref struct WriteSource
{
    private readonly ReadOnlySpan<byte> _span;
    private readonly ReadOnlySequence<byte> _sequence;

    public WriteSource(ReadOnlySpan<byte> span) => _span = span;

    public WriteSource(in ReadOnlySequence<byte> sequence)
    {
        if (sequence.IsSingleSegment)
            _span = sequence.FirstSpan;
        else
            _sequence = sequence;
    }

    /// <summary>Copies <c>offset~destination.Length</c>.</summary>
    public void CopyTo(int offset, Span<byte> destination)
    {
        if (_sequence.IsEmpty)
            BlockCopy.Copy(_span.Slice(offset, destination.Length), destination);
        else
            _sequence.Slice(offset, destination.Length).CopyTo(destination);
    }
}
