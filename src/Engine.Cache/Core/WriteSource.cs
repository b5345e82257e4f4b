using System.Buffers;
using Engine.Buffers;

namespace Engine.Cache;

/// <summary>The bytes of a write: one span, or a sequence of them. Keeps its place in a sequence, since a write takes its
/// bytes in ascending order but for the seams between its extents: a request's sequence of a node a block is walked
/// once.</summary>
internal ref struct WriteSource
{
    private readonly ReadOnlySpan<byte> _span;
    private readonly ReadOnlySequence<byte> _sequence;

    public WriteSource(ReadOnlySpan<byte> span) => _span = span;

    public WriteSource(in ReadOnlySequence<byte> sequence)
        : this(sequence, sequence.Start, 0)
    {
    }

    /// <summary>A source that goes on where another one of the same sequence has come to.</summary>
    public WriteSource(in ReadOnlySequence<byte> sequence, SequencePosition position, int offset)
    {
        if (sequence.IsSingleSegment)
        {
            _span = sequence.FirstSpan;
            return;
        }
        _sequence = sequence;
        Position = position;
        Offset = offset;
    }

    /// <summary>Where the last copy ended.</summary>
    public SequencePosition Position { get; private set; }

    /// <summary>The same as a count of bytes from the start.</summary>
    public int Offset { get; private set; }

    /// <summary>Copies <c>offset~destination.Length</c>.</summary>
    public void CopyTo(int offset, scoped Span<byte> destination)
    {
        if (_sequence.IsEmpty)
        {
            BlockCopy.Copy(_span.Slice(offset, destination.Length), destination);
            return;
        }
        if (offset < Offset)
        {
            Position = _sequence.Start;
            Offset = 0;
        }
        SequencePosition start = _sequence.GetPosition(offset - Offset, Position);
        Position = _sequence.GetPosition(destination.Length, start);
        Offset = offset + destination.Length;
        _sequence.Slice(start, Position).CopyTo(destination);
    }
}
