using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Writes one event after another into blocks of the journal's pool: header, then parts.</summary>
/// <remarks>Room is made sure of before a change is made (<see cref="HasRoom"/>), so that writing itself cannot fail. The event
/// is put together in one run of bytes and copied into blocks once: a dozen parts of a few bytes each cost more
/// there.</remarks>
internal sealed class EventBuilder(BufferPool pool)
{
    private const int BytesAtFirst = 4096;

    private byte[] _bytes = new byte[BytesAtFirst];
    private int _length;

    /// <summary>The dirfrag that what is added next belongs to, and where its part begins; 0 for none that may be written
    /// anew.</summary>
    private DirFrag _dir;
    private int _dirAt;

    /// <summary>Bytes of the event so far.</summary>
    public long Length => _length;

    /// <summary>Those bytes; good until more are added.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Bytes that events may take while they are on their way to the log.</summary>
    public long BytesMax => (long)pool.BlockCount * pool.BlockBytes;

    /// <summary>Are there blocks for an event of so many bytes?</summary>
    public bool HasRoom(long bytes) => pool.BlockCount - pool.RentedCount > ((bytes + _length) / pool.BlockBytes) + 1;

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
        Append(BytesOf(in header));
        _dirAt = 0;
    }

    /// <summary>Adds a part of one run of bytes.</summary>
    public void Add(EventTag tag, ReadOnlySpan<byte> bytes, ushort flags = 0) => Add(tag, bytes, default, flags);

    /// <summary>Adds a part of two runs, one behind the other.</summary>
    public void Add(EventTag tag, ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, ushort flags = 0)
    {
        EventPart part = new() { Tag = tag, Flags = flags, Length = head.Length + tail.Length };
        Append(BytesOf(in part));
        Append(head);
        Append(tail);
        Room(part.Stride - EventPart.Bytes - part.Length).Clear();
    }

    /// <summary>Adds a page of a dirfrag, as it is stored.</summary>
    public void AddPage(in StagedPart of, ReadOnlySpan<byte> used, ReadOnlySpan<byte> directory)
    {
        EventPart part = new() { Tag = EventTag.StagedPage, Length = StagedPart.Bytes + used.Length + directory.Length };
        Append(BytesOf(in part));
        Append(BytesOf(in of));
        Append(used);
        Append(directory);
        Room(part.Stride - EventPart.Bytes - part.Length).Clear();
    }

    /// <summary>Adds a part that is a struct.</summary>
    public void Add<T>(EventTag tag, in T value, ReadOnlySpan<byte> tail = default, ushort flags = 0)
        where T : unmanaged =>
        Add(tag, BytesOf(in value), tail, flags);

    /// <summary>Adds a dirfrag and its record; what is added behind it belongs to the dirfrag. Where that is so already, the
    /// record takes the place of the one before.</summary>
    public void AddDir(DirFrag dir, ReadOnlySpan<byte> record, ushort flags)
    {
        int before = _length;
        DirPart part = new(dir);
        AddPacked(EventTag.Dir, BytesOf(in part), record, default, flags);
        int bytes = _length - before;
        if (flags == 0 && _dirAt > 0 && _dir == dir && IsAsLong(_dirAt, before))
        {
            int start = EventPart.Bytes + DirPart.Bytes;
            _bytes.AsSpan(before + start, bytes - start).CopyTo(_bytes.AsSpan(_dirAt + start));
            _length = before;
            return;
        }

        (_dir, _dirAt) = (dir, before);
    }

    /// <summary>What is added next does not belong to the dirfrag that was added last, or tells of its version.</summary>
    public void EndDir() => _dirAt = 0;

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
        BytesOf(in part).CopyTo(room);
        room[(EventPart.Bytes + length)..part.Stride].Clear();
        _length = start + part.Stride;
    }

    /// <summary>The event is not wanted any more.</summary>
    public void Drop() => _length = 0;

    /// <summary>The event, which is the caller's from now on.</summary>
    public BufferList Take()
    {
        Invariant.That(_length > 0);
        BufferList done = BufferList.Rent(pool);
        if (!done.TryAppendCopy(Bytes))
            Invariant.Fail("the journal's pool ran dry within an event");
        _length = 0;
        return done;
    }

    private static ReadOnlySpan<byte> BytesOf<T>(in T value)
        where T : unmanaged =>
        MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));

    private bool IsAsLong(int one, int other) =>
        MemoryMarshal.Read<EventPart>(_bytes.AsSpan(one)).Length == MemoryMarshal.Read<EventPart>(_bytes.AsSpan(other)).Length;

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
