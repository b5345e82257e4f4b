using System.Diagnostics.CodeAnalysis;
using Engine.Objects;

namespace Engine.Cache;

/// <summary>Cuts a request that is more than the cache takes at once into consecutive parts, of at most a window each.</summary>
internal sealed class ExtentWindows
{
    private readonly ExtentList _whole = new();
    private readonly ExtentList _part = new();
    private readonly int _window;
    private int _extent;
    private int _fragment;
    private int _done;
    private long _offset;

    public ExtentWindows(ExtentList extents, int window)
    {
        _whole.CopyFrom(extents);
        _window = window;
    }

    /// <summary>The next part; its fragments keep their places in the whole buffer. Valid until the next call.</summary>
    public bool TryNext([NotNullWhen(true)] out ExtentList? part)
    {
        part = _part;
        _part.Clear();
        int room = _window;
        while (room > 0 && _extent < _whole.Extents.Length)
        {
            ObjectExtent extent = _whole.Extents[_extent];
            BufferExtent fragment = _whole.FragmentsOf(extent)[_fragment];
            int take = Math.Min(room, fragment.Length - _done);
            _part.Add(extent.ObjectNumber, extent.Offset + _offset, take, fragment.Offset + _done);
            room -= take;
            _done += take;
            _offset += take;
            if (_done == fragment.Length)
                NextFragment(extent);
        }
        return _part.TotalLength > 0;
    }

    private void NextFragment(in ObjectExtent extent)
    {
        _done = 0;
        if (++_fragment < extent.FragmentCount)
            return;
        _fragment = 0;
        _offset = 0;
        _extent++;
    }
}
