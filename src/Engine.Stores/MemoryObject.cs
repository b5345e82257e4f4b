using Engine.Buffers;

namespace Engine.Stores;

/// <summary>The content of one object: pages that are taken at the first write; a page that is not there is zeros.</summary>
internal sealed class MemoryObject : IDisposable
{
    public const int PageBytes = 64 << 10;

    private readonly List<UnmanagedArray<byte>?> _pages = [];

    public long Size { get; private set; }

    /// <summary>Pages that a write of the range would have to take.</summary>
    public int PagesMissing(long offset, long length)
    {
        int missing = 0;
        long last = (offset + length - 1) / PageBytes;
        for (long index = offset / PageBytes; index <= last; index++)
        {
            if (index >= _pages.Count || _pages[(int)index] is null)
                missing++;
        }

        return missing;
    }

    public void Read(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int inPage = (int)(offset % PageBytes);
            Span<byte> part = destination[..Math.Min(destination.Length, PageBytes - inPage)];
            int index = (int)(offset / PageBytes);
            if (index < _pages.Count && _pages[index] is { } page)
                page.Span.Slice(inPage, part.Length).CopyTo(part);
            else
                part.Clear();
            destination = destination[part.Length..];
            offset += part.Length;
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        Size = Math.Max(Size, offset + source.Length);
        while (!source.IsEmpty)
        {
            int inPage = (int)(offset % PageBytes);
            ReadOnlySpan<byte> part = source[..Math.Min(source.Length, PageBytes - inPage)];
            part.CopyTo(Page((int)(offset / PageBytes)).Span[inPage..]);
            source = source[part.Length..];
            offset += part.Length;
        }
    }

    /// <summary>Zeroes the part of the range that the object has; whole pages are given back. Returns how many.</summary>
    public int Zero(long offset, long length)
    {
        int freed = 0;
        long end = Math.Min(offset + length, (long)_pages.Count * PageBytes);
        while (offset < end)
        {
            int inPage = (int)(offset % PageBytes);
            int part = (int)Math.Min(end - offset, PageBytes - inPage);
            int index = (int)(offset / PageBytes);
            if (_pages[index] is { } page)
            {
                if (part == PageBytes)
                {
                    page.Dispose();
                    _pages[index] = null;
                    freed++;
                }
                else
                {
                    page.Span.Slice(inPage, part).Clear();
                }
            }

            offset += part;
        }

        return freed;
    }

    /// <summary>Cuts or extends; what is cut reads as zeros if the object grows again. Returns the pages given back.</summary>
    public int Truncate(long size)
    {
        int freed = size < Size ? Zero(size, Size - size) : 0;
        Size = size;
        return freed;
    }

    /// <summary>Gives all pages back.</summary>
    public void Dispose()
    {
        foreach (UnmanagedArray<byte>? page in _pages)
            page?.Dispose();
        _pages.Clear();
        Size = 0;
    }

    public int PageCount => _pages.Count(static page => page is not null);

    private UnmanagedArray<byte> Page(int index)
    {
        while (_pages.Count <= index)
            _pages.Add(null);
        return _pages[index] ??= new UnmanagedArray<byte>(PageBytes);
    }
}
