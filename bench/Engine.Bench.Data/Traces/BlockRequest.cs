namespace Engine.Bench.Data;

/// <summary>A read or write of whole blocks.</summary>
/// <param name="First">Number of the first block.</param>
/// <param name="Count">Blocks.</param>
/// <param name="IsWrite">It writes them.</param>
internal readonly record struct BlockRequest(long First, int Count, bool IsWrite)
{
    /// <summary>Their numbers.</summary>
    public IEnumerable<long> Blocks
    {
        get
        {
            for (int i = 0; i < Count; i++)
                yield return First + i;
        }
    }
}
