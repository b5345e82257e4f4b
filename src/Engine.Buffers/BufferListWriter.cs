using System.Buffers;

namespace Engine.Buffers;

/// <summary>The <see cref="IBufferWriter{T}"/> view of a <see cref="BufferList"/>: writes straight into blocks.</summary>
internal sealed class BufferListWriter : IBufferWriter<byte>
{
    private readonly BufferList _list;

    /// <summary>A rented block that was handed out and holds nothing yet; null when the last hand-out was the list's tail
    /// room.</summary>
    private BufferHandle _pending;

    public BufferListWriter(BufferList list)
    {
        _list = list;
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        Invariant.That(count >= 0 && count <= _list.Pool.BlockBytes);
        if (_pending.IsNull)
        {
            _list.CommitTail(count);
            return;
        }

        if (count == 0)
            return;
        BufferHandle block = _pending;
        _pending = default;
        _list.AppendOwned(block, 0, count);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">More than a block was asked for in one piece.</exception>
    /// <exception cref="BufferPoolExhaustedException">The pool has no free block.</exception>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        BufferPool pool = _list.Pool;
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sizeHint, pool.BlockBytes);
        if (!_pending.IsNull)
            return pool.Memory(_pending);
        Memory<byte> tail = _list.TailMemory();
        if (tail.Length >= Math.Max(sizeHint, 1))
            return tail;
        if (!pool.TryRent(out _pending))
            throw new BufferPoolExhaustedException(pool.BlockCount, pool.BlockBytes);
        return pool.Memory(_pending);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Gives back a block that was handed out and never advanced over.</summary>
    public void DropPending()
    {
        if (_pending.IsNull)
            return;
        BufferHandle block = _pending;
        _pending = default;
        _list.Pool.Release(block);
    }
}
