using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Objects;

public sealed partial class ExtentList
{
    private static readonly Comparison<BufferExtent> s_byBufferOffset =
        static (left, right) => left.Offset.CompareTo(right.Offset);

    private static readonly Comparison<ObjectExtent> s_byObjectOffset = static (left, right) =>
        left.ObjectNumber != right.ObjectNumber
            ? left.ObjectNumber.CompareTo(right.ObjectNumber)
            : left.Offset.CompareTo(right.Offset);

    // Kept between calls, so that a check of many extents allocates only until they have grown.
    private readonly List<BufferExtent> _sortedFragments = [];
    private readonly List<ObjectExtent> _sortedExtents = [];

    /// <summary>
    /// Checks what a caller gave against the rules of the specification (object cache, 1.3): lengths positive, an extent's
    /// fragments ascending, apart and adding up to it, extents apart in their objects, and all fragments together covering the
    /// buffer 0~<paramref name="bufferLength"/> without hole or overlap.
    /// </summary>
    /// <returns>None, or EINVAL for any violation; the list is not changed.</returns>
    public IoError Validate(int bufferLength)
    {
        // The total is compared first: what passes it fits an int, so later sums cannot run over.
        if (bufferLength < 0 || TotalLength != bufferLength)
            return IoError.Invalid;
        foreach (ref readonly ObjectExtent extent in Extents)
        {
            if (!IsWellFormed(extent))
                return IoError.Invalid;
        }

        return CoversBuffer(bufferLength) && AreApartInObjects() ? IoError.None : IoError.Invalid;
    }

    private bool IsWellFormed(in ObjectExtent extent)
    {
        if (extent.ObjectNumber < 0 || extent.Length <= 0 || extent.Offset < 0 || extent.Offset > long.MaxValue - extent.Length)
            return false;
        long end = 0;
        long sum = 0;
        foreach (BufferExtent fragment in FragmentsOf(extent))
        {
            if (fragment.Length <= 0 || fragment.Offset < end)
                return false;
            end = (long)fragment.Offset + fragment.Length;
            sum += fragment.Length;
        }

        return sum == extent.Length;
    }

    /// <summary>Sorted by offset, each fragment must begin where the one before ended.</summary>
    private bool CoversBuffer(int bufferLength)
    {
        ReadOnlySpan<BufferExtent> fragments = Fragments;
        if (_extents.Count > 1)
        {
            _sortedFragments.Clear();
            _sortedFragments.AddRange(fragments);
            Span<BufferExtent> sorted = CollectionsMarshal.AsSpan(_sortedFragments);
            sorted.Sort(s_byBufferOffset);
            fragments = sorted;
        }

        long end = 0;
        foreach (BufferExtent fragment in fragments)
        {
            if (fragment.Offset != end)
                return false;
            end += fragment.Length;
        }

        return end == bufferLength;
    }

    private bool AreApartInObjects()
    {
        if (_extents.Count < 2)
            return true;
        _sortedExtents.Clear();
        _sortedExtents.AddRange(Extents);
        Span<ObjectExtent> sorted = CollectionsMarshal.AsSpan(_sortedExtents);
        sorted.Sort(s_byObjectOffset);
        for (int index = 1; index < sorted.Length; index++)
        {
            ref readonly ObjectExtent before = ref sorted[index - 1];
            if (sorted[index].ObjectNumber == before.ObjectNumber && sorted[index].Offset < before.Offset + before.Length)
                return false;
        }

        return true;
    }
}
