using Engine.Load;

namespace Engine.Bench.Data;

/// <summary>The reads and writes of a recorded trace, widened to whole blocks of 4 KiB.</summary>
internal sealed class BlockTrace
{
    private const int BlockShift = 12;

    private BlockTrace(BlockRequest[] requests)
    {
        Requests = requests;
        Accesses = [.. requests.SelectMany(request => request.Blocks)];
        Footprint = Accesses.Distinct().Count();
    }

    /// <summary>In their order.</summary>
    public BlockRequest[] Requests { get; }

    /// <summary>The blocks that they touch, one after another.</summary>
    public long[] Accesses { get; }

    /// <summary>Blocks that are touched at all.</summary>
    public int Footprint { get; }

    /// <summary>Bytes that a store needs for them.</summary>
    public long EndBytes => (Accesses.Max() + 1) << BlockShift;

    public static BlockTrace Load(string path) => new(
        [.. Trace.Load(path).Records.Where(IsTransfer).Select(record => new BlockRequest(
            record.Offset >> BlockShift,
            (int)(((record.End - 1) >> BlockShift) - (record.Offset >> BlockShift)) + 1,
            record.Operation == TraceOperation.Write))]);

    private static bool IsTransfer(TraceRecord record) => record.Operation is TraceOperation.Read or TraceOperation.Write;
}
