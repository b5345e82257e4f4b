using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Objects;

/// <summary>
/// The object extents of one request and the buffer fragments that they correspond to; reusable, so that a steady stream of
/// requests allocates nothing. Extents and fragments are added in order: <see cref="Add"/> starts an extent, <see
/// cref="AddFragment"/> extends the last.
/// </summary>
public sealed partial class ExtentList
{
    private readonly List<ObjectExtent> _extents = [];
    private readonly List<BufferExtent> _fragments = [];

    /// <summary>The extents.</summary>
    public ReadOnlySpan<ObjectExtent> Extents => CollectionsMarshal.AsSpan(_extents);

    /// <summary>All fragments; an extent names its own by index and count.</summary>
    public ReadOnlySpan<BufferExtent> Fragments => CollectionsMarshal.AsSpan(_fragments);

    /// <summary>Sum of the extents' lengths, in bytes.</summary>
    public long TotalLength { get; private set; }

    /// <summary>The fragments of one extent.</summary>
    public ReadOnlySpan<BufferExtent> FragmentsOf(in ObjectExtent extent) =>
        Fragments.Slice(extent.FirstFragment, extent.FragmentCount);

    /// <summary>Empties the list for reuse.</summary>
    public void Clear()
    {
        _extents.Clear();
        _fragments.Clear();
        TotalLength = 0;
    }

    /// <summary>Becomes a copy of another list.</summary>
    public void CopyFrom(ExtentList other)
    {
        Clear();
        _extents.AddRange(other.Extents);
        _fragments.AddRange(other.Fragments);
        TotalLength = other.TotalLength;
    }

    /// <summary>Adds an extent that corresponds to one buffer fragment of the same length.</summary>
    public void Add(long objectNumber, long offset, int length, int bufferOffset)
    {
        _extents.Add(new ObjectExtent(objectNumber, offset, length, _fragments.Count, 1));
        _fragments.Add(new BufferExtent(bufferOffset, length));
        TotalLength += length;
    }

    /// <summary>Lengthens the last extent by a further buffer fragment.</summary>
    public void AddFragment(int bufferOffset, int length)
    {
        Invariant.That(_extents.Count > 0);
        ref ObjectExtent last = ref CollectionsMarshal.AsSpan(_extents)[^1];
        last = last with { Length = last.Length + length, FragmentCount = last.FragmentCount + 1 };
        _fragments.Add(new BufferExtent(bufferOffset, length));
        TotalLength += length;
    }

    /// <summary>Adds an extent as given by a caller, to be validated before use.</summary>
    public void AddRaw(long objectNumber, long offset, int length, ReadOnlySpan<BufferExtent> fragments)
    {
        _extents.Add(new ObjectExtent(objectNumber, offset, length, _fragments.Count, fragments.Length));
        foreach (BufferExtent fragment in fragments)
            _fragments.Add(fragment);
        TotalLength += length;
    }
}
