using Engine.Buffers;

namespace Engine.Cache;

/// <summary>Records addressed by 32-bit index from 1 on, allocated and freed in constant time, growing by doubling. Freed
/// records are cleared.</summary>
internal sealed class Slab<T> : IDisposable
    where T : unmanaged
{
    private readonly UnmanagedArray<T> _items;
    private readonly UnmanagedArray<int> _free;
    private int _freeCount;
    private int _used = 1;

    public Slab(int capacity)
    {
        _items = new UnmanagedArray<T>(Math.Max(2, capacity + 1));
        _free = new UnmanagedArray<int>(Math.Max(2, capacity + 1));
    }

    /// <summary>Records in use.</summary>
    public int Count => _used - 1 - _freeCount;

    public long Bytes => _items.Bytes + _free.Bytes;

    /// <summary>One more than the largest index ever used.</summary>
    public int End => _used;

    public ref T this[int index] => ref _items[index];

    /// <summary>References obtained before this call may be invalid after it.</summary>
    public int Allocate()
    {
        if (_freeCount > 0)
            return _free[--_freeCount];
        if (_used == _items.Length)
        {
            _items.Grow(_items.Length * 2);
            _free.Grow(_free.Length * 2);
        }
        return _used++;
    }

    public void Free(int index)
    {
        Invariant.That(index > 0 && index < _used && _freeCount < _used - 1);
        _items[index] = default;
        _free[_freeCount++] = index;
    }

    public void Dispose()
    {
        _items.Dispose();
        _free.Dispose();
    }
}
