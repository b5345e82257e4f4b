using System.Runtime.CompilerServices;

namespace Engine.Testing;

/// <summary>
/// Says that a test could not run here, and why: a line "SKIPPED test: reason" on standard output, to the test's own output, and
/// appended to the file named by the environment variable ENGINE_SKIP_LOG, where the build counts them. The test returns after
/// it.
/// </summary>
public static class TestSkip
{
    private static readonly Lock s_lock = new();

    /// <summary>Records the skip of the calling test.</summary>
    /// <param name="reason">What is missing on this machine, in one line.</param>
    /// <param name="output">The test's output, for example <c>ITestOutputHelper.WriteLine</c>.</param>
    /// <param name="test">The test; the calling method unless given.</param>
    /// <param name="file">Set by the compiler.</param>
    public static void Because(
        string reason,
        Action<string>? output = null,
        [CallerMemberName] string test = "",
        [CallerFilePath] string file = "")
    {
        string line = $"SKIPPED {Path.GetFileNameWithoutExtension(file)}.{test}: {reason}";
        Console.WriteLine(line);
        output?.Invoke(line);
        string? log = Environment.GetEnvironmentVariable("ENGINE_SKIP_LOG");
        if (string.IsNullOrEmpty(log))
            return;

        // Several test processes append to one file: each line is written at once, by a handle opened for appending.
        lock (s_lock)
            File.AppendAllText(log, line + "\n");
    }
}
