using Engine.Buffers;

namespace Engine.Cluster;

/// <summary>What is left of a list of memory ranges after a transfer in part.</summary>
internal static class VectorSpan
{
    /// <summary>Cuts <paramref name="bytes"/> off the ranges from <paramref name="at"/> on; gives the first that is left.
    /// </summary>
    public static int Advance(Span<IoVector> vectors, int at, long bytes)
    {
        while (at < vectors.Length && bytes >= (long)vectors[at].Length)
            bytes -= (long)vectors[at++].Length;
        if (bytes > 0)
            vectors[at] = new IoVector(vectors[at].Address + (nint)bytes, vectors[at].Length - (nuint)bytes);
        return at;
    }
}
