using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Structures in unmanaged memory, named by index from 1; 0 names none.</summary>
internal sealed class SlotPool<T> : IDisposable
    where T : unmanaged
{
    private const int FirstCapacity = 16;

    private readonly UnmanagedArray<T> _slots = new(FirstCapacity);
    private readonly Stack<int> _free = [];
    private int _used = 1;

    /// <summary>Slots in use.</summary>
    public int Count => _used - 1 - _free.Count;

    /// <summary>A slot; the reference is valid until one is added.</summary>
    public ref T this[int index] => ref _slots[index];

    /// <summary>Takes a cleared slot.</summary>
    public int Add()
    {
        if (!_free.TryPop(out int index))
        {
            if (_used == _slots.Length)
                _slots.Grow(2 * _slots.Length);
            index = _used++;
        }

        _slots[index] = default;
        return index;
    }

    /// <summary>Gives a slot back.</summary>
    public void Remove(int index) => _free.Push(index);

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();
}
