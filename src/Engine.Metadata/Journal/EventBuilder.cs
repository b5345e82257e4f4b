using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Writes one event after another into blocks of the journal's pool: header, then parts. An event is begun, filled and
/// taken within one step of the rank.</summary>
/// <remarks>Room is made sure of before a change is made (<see cref="HasRoom"/>), so that writing itself cannot fail. The event
/// is put together in one run of bytes and copied into blocks once: a dozen parts of a few bytes each cost more
/// there.</remarks>
internal sealed class EventBuilder(BufferPool pool)
{
    private const int BytesAtFirst = 4096;

    private byte[] _bytes = new byte[BytesAtFirst];
    private int _length;

    /// <summary>Bytes of the event so far.</summary>
    public long Length => _length;

    /// <summary>Bytes that events may take while they are on their way to the log.</summary>
    public long BytesMax => (long)pool.BlockCount * pool.BlockBytes;

    /// <summary>Are there blocks for an event of so many bytes?</summary>
    public bool HasRoom(long bytes) => pool.BlockCount - pool.RentedCount > (bytes / pool.BlockBytes) + 1;

    public void Begin(EventKind kind, long seq, long timeMicros, ulong incarnation)
    {
        Invariant.That(_length == 0, "one event at a time");
        EventHeader header = new()
        {
            Magic = EventHeader.MagicValue,
            Kind = kind,
            Version = EventHeader.VersionValue,
            Seq = seq,
            TimeMicros = timeMicros,
            Incarnation = incarnation,
        };
        Append(Bytes(in header));
    }

    /// <summary>Adds a part of one run of bytes.</summary>
    public void Add(EventTag tag, ReadOnlySpan<byte> bytes, ushort flags = 0) => Add(tag, bytes, default, flags);

    /// <summary>Adds a part of two runs, one behind the other.</summary>
    public void Add(EventTag tag, ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, ushort flags = 0)
    {
        EventPart part = new() { Tag = tag, Flags = flags, Length = head.Length + tail.Length };
        Append(Bytes(in part));
        Append(head);
        Append(tail);
        Room(part.Stride - EventPart.Bytes - part.Length).Clear();
    }

    /// <summary>Adds a part that is a struct.</summary>
    public void Add<T>(EventTag tag, in T value, ReadOnlySpan<byte> tail = default, ushort flags = 0)
        where T : unmanaged =>
        Add(tag, Bytes(in value), tail, flags);

    /// <summary>Adds a part of a struct, a record without its words of zero, and bytes behind it.</summary>
    public void AddPacked(
        EventTag tag, ReadOnlySpan<byte> head, ReadOnlySpan<byte> record, ReadOnlySpan<byte> tail, ushort flags = 0)
    {
        int start = _length;
        Span<byte> room = Room(EventPart.Bytes + head.Length + sizeof(ulong) + record.Length + tail.Length + EventPart.Bytes);
        head.CopyTo(room[EventPart.Bytes..]);
        int length = head.Length + PackedRecord.Pack(record, room[(EventPart.Bytes + head.Length)..]);
        tail.CopyTo(room[(EventPart.Bytes + length)..]);
        length += tail.Length;
        EventPart part = new() { Tag = tag, Flags = flags, Length = length };
        Bytes(in part).CopyTo(room);
        room[(EventPart.Bytes + length)..part.Stride].Clear();
        _length = start + part.Stride;
    }

    /// <summary>The event, which is the caller's from now on.</summary>
    public BufferList Take()
    {
        Invariant.That(_length > 0);
        BufferList done = BufferList.Rent(pool);
        if (!done.TryAppendCopy(_bytes.AsSpan(0, _length)))
            Invariant.Fail("the journal's pool ran dry within an event");
        _length = 0;
        return done;
    }

    private static ReadOnlySpan<byte> Bytes<T>(in T value)
        where T : unmanaged =>
        MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));

    private void Append(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Room(bytes.Length));

    private Span<byte> Room(int length)
    {
        if (_length + length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_length + length, 2 * _bytes.Length));
        Span<byte> room = _bytes.AsSpan(_length, length);
        _length += length;
        return room;
    }
}
