using System.Globalization;

namespace Engine.Bench.Data;

/// <summary>
/// Processor time, the same way for everyone: all threads of a process (io-wq workers are among them) and all kernel workers,
/// which do a loop device's work and more. In nanoseconds, from schedstat.
/// </summary>
internal static class CpuMeter
{
    /// <summary>Time of each thread of process <paramref name="id"/>.</summary>
    public static Dictionary<string, long> ReadProcess(int id) =>
        Directory.EnumerateDirectories($"/proc/{id}/task").ToDictionary(static thread => thread, ReadThread);

    /// <summary>Time of each kernel worker.</summary>
    public static Dictionary<string, long> ReadWorkers()
    {
        Dictionary<string, long> workers = [];
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (char.IsAsciiDigit(process["/proc/".Length]) && IsWorker(process))
                workers[process] = ReadThread(process);
        }

        return workers;
    }

    /// <summary>What the workers had between two readings; one that came between counts whole, one that left not at
    /// all.</summary>
    public static long Between(Dictionary<string, long> before, Dictionary<string, long> after) =>
        after.Sum(thread => Math.Max(0, thread.Value - before.GetValueOrDefault(thread.Key)));

    private static bool IsWorker(string process) =>
        ReadLine(process + "/comm").StartsWith("kworker", StringComparison.Ordinal);

    private static long ReadThread(string folder)
    {
        string first = ReadLine(folder + "/schedstat").Split(' ')[0];
        return long.TryParse(first, CultureInfo.InvariantCulture, out long nanoseconds) ? nanoseconds : 0;
    }

    /// <summary>Empty where the thread ended meanwhile.</summary>
    private static string ReadLine(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
