using System.Diagnostics;

namespace Engine.Bench.Data;

/// <summary>
/// Lets contenders take turns in short slices, so that whatever else the machine does meets all of them alike. A slice is a
/// few batches of 1000 operations; a batch is one sample.
/// </summary>
internal static class Interleaver
{
    public const int BatchOperations = 1000;
    private const int SliceBatches = 10;

    /// <summary>Long enough for the just-in-time compiler to have its last word about every contender.</summary>
    private static readonly TimeSpan s_warmUp = TimeSpan.FromMilliseconds(600);

    /// <summary>Measures; the results come in the order of the contenders.</summary>
    public static Measurement[] Run(IReadOnlyList<Contender> contenders, int rounds)
    {
        Measurement[] results = [.. contenders.Select(contender => new Measurement(contender.Name))];
        for (int turn = 0; turn < 2; turn++)
        {
            foreach (Contender contender in contenders)
                WarmUp(contender);
        }

        var batches = new double[SliceBatches];
        for (int round = 0; round < rounds; round++)
        {
            // Everyone comes after everyone else once: what the one before left in the processor's caches is nobody's lot.
            for (int i = 0; i < contenders.Count; i++)
            {
                int index = (round % 2 == 0) ? i : contenders.Count - 1 - i;
                contenders[index].Run(BatchOperations);
                long allocated = GC.GetAllocatedBytesForCurrentThread();
                Slice(contenders[index], batches);
                allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
                results[index].Add(batches, SliceBatches * BatchOperations, allocated);
            }
        }

        return results;
    }

    private static void WarmUp(Contender contender)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < s_warmUp)
            contender.Run(BatchOperations);
    }

    private static void Slice(Contender contender, double[] batches)
    {
        for (int batch = 0; batch < batches.Length; batch++)
        {
            long start = Stopwatch.GetTimestamp();
            contender.Run(BatchOperations);
            batches[batch] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / BatchOperations;
        }
    }
}
