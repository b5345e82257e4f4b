using System.Numerics;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Volumes;

/// <summary>
/// Where a byte of the image lies: striping for one address, by shift and mask where the layout allows it. Example: objects of
/// 4 MiB, one after another: byte 5 MiB is byte 1 MiB of object 1, and 3 MiB run on in that object.
/// </summary>
internal readonly struct ImageMap
{
    private readonly FileLayout _layout;

    public ImageMap(FileLayout layout)
    {
        Invariant.That(layout.IsValid);
        _layout = layout;
        bool plain = layout.StripeCount == 1 && BitOperations.IsPow2(layout.ObjectSize);
        Shift = plain ? BitOperations.Log2((uint)layout.ObjectSize) : -1;
    }

    /// <summary>log2 of the object size where objects follow one another and their size is a power of two; else -1.</summary>
    public int Shift { get; }

    /// <summary>The object and the offset in it of byte <paramref name="offset"/> of the image, and how many bytes from there
    /// on are contiguous both in the image and in the object.</summary>
    public void Locate(long offset, out long objectNumber, out long objectOffset, out long run)
    {
        if (Shift >= 0)
        {
            objectNumber = offset >> Shift;
            objectOffset = offset & (_layout.ObjectSize - 1L);
            run = _layout.ObjectSize - objectOffset;
            return;
        }

        if (_layout.StripeCount == 1)
        {
            objectNumber = Math.DivRem(offset, _layout.ObjectSize, out objectOffset);
            run = _layout.ObjectSize - objectOffset;
            return;
        }

        long unit = Math.DivRem(offset, _layout.StripeUnit, out long inUnit);
        long stripe = Math.DivRem(unit, _layout.StripeCount, out long column);
        long set = Math.DivRem(stripe, _layout.ObjectSize / _layout.StripeUnit, out long row);
        objectNumber = (set * _layout.StripeCount) + column;
        objectOffset = (row * _layout.StripeUnit) + inUnit;
        run = _layout.StripeUnit - inUnit;
    }
}
