using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Buffers;

/// <summary>
/// A zero-initialised array of structs in unmanaged memory: metadata that the garbage collector must not walk. From 2 MiB up it
/// lies on huge pages, at once or once <see cref="UseHugePages"/> is called. Indexing is bounds checked, in Release too.
/// <see cref="Grow"/> and <see cref="Dispose"/> move or free the memory: references and pointers taken before are dead. Not
/// thread-safe against those two.
/// </summary>
/// <typeparam name="T">Element type; holds no managed references.</typeparam>
public sealed unsafe class UnmanagedArray<T> : IDisposable
    where T : unmanaged
{
    private const nuint Alignment = 64;

    /// <summary>From here on memory of a sparse array is mapped, so that what is never used is never cleared.</summary>
    private const nuint SparseBytesMin = 128 << 10;

    private T* _items;
    private int _length;

    /// <summary>Bytes of the mapping; 0 where the memory is the heap's.</summary>
    private nuint _mappedBytes;

    /// <summary>Sparse, and nobody has asked for huge pages yet.</summary>
    private bool _isSparse;

    /// <summary>Allocates <paramref name="capacity"/> zeroed elements.</summary>
    /// <param name="capacity">Number of elements, at least 0.</param>
    /// <param name="isSparse">It is filled in order and perhaps never far: takes memory as it is used, in small pages until
    /// <see cref="UseHugePages"/> is called.</param>
    /// <exception cref="InsufficientMemoryException">The system has no room.</exception>
    public UnmanagedArray(int capacity, bool isSparse = false)
    {
        Invariant.That(capacity >= 0);
        _items = Allocate(capacity, isSparse, out _mappedBytes);
        _length = capacity;
        _isSparse = isSparse;
    }

    /// <summary>Frees the memory of an array that nobody disposed.</summary>
    ~UnmanagedArray() => Free();

    /// <summary>Number of elements; 0 after <see cref="Dispose"/>.</summary>
    public int Length => _length;

    /// <summary>Bytes of unmanaged memory held by the elements.</summary>
    public long Bytes => (long)_length * sizeof(T);

    /// <summary>The first element; 64-byte aligned, valid until <see cref="Grow"/> or <see cref="Dispose"/>.</summary>
    public T* Pointer => _items;

    /// <summary>The elements as a span, under the same lifetime as <see cref="Pointer"/>.</summary>
    public Span<T> Span => new(_items, _length);

    /// <summary>The element at <paramref name="index"/>; an index outside the array is an invariant failure.</summary>
    public ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((uint)index >= (uint)_length)
                FailIndex(index, _length);
            return ref _items[(uint)index];
        }
    }

    /// <summary>Goes over to huge pages, where the array is large enough for them and does not lie on them yet; nothing moves.
    /// </summary>
    public void UseHugePages()
    {
        if (!_isSparse)
            return;
        _isSparse = false;
        if (_mappedBytes > 0)
            SlabMemory.UseHugePages((byte*)_items, _mappedBytes);
    }

    /// <summary>Extends the array to <paramref name="newCapacity"/> elements; old ones are kept, new ones are zero.</summary>
    /// <exception cref="InsufficientMemoryException">The system has no room; the array is unchanged.</exception>
    public void Grow(int newCapacity)
    {
        Invariant.That(newCapacity >= _length);
        T* items = Allocate(newCapacity, _isSparse, out nuint mappedBytes);
        new ReadOnlySpan<T>(_items, _length).CopyTo(new Span<T>(items, newCapacity));
        Free();
        _items = items;
        _length = newCapacity;
        _mappedBytes = mappedBytes;
    }

    /// <summary>Frees the memory; every later index is outside the array.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private static T* Allocate(int capacity, bool isSparse, out nuint mappedBytes)
    {
        nuint bytes = ByteCount(capacity);
        mappedBytes = bytes >= (isSparse ? SparseBytesMin : HugePage.Bytes) ? HugePage.RoundUp(bytes) : 0;
        if (mappedBytes > 0)
            return (T*)SlabMemory.Map(mappedBytes, hugePages: !isSparse, touch: 0);
        void* items = NativeMemory.AlignedAlloc(bytes, Alignment);
        NativeMemory.Clear(items, bytes);
        return (T*)items;
    }

    private static nuint ByteCount(int capacity) => nuint.Max((nuint)capacity * (nuint)sizeof(T), Alignment);

    private static void FailIndex(int index, int length) => Invariant.Fail($"index {index} outside an array of {length}");

    private void Free()
    {
        T* items = _items;
        if (items == null)
            return;
        nuint mappedBytes = _mappedBytes;
        _items = null;
        _length = 0;
        if (mappedBytes > 0)
            SlabMemory.Unmap((byte*)items, mappedBytes);
        else
            NativeMemory.AlignedFree(items);
    }
}
