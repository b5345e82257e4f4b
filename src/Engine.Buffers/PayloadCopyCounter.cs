namespace Engine.Buffers;

/// <summary>
/// Counts payload bytes that the engine copied from memory to memory, to prove where it does not. One padded cell a core, so that
/// counting is not itself a bottleneck. Thread-safe; <see cref="Total"/> is exact once the counted copies have returned.
/// </summary>
public sealed class PayloadCopyCounter
{
    private const int CellLongs = 16;

    private readonly long[] _cells;
    private readonly int _mask;

    /// <summary>Creates a counter at zero.</summary>
    public PayloadCopyCounter()
    {
        int cells = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount);
        _mask = cells - 1;
        _cells = new long[(cells + 1) * CellLongs];
    }

    /// <summary>Bytes copied since construction.</summary>
    public long Total
    {
        get
        {
            long total = 0;
            for (int cell = 0; cell <= _mask; cell++)
                total += Volatile.Read(ref Cell(cell));
            return total;
        }
    }

    /// <summary>Notes a copy of <paramref name="bytes"/> bytes.</summary>
    public void Add(long bytes) => Interlocked.Add(ref Cell(Thread.GetCurrentProcessorId() & _mask), bytes);

    private ref long Cell(int cell) => ref _cells[(cell + 1) * CellLongs];
}
