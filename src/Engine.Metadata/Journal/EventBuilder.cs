using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Writes one event after another into blocks of the journal's pool: header, then parts. An event is begun, filled and
/// taken within one step of the rank.</summary>
/// <remarks>Room is made sure of before a change is made (<see cref="HasRoom"/>), so that writing itself cannot fail.</remarks>
internal sealed class EventBuilder(BufferPool pool) : IDisposable
{
    private static readonly byte[] s_filling = new byte[8];

    private BufferList? _event;

    /// <summary>Bytes of the event so far.</summary>
    public long Length => _event?.Length ?? 0;

    /// <summary>Are there blocks for an event of so many bytes?</summary>
    public bool HasRoom(int bytes) => pool.BlockCount - pool.RentedCount > (bytes / pool.BlockBytes) + 1;

    public void Begin(EventKind kind, long seq, long timeMicros, ulong incarnation)
    {
        Invariant.That(_event is null, "one event at a time");
        _event = BufferList.Rent(pool);
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
        Append(s_filling.AsSpan(0, part.Stride - EventPart.Bytes - part.Length));
    }

    /// <summary>Adds a part that is a struct.</summary>
    public void Add<T>(EventTag tag, in T value, ReadOnlySpan<byte> tail = default, ushort flags = 0)
        where T : unmanaged =>
        Add(tag, Bytes(in value), tail, flags);

    /// <summary>The event, which is the caller's from now on.</summary>
    public BufferList Take()
    {
        Invariant.That(_event is not null);
        BufferList done = _event;
        _event = null;
        return done;
    }

    public void Dispose() => _event?.Dispose();

    private static ReadOnlySpan<byte> Bytes<T>(in T value)
        where T : unmanaged =>
        MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));

    private void Append(ReadOnlySpan<byte> bytes)
    {
        Invariant.That(_event is not null);
        if (!_event.TryAppendCopy(bytes))
            Invariant.Fail("the journal's pool ran dry within an event");
    }
}
