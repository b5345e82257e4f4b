using System.Buffers.Binary;

namespace Engine.Buffers;

/// <summary>
/// Reads little-endian values from bytes that are not trusted: every read says whether there was enough, and moves only if so.
/// Over a span or over a <see cref="BufferList"/>, whose segment borders do not show.
/// </summary>
public ref struct BufferReader
{
    private readonly BufferList? _list;
    private readonly long _length;
    private ReadOnlySpan<byte> _current;
    private int _nextSegment;

    /// <summary>Position of the first byte of <see cref="_current"/> plus those of it already read.</summary>
    private long _position;

    /// <summary>Reads from <paramref name="bytes"/>.</summary>
    public BufferReader(ReadOnlySpan<byte> bytes)
    {
        _current = bytes;
        _length = bytes.Length;
    }

    /// <summary>Reads from <paramref name="list"/>, which must not change meanwhile.</summary>
    public BufferReader(BufferList list)
    {
        ArgumentNullException.ThrowIfNull(list);
        _list = list;
        _length = list.Length;
    }

    /// <summary>Bytes read so far: where a decoder stands, for its error message.</summary>
    public readonly long Position => _position;

    /// <summary>Bytes not read yet.</summary>
    public readonly long Remaining => _length - _position;

    /// <summary>Reads one byte.</summary>
    public bool TryReadByte(out byte value)
    {
        value = 0;
        return TryReadBytes(new Span<byte>(ref value));
    }

    /// <summary>Reads two bytes, little-endian.</summary>
    public bool TryReadUInt16(out ushort value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        bool read = TryReadBytes(bytes);
        value = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        return read;
    }

    /// <summary>Reads four bytes, little-endian.</summary>
    public bool TryReadUInt32(out uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        bool read = TryReadBytes(bytes);
        value = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return read;
    }

    /// <summary>Reads eight bytes, little-endian.</summary>
    public bool TryReadUInt64(out ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        bool read = TryReadBytes(bytes);
        value = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return read;
    }

    /// <summary>Reads two bytes, little-endian, signed.</summary>
    public bool TryReadInt16(out short value)
    {
        bool read = TryReadUInt16(out ushort bits);
        value = (short)bits;
        return read;
    }

    /// <summary>Reads four bytes, little-endian, signed.</summary>
    public bool TryReadInt32(out int value)
    {
        bool read = TryReadUInt32(out uint bits);
        value = (int)bits;
        return read;
    }

    /// <summary>Reads eight bytes, little-endian, signed.</summary>
    public bool TryReadInt64(out long value)
    {
        bool read = TryReadUInt64(out ulong bits);
        value = (long)bits;
        return read;
    }

    /// <summary>Fills <paramref name="destination"/>; when too few bytes remain, clears it and does not move.</summary>
    public bool TryReadBytes(scoped Span<byte> destination)
    {
        if (destination.Length > Remaining)
        {
            destination.Clear();
            return false;
        }

        while (!destination.IsEmpty)
        {
            ReadOnlySpan<byte> part = Take(destination.Length);
            part.CopyTo(destination);
            destination = destination[part.Length..];
        }

        return true;
    }

    /// <summary>Passes over <paramref name="count"/> bytes; when fewer remain, or the count is negative, does not move.</summary>
    public bool TrySkip(long count)
    {
        if (count < 0 || count > Remaining)
            return false;
        while (count > 0)
            count -= Take((int)Math.Min(count, int.MaxValue)).Length;
        return true;
    }

    /// <summary>Takes 1 to <paramref name="max"/> bytes that lie together; the caller has checked that some remain.</summary>
    private ReadOnlySpan<byte> Take(int max)
    {
        if (_current.IsEmpty)
        {
            Invariant.That(_list is not null);
            _current = _list.SegmentSpan(_nextSegment++);
        }

        ReadOnlySpan<byte> part = _current[..Math.Min(max, _current.Length)];
        _current = _current[part.Length..];
        _position += part.Length;
        return part;
    }
}
