using System.Globalization;

namespace Engine.Bench.Migration;

/// <summary>Processor time of the calling thread, which other work of the machine does not lengthen as it does the
/// clock's.</summary>
internal static class ThreadCpu
{
    /// <summary>Nanoseconds on a processor so far, from the kernel's schedstat; 0 where that is not kept.</summary>
    public static long Nanoseconds()
    {
        const string path = "/proc/thread-self/schedstat";
        if (!File.Exists(path))
            return 0;
        string first = File.ReadAllText(path).Split(' ')[0];
        return long.Parse(first, CultureInfo.InvariantCulture);
    }
}
