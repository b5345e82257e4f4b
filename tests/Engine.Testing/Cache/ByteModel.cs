using Engine.Buffers;

namespace Engine.Testing.Cache;

/// <summary>
/// Bytes of numbered objects, as a store or a program would see them: what was never written is zero. Pages are kept only where
/// something was written, so offsets may be far apart.
/// </summary>
public sealed class ByteModel
{
    private const int PageBytes = 64 << 10;

    private readonly Dictionary<(long ObjectNumber, long Page), byte[]> _pages = [];

    /// <summary>Replaces bytes.</summary>
    public void Write(long objectNumber, long offset, ReadOnlySpan<byte> bytes)
    {
        Invariant.That(offset >= 0);
        while (!bytes.IsEmpty)
        {
            Span<byte> page = Page(objectNumber, offset)[(int)(offset % PageBytes)..];
            int count = Math.Min(page.Length, bytes.Length);
            bytes[..count].CopyTo(page);
            bytes = bytes[count..];
            offset += count;
        }
    }

    /// <summary>Fills a range with one byte value.</summary>
    public void Fill(long objectNumber, long offset, long length, byte value)
    {
        while (length > 0)
        {
            Span<byte> page = Page(objectNumber, offset)[(int)(offset % PageBytes)..];
            int count = (int)Math.Min(page.Length, length);
            page[..count].Fill(value);
            length -= count;
            offset += count;
        }
    }

    /// <summary>Reads a range.</summary>
    public void Read(long objectNumber, long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int within = (int)(offset % PageBytes);
            int count = Math.Min(PageBytes - within, destination.Length);
            if (_pages.TryGetValue((objectNumber, offset / PageBytes), out byte[]? page))
                page.AsSpan(within, count).CopyTo(destination);
            else
                destination[..count].Clear();
            destination = destination[count..];
            offset += count;
        }
    }

    /// <summary>Reads a range into a new array.</summary>
    public byte[] Read(long objectNumber, long offset, int length)
    {
        byte[] bytes = new byte[length];
        Read(objectNumber, offset, bytes);
        return bytes;
    }

    /// <summary>Replaces the whole content by another's.</summary>
    public void CopyFrom(ByteModel other)
    {
        _pages.Clear();
        foreach (((long, long) key, byte[] page) in other._pages)
            _pages[key] = (byte[])page.Clone();
    }

    /// <summary>Position and values of the first difference, null when the range is equal.</summary>
    public string? FirstDifference(ByteModel other, long objectNumber, int length)
    {
        byte[] mine = Read(objectNumber, 0, length);
        byte[] theirs = other.Read(objectNumber, 0, length);
        int at = mine.AsSpan().CommonPrefixLength(theirs);
        return at == length ? null : $"object {objectNumber} offset {at}: {mine[at]:x2}, not {theirs[at]:x2}";
    }

    private Span<byte> Page(long objectNumber, long offset)
    {
        (long, long) key = (objectNumber, offset / PageBytes);
        if (!_pages.TryGetValue(key, out byte[]? page))
        {
            page = new byte[PageBytes];
            _pages.Add(key, page);
        }

        return page;
    }
}
