using System.Buffers;

namespace Engine.Buffers;

/// <content>The views that the framework's interfaces ask for; off the hot path.</content>
public sealed partial class BufferList
{
    private SequenceNode[] _nodes = [];
    private BufferListWriter? _writer;

    /// <summary>
    /// The bytes as a sequence over the blocks themselves. Valid until the list is changed or disposed, or the view taken again:
    /// the nodes are reused.
    /// </summary>
    public ReadOnlySequence<byte> AsReadOnlySequence()
    {
        if (_count == 0)
            return ReadOnlySequence<byte>.Empty;
        if (_count == 1)
            return new ReadOnlySequence<byte>(SegmentMemory(0));
        if (_nodes.Length < _count)
            GrowNodes();
        long runningIndex = 0;
        for (int i = 0; i < _count; i++)
        {
            _nodes[i].Set(SegmentMemory(i), runningIndex, i + 1 < _count ? _nodes[i + 1] : null);
            runningIndex += _segments[i].Length;
        }

        return new ReadOnlySequence<byte>(_nodes[0], 0, _nodes[_count - 1], _segments[_count - 1].Length);
    }

    /// <summary>A writer that appends to this list without a copy; one per list, dead once the list is disposed.</summary>
    public IBufferWriter<byte> AsBufferWriter()
    {
        Invariant.That(_pool is not null);
        return _writer ??= new BufferListWriter(this);
    }

    /// <summary>Room behind the last segment for the writer, or an empty memory.</summary>
    internal Memory<byte> TailMemory()
    {
        int room = TailRoom();
        if (room == 0)
            return default;
        ref Segment last = ref _segments[_count - 1];
        return Pool.Memory(last.Handle).Slice(last.Offset + last.Length, room);
    }

    /// <summary>Takes <paramref name="length"/> bytes that were written into <see cref="TailMemory"/> into the list.</summary>
    internal void CommitTail(int length)
    {
        Invariant.That(length >= 0 && length <= TailRoom());
        if (length > 0)
            ExtendTail(length);
    }

    private Memory<byte> SegmentMemory(int index)
    {
        ref Segment segment = ref _segments[index];
        return PoolOf(in segment).Memory(segment.Handle).Slice(segment.Offset, segment.Length);
    }

    private void GrowNodes()
    {
        int old = _nodes.Length;
        Array.Resize(ref _nodes, Math.Max(_count, old * 2));
        for (int i = old; i < _nodes.Length; i++)
            _nodes[i] = new SequenceNode();
    }

    private void ReleaseWriter() => _writer?.DropPending();

    private sealed class SequenceNode : ReadOnlySequenceSegment<byte>
    {
        public void Set(ReadOnlyMemory<byte> memory, long runningIndex, SequenceNode? next)
        {
            Memory = memory;
            RunningIndex = runningIndex;
            Next = next;
        }
    }
}
