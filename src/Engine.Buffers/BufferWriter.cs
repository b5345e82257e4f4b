using System.Buffers.Binary;

namespace Engine.Buffers;

/// <summary>
/// Writes little-endian values into a span, or behind the end of a <see cref="BufferList"/>. Every write says whether it fitted
/// (the span is full, the pool is exhausted) and writes nothing otherwise.
/// </summary>
public ref struct BufferWriter
{
    private readonly BufferList? _list;
    private readonly Span<byte> _span;

    /// <summary>Writes into <paramref name="span"/> from its start.</summary>
    public BufferWriter(Span<byte> span)
    {
        _span = span;
    }

    /// <summary>Appends to <paramref name="list"/>, renting blocks as needed.</summary>
    public BufferWriter(BufferList list)
    {
        ArgumentNullException.ThrowIfNull(list);
        _list = list;
    }

    /// <summary>Bytes written so far.</summary>
    public long Position { get; private set; }

    /// <summary>Writes one byte.</summary>
    public bool TryWriteByte(byte value) => TryWriteBytes(new ReadOnlySpan<byte>(in value));

    /// <summary>Writes two bytes, little-endian.</summary>
    public bool TryWriteUInt16(ushort value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        return TryWriteBytes(bytes);
    }

    /// <summary>Writes four bytes, little-endian.</summary>
    public bool TryWriteUInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return TryWriteBytes(bytes);
    }

    /// <summary>Writes eight bytes, little-endian.</summary>
    public bool TryWriteUInt64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return TryWriteBytes(bytes);
    }

    /// <summary>Writes two bytes, little-endian, signed.</summary>
    public bool TryWriteInt16(short value) => TryWriteUInt16((ushort)value);

    /// <summary>Writes four bytes, little-endian, signed.</summary>
    public bool TryWriteInt32(int value) => TryWriteUInt32((uint)value);

    /// <summary>Writes eight bytes, little-endian, signed.</summary>
    public bool TryWriteInt64(long value) => TryWriteUInt64((ulong)value);

    /// <summary>Writes <paramref name="bytes"/> as they are.</summary>
    public bool TryWriteBytes(scoped ReadOnlySpan<byte> bytes)
    {
        if (_list is not null)
        {
            if (!_list.TryAppendCopy(bytes))
                return false;
        }
        else if (!bytes.TryCopyTo(_span[(int)Position..]))
        {
            return false;
        }

        Position += bytes.Length;
        return true;
    }

    /// <summary>Writes <paramref name="count"/> zero bytes; over a list they take no memory.</summary>
    public bool TryWriteZeroes(int count)
    {
        Invariant.That(count >= 0);
        if (_list is not null)
            _list.AppendZeroes(count);
        else if (count > _span.Length - Position)
            return false;
        else
            _span.Slice((int)Position, count).Clear();
        Position += count;
        return true;
    }
}
