using System.Diagnostics;
using Engine.Bench.Data;

namespace Engine.Bench.Migration;

/// <summary>Lets contenders take turns in short slices, so that whatever else the machine does meets all of them alike. One
/// directory is one sample.</summary>
internal static class Turns
{
    private const int SliceDirectories = 10;

    /// <summary>Long enough for the just-in-time compiler to have its last word about every contender.</summary>
    private static readonly TimeSpan s_warmUp = TimeSpan.FromMilliseconds(600);

    /// <summary>Measures; the results come in the order of the contenders.</summary>
    public static Measurement[] Take(IReadOnlyList<DirectoryContender> contenders, int rounds)
    {
        Measurement[] results = [.. contenders.Select(contender => new Measurement(contender.Name))];
        var times = new double[SliceDirectories];
        for (int turn = 0; turn < 2; turn++)
        {
            foreach (DirectoryContender contender in contenders)
            {
                long start = Stopwatch.GetTimestamp();
                while (Stopwatch.GetElapsedTime(start) < s_warmUp)
                    Slice(contender, times);
            }
        }

        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < contenders.Count; i++)
            {
                int index = (round % 2 == 0) ? i : contenders.Count - 1 - i;
                Slice(contenders[index], times);
                long allocated = Slice(contenders[index], times);
                results[index].Add(times, SliceDirectories * SampleDirectory.Entries, allocated);
            }
        }

        return results;
    }

    /// <summary>Fills in ns for each inode; gives the managed bytes allocated.</summary>
    private static long Slice(DirectoryContender contender, double[] times)
    {
        long allocated = 0;
        for (int i = 0; i < times.Length; i++)
        {
            contender.Prepare();
            long before = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            contender.Run();
            times[i] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / SampleDirectory.Entries;
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            contender.Clean();
        }

        return allocated;
    }
}
