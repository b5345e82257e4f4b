using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>Walks an event's parts. Total: any bytes give parts that lie inside them, or an end with <see cref="Problem"/>
/// set.</summary>
internal ref struct EventReader
{
    private readonly ReadOnlySpan<byte> _bytes;
    private int _next;

    public EventReader(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        if (!MemoryMarshal.TryRead(bytes, out EventHeader header))
            Problem = "shorter than its header";
        else if (header.Magic != EventHeader.MagicValue)
            Problem = "not an event";
        else if (header.Version > EventHeader.VersionValue)
            Problem = $"of version {header.Version}: a newer Engine wrote it; this one reads up to {EventHeader.VersionValue}";
        else if (header.Version < EventHeader.VersionMin)
            Problem = $"of version {header.Version}, not {EventHeader.VersionMin} to {EventHeader.VersionValue}";
        else if (header.Kind is < EventKind.SubtreeMap or > EventKind.Export || header.Seq <= 0)
            Problem = "of no known kind or number";
        Header = header;
        _next = EventHeader.Bytes;
    }

    /// <summary>What is wrong with the event; null while nothing is.</summary>
    public string? Problem { get; private set; }

    public EventHeader Header { get; }

    /// <summary>The part under the cursor.</summary>
    public EventPart Part { get; private set; }

    /// <summary>Its bytes.</summary>
    public ReadOnlySpan<byte> Body { get; private set; }

    /// <summary>Where the part lies in the event, for reports.</summary>
    public int Offset { get; private set; }

    /// <summary>Steps to the next part; false at the end, or where the bytes make none.</summary>
    public bool Read()
    {
        if (Problem is not null || _next == _bytes.Length)
            return false;
        ReadOnlySpan<byte> rest = _bytes[_next..];
        if (!MemoryMarshal.TryRead(rest, out EventPart part) || part.Length < 0 || part.Length > rest.Length - EventPart.Bytes
            || part.Stride > rest.Length)
        {
            Problem = $"broken at byte {_next}";
            return false;
        }

        Offset = _next;
        Part = part;
        Body = rest.Slice(EventPart.Bytes, part.Length);
        _next += part.Stride;
        return true;
    }

    /// <summary>The struct at the part's start, and the bytes behind it; marks the event as broken where it is too
    /// short.</summary>
    public bool TryTake<T>(out T value, out ReadOnlySpan<byte> tail)
        where T : unmanaged
    {
        tail = default;
        if (!MemoryMarshal.TryRead(Body, out value))
        {
            Problem = $"part {Part.Tag} at byte {Offset} is too short";
            return false;
        }

        tail = Body[System.Runtime.CompilerServices.Unsafe.SizeOf<T>()..];
        return true;
    }
}
