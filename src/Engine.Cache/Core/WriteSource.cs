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

    /// <summary>Where the last copy ended.</summary>
    private SequencePosition _position;

    private int _offset;

    public WriteSource(ReadOnlySpan<byte> span) => _span = span;

    public WriteSource(in ReadOnlySequence<byte> sequence)
    {
        if (sequence.IsSingleSegment)
        {
            _span = sequence.FirstSpan;
            return;
        }
        _sequence = sequence;
        _position = sequence.Start;
    }

    /// <summary>Copies <c>offset~destination.Length</c>.</summary>
    public void CopyTo(int offset, scoped Span<byte> destination)
    {
        if (_sequence.IsEmpty)
        {
            BlockCopy.Copy(_span.Slice(offset, destination.Length), destination);
            return;
        }
        if (offset < _offset)
        {
            _position = _sequence.Start;
            _offset = 0;
        }
        SequencePosition start = _sequence.GetPosition(offset - _offset, _position);
        _position = _sequence.GetPosition(destination.Length, start);
        _offset = offset + destination.Length;
        _sequence.Slice(start, _position).CopyTo(destination);
    }
}
