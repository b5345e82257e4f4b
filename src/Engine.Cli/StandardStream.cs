using System.Globalization;

namespace Engine.Cli;

/// <summary>The descriptors that a process begins with. Where several of them are closed, the runtime's own pipe has taken their
/// numbers: what is written there is read by nobody, and a writer waits for ever once the pipe is full.</summary>
internal static class StandardStream
{
    private const string Descriptors = "/proc/self/fd";
    private const string PipePrefix = "pipe:";

    // The access mode in an open file's flags, which /proc shows in octal; 0 is for reading.
    private const int AccessMask = 3;

    /// <summary>Is it the caller's, as far as can be told?</summary>
    public static bool IsOpen(int descriptor)
    {
        string? pipe = TargetOf(descriptor);
        if (pipe?.StartsWith(PipePrefix, StringComparison.Ordinal) != true)
            return true;

        // Nobody reads from the pipe that it writes its own results to.
        return !Directory.EnumerateFileSystemEntries(Descriptors)
            .Select(static path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))
            .Any(each => TargetOf(each) == pipe && IsForReading(each));
    }

    private static string? TargetOf(int descriptor)
    {
        try
        {
            return new FileInfo(Invariant(Descriptors, descriptor)).LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static bool IsForReading(int descriptor)
    {
        try
        {
            string line = File.ReadLines(Invariant("/proc/self/fdinfo", descriptor))
                .First(static each => each.StartsWith("flags:", StringComparison.Ordinal));
            return (Convert.ToInt32(line["flags:".Length..].Trim(), 8) & AccessMask) == 0;
        }
        catch (IOException)
        {
            // It was closed meanwhile.
            return false;
        }
    }

    private static string Invariant(string folder, int descriptor) =>
        string.Create(CultureInfo.InvariantCulture, $"{folder}/{descriptor}");
}
