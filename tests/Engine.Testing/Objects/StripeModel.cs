using Engine.Objects;

namespace Engine.Testing.Objects;

/// <summary>The striping formula of the specification, byte by byte: slow, obviously right, for comparison.</summary>
public static class StripeModel
{
    /// <summary>Object and offset in it of one byte of the file.</summary>
    public static (long ObjectNumber, long Offset) Locate(in FileLayout layout, long position)
    {
        long unit = layout.StripeCount == 1 ? layout.ObjectSize : layout.StripeUnit;
        long unitsPerObject = layout.ObjectSize / unit;
        long block = position / unit;
        long stripe = block / layout.StripeCount;
        long set = stripe / unitsPerObject;
        return ((set * layout.StripeCount) + (block % layout.StripeCount), (stripe % unitsPerObject * unit) + (position % unit));
    }

    /// <summary>The size an object keeps when only the first <paramref name="fileSize"/> bytes of the file exist.</summary>
    public static long SizeOf(in FileLayout layout, long objectNumber, long fileSize)
    {
        long size = 0;
        for (long position = 0; position < fileSize; position++)
        {
            (long number, long offset) = Locate(layout, position);
            if (number == objectNumber)
                size = Math.Max(size, offset + 1);
        }

        return size;
    }
}
