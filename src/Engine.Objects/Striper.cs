// Where the bytes of a striped image lie (specification of the object cache, 1.3). Pure arithmetic: no state, no I/O, no
// allocation beyond what the caller's list grows by.
//
// A file is cut into blocks of one stripe unit (su). Blocks go round robin over the stripe count (sc) objects of a set; a set
// ends when its objects are full (os bytes each), and the next set begins:
//
//   block = p / su, stripe = block / sc, set = stripe / (os/su),
//   object = set*sc + block % sc, offset = stripe % (os/su) * su + p % su
//
// Example, su 1M, sc 2, os 2M: file bytes 0..1M are object 0, 1M..2M object 1, 2M..3M object 0 again, 3M..4M object 1, 4M..5M
// object 2.
//
// Invariant used throughout: the part of a contiguous file range that falls into one object is contiguous in that object, since
// each further stripe continues where the one before ended. So a range gives exactly one extent per object, and walking the
// objects in ascending order yields the output order of the specification without sorting.
using System.Globalization;
using Engine.Buffers;

namespace Engine.Objects;

/// <summary>Maps byte ranges of an image to object extents and back. All lengths and offsets are in bytes.</summary>
public static class Striper
{
    /// <summary>Hexadecimal digits of the object number in the name of a file's object.</summary>
    public const int FileNameDigits = 8;

    /// <summary>Hexadecimal digits of the object number in the name of an image's object.</summary>
    public const int ImageNameDigits = 16;

    /// <summary>
    /// Appends to <paramref name="into"/> the extents of the file range <paramref name="offset"/>~<paramref name="length"/>: one
    /// per object, objects ascending, with one buffer fragment per stripe unit touched. Buffer offset 0 is file offset
    /// <paramref name="offset"/>.
    /// </summary>
    public static void Map(in FileLayout layout, long offset, int length, ExtentList into)
    {
        Invariant.That(layout.IsValid);
        Invariant.That(offset >= 0 && length >= 0 && offset <= long.MaxValue - length);
        if (length == 0)
            return;
        if (layout.StripeCount == 1)
            MapConsecutive(layout.ObjectSize, offset, length, into);
        else
            MapStriped(layout, offset, length, into);
    }

    /// <summary>
    /// Appends to <paramref name="into"/> the file ranges that the bytes <paramref name="offset"/>~<paramref name="length"/> of
    /// an object hold, one per stripe unit touched, ascending.
    /// </summary>
    public static void InverseMap(in FileLayout layout, long objectNumber, long offset, long length, ICollection<FileRange> into)
    {
        Invariant.That(layout.IsValid);
        Invariant.That(objectNumber >= 0 && offset >= 0 && length >= 0 && offset <= layout.ObjectSize - length);
        long unit = EffectiveUnit(layout);
        while (length > 0)
        {
            long part = Math.Min(length, unit - (offset % unit));
            into.Add(new FileRange(FileOffset(layout, objectNumber, offset), part));
            offset += part;
            length -= part;
        }
    }

    /// <summary>The place in the file of a byte of an object.</summary>
    public static long FileOffset(in FileLayout layout, long objectNumber, long offset)
    {
        if (layout.StripeCount == 1)
            return (objectNumber * layout.ObjectSize) + offset;
        long unit = layout.StripeUnit;
        long set = objectNumber / layout.StripeCount;
        long stripe = (set * (layout.ObjectSize / unit)) + (offset / unit);
        long block = (stripe * layout.StripeCount) + (objectNumber % layout.StripeCount);
        return (block * unit) + (offset % unit);
    }

    /// <summary>The size that an object is cut to when its file is cut to <paramref name="fileTruncateSize"/> bytes. 0 and
    /// <c>ulong.MaxValue</c> mean "no truncation" and are passed through.</summary>
    public static ulong ObjectTruncateSize(in FileLayout layout, long objectNumber, ulong fileTruncateSize)
    {
        Invariant.That(layout.IsValid && objectNumber >= 0);
        if (fileTruncateSize is 0 or ulong.MaxValue)
            return fileTruncateSize;
        ulong unit = (ulong)EffectiveUnit(layout);
        ulong count = (ulong)layout.StripeCount;
        ulong unitsPerObject = (ulong)layout.ObjectSize / unit;
        ulong cutSet = fileTruncateSize / (ulong)layout.ObjectSize / count;
        ulong set = (ulong)objectNumber / count;
        if (set != cutSet)
            return set > cutSet ? 0 : (ulong)layout.ObjectSize;

        ulong cutBlock = fileTruncateSize / unit;
        ulong stripeStart = cutBlock / count % unitsPerObject * unit;
        ulong cutObject = (cutSet * count) + (cutBlock % count);
        if ((ulong)objectNumber == cutObject)
            return stripeStart + (fileTruncateSize % unit);
        return (ulong)objectNumber < cutObject ? stripeStart + unit : stripeStart;
    }

