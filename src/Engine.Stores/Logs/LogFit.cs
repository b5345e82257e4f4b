using Engine.Buffers;

namespace Engine.Stores;

/// <summary>Which part of a payload can be written from where it is: a run of segments that are whole, aligned blocks. What
/// stands before and behind it is copied.</summary>
/// <param name="FirstSegment">First segment of the run.</param>
/// <param name="SegmentCount">Segments of the run; 0 when all is copied.</param>
/// <param name="Head">Bytes before the run.</param>
/// <param name="Run">Bytes of the run, whole units; the last segment may go on behind it.</param>
/// <param name="Length">Bytes in all.</param>
internal readonly record struct LogFit(int FirstSegment, int SegmentCount, int Head, int Run, int Length)
{
    /// <summary>A shorter run is copied: its gap and its vectors cost more.</summary>
    private const int RunBytesMin = 8192;

    /// <summary>Bytes behind the run.</summary>
    public int Rest => Length - Head - Run;

    public static unsafe LogFit Of(BufferList payload, int unit, int memoryAlignment)
    {
        int length = (int)payload.Length;
        int head = 0;
        int index = 0;
        while (index < payload.SegmentCount && !IsAligned(payload, index, unit, memoryAlignment, out _))
            head += payload[index++].Length;
        int first = index;
        int run = 0;
        while (index < payload.SegmentCount && IsAligned(payload, index, unit, memoryAlignment, out int whole))
        {
            run += whole;
            index++;
            if (whole < payload[index - 1].Length)
                break;
        }

        return run < RunBytesMin ? new LogFit(0, 0, length, 0, length) : new LogFit(first, index - first, head, run, length);
    }

    /// <summary>Bytes between the header of a record at <paramref name="position"/> and its payload, so that the run falls on
    /// units.</summary>
    public int GapAt(long position, int unit)
    {
        if (Run == 0)
            return 0;
        long end = position + LogRecord.HeaderBytes + Head;
        return (int)(((end + unit - 1) / unit * unit) - end);
    }

    private static bool IsAligned(BufferList payload, int index, int unit, int memoryAlignment, out int whole)
    {
        BufferSegment segment = payload[index];
        whole = segment.Length - (segment.Length % unit);
        // Blocks are aligned to their size, so that the offset in the block says how the address is aligned.
        int alignment = Math.Max(memoryAlignment, 1);
        return whole > 0 && payload.Pool.BlockBytes % alignment == 0 && segment.Offset % alignment == 0;
    }
}
