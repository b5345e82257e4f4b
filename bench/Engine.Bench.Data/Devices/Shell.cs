using System.Diagnostics;

namespace Engine.Bench.Data;

/// <summary>Runs the system's commands.</summary>
internal static class Shell
{
    private static readonly string[] s_more = ["/usr/sbin", "/sbin", "/usr/local/bin"];

    /// <summary>Full path of a command, also of those that only root has in its path; null when it is not there.</summary>
    public static string? Find(string command)
    {
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), .. s_more];
        return folders.Select(folder => Path.Combine(folder, command)).FirstOrDefault(File.Exists);
    }

    /// <summary>Starts a command with its output to be read.</summary>
    public static Process Start(
        string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return Process.Start(start) ?? throw new IOException($"{file} did not start");
    }

    /// <summary>Runs a command to its end; its output, trimmed.</summary>
    /// <exception cref="IOException">It failed.</exception>
    public static string Run(string file, params string[] arguments)
    {
        using Process process = Start(file, arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new IOException($"{file} {string.Join(' ', arguments)} failed: {errors.GetAwaiter().GetResult().Trim()}");
        return output.Trim();
    }
}