    /// <summary>The name of an object: prefix, a dot, and the number in at least <paramref name="digits"/> lower-case hexadecimal
    /// digits, so that names of one prefix sort as their numbers do.</summary>
    public static string ObjectName(string prefix, long objectNumber, int digits = FileNameDigits)
    {
        Invariant.That(objectNumber >= 0 && digits is FileNameDigits or ImageNameDigits);
        string format = digits == FileNameDigits ? "x8" : "x16";
        return string.Concat(prefix, ".", objectNumber.ToString(format, CultureInfo.InvariantCulture));
    }

    /// <summary>Without striping the unit is the object, whatever the layout says.</summary>
    private static int EffectiveUnit(in FileLayout layout) => layout.StripeCount == 1 ? layout.ObjectSize : layout.StripeUnit;

    private static void MapConsecutive(int objectSize, long offset, int length, ExtentList into)
    {
        long number = offset / objectSize;
        int inObject = (int)(offset - (number * objectSize));
        if (length <= objectSize - inObject)
        {
            into.Add(number, inObject, length, 0);
            return;
        }

        int done = 0;
        while (done < length)
        {
            int part = Math.Min(length - done, objectSize - inObject);
            into.Add(number++, inObject, part, done);
            done += part;
            inObject = 0;
        }
    }

    private static void MapStriped(in FileLayout layout, long offset, int length, ExtentList into)
    {
        long blocksPerSet = (long)(layout.ObjectSize / layout.StripeUnit) * layout.StripeCount;
        long firstBlock = offset / layout.StripeUnit;
        long lastBlock = (offset + length - 1) / layout.StripeUnit;
        var range = new FileRange(offset, length);
        for (long set = firstBlock / blocksPerSet; set <= lastBlock / blocksPerSet; set++)
        {
            long start = set * blocksPerSet;
            long first = Math.Max(firstBlock, start);
            long last = lastBlock - start < blocksPerSet ? lastBlock : start + blocksPerSet - 1;
            MapSet(layout, range, set, first, last, into);
        }
    }

    /// <summary>Adds the objects of one set that the blocks first..last touch; skips the untouched ones without visiting them,
    /// so the cost is that of the range and not of the stripe count.</summary>
    private static void MapSet(in FileLayout layout, FileRange range, long set, long first, long last, ExtentList into)
    {
        int count = layout.StripeCount;
        int firstPosition = (int)(first % count);
        int lastPosition = (int)(last % count);
        if (last - first >= count - 1)
        {
            for (int position = 0; position < count; position++)
                MapObject(layout, range, set, position, first, last, into);
        }
        else if (firstPosition <= lastPosition)
        {
            for (int position = firstPosition; position <= lastPosition; position++)
                MapObject(layout, range, set, position, first, last, into);
        }
        else
        {
            for (int position = 0; position <= lastPosition; position++)
                MapObject(layout, range, set, position, first, last, into);
            for (int position = firstPosition; position < count; position++)
                MapObject(layout, range, set, position, first, last, into);
        }
    }

    private static void MapObject(
        in FileLayout layout, FileRange range, long set, int position, long first, long last, ExtentList into)
    {
        int unit = layout.StripeUnit;
        int count = layout.StripeCount;
        long end = range.Offset + range.Length;
        long firstBlock = first + ((position - (first % count) + count) % count);
        Invariant.That(firstBlock <= last);
        // Counted, since block numbers at the end of the address space leave no room to step past the last.
        long further = (last - firstBlock) / count;
        for (long stripe = 0; stripe <= further; stripe++)
        {
            long block = firstBlock + (stripe * count);
            long start = Math.Max(range.Offset, block * unit);
            long inUnit = start - (block * unit);
            int part = (int)Math.Min(end - start, unit - inUnit);
            int bufferOffset = (int)(start - range.Offset);
            if (stripe > 0)
            {
                into.AddFragment(bufferOffset, part);
                continue;
            }

            long stripeInSet = (block / count) - (set * (layout.ObjectSize / unit));
            into.Add((set * count) + position, (stripeInSet * unit) + inUnit, part, bufferOffset);
        }
    }
}
