using Engine.Buffers;

namespace Engine.Objects;

/// <summary>Consecutive records of an <see cref="ILog"/>, filled by one read. Reused by its owner; disposing gives the memory
/// back.</summary>
public sealed class LogBatch : IDisposable
{
    private readonly List<(long Position, int Offset, int Length)> _records = [];
    private readonly BufferList _payload;

    /// <summary>Takes a record that does not lie in one block.</summary>
    private byte[] _spare = [];

    /// <summary>The block in which the record asked for last begins, and the offset of the block's first byte.</summary>
    private int _block;
    private int _blockStart;

    /// <summary>A batch over blocks of <paramref name="pool"/> that takes records up to <paramref name="bytesMax"/> payload
    /// bytes, or one longer one.</summary>
    public LogBatch(BufferPool pool, int bytesMax)
    {
        Invariant.That(bytesMax > 0);
        BytesMax = bytesMax;
        _payload = BufferList.Rent(pool);
    }

    /// <summary>Payload bytes wanted.</summary>
    public int BytesMax { get; }

    /// <summary>Records held.</summary>
    public int Count => _records.Count;

    /// <summary>Position behind the last record held: where the next read begins.</summary>
    public long Next { get; private set; }

    /// <summary>Payloads of all records, one behind the other.</summary>
    public BufferList Payload => _payload;

    /// <summary>Position of record <paramref name="index"/>, and where its payload lies in <see cref="Payload"/>.</summary>
    public (long Position, int Offset, int Length) this[int index] => _records[index];

    /// <summary>The payload of record <paramref name="index"/>: where it lies in one block, in place. Valid until the next call;
    /// cheapest in order.</summary>
    public ReadOnlySpan<byte> BytesOf(int index)
    {
        (_, int offset, int length) = _records[index];
        if (length == 0)
            return default;
        if (offset < _blockStart)
            (_block, _blockStart) = (0, 0);
        ReadOnlySpan<byte> block = _payload.SegmentSpan(_block);
        while (offset - _blockStart >= block.Length)
        {
            _blockStart += block.Length;
            block = _payload.SegmentSpan(++_block);
        }

        ReadOnlySpan<byte> rest = block[(offset - _blockStart)..];
        if (rest.Length >= length)
            return rest[..length];
        if (_spare.Length < length)
            _spare = new byte[Math.Max(length, 2 * _spare.Length)];
        _payload.CopyTo(offset, _spare.AsSpan(0, length));
        return _spare.AsSpan(0, length);
    }

    /// <summary>Empties the batch; for logs, before they fill it.</summary>
    public void Clear(long position)
    {
        _records.Clear();
        _payload.Clear();
        (_block, _blockStart) = (0, 0);
        Next = position;
    }

    /// <summary>Says that the payload's next <paramref name="length"/> bytes are a record; for logs.</summary>
    public void Add(long position, int length, long next)
    {
        int offset = _records.Count == 0 ? 0 : _records[^1].Offset + _records[^1].Length;
        Invariant.That(offset + length <= _payload.Length && next > position);
        _records.Add((position, offset, length));
        Next = next;
    }

    /// <inheritdoc/>
    public void Dispose() => _payload.Dispose();
}
