using System.ComponentModel;
using System.Diagnostics;

namespace Engine.Testing.SystemSupport;

/// <summary>A finished run of a command of the machine.</summary>
/// <param name="ExitCode">Its exit code; 127 when there is no such command.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Errors">Standard error.</param>
public sealed record ToolRun(int ExitCode, string Output, string Errors)
{
    private const int NoSuchCommand = 127;

    /// <summary>True for exit code 0.</summary>
    public bool Succeeded => ExitCode == 0;

    /// <summary>Both outputs.</summary>
    public string All => Output + Errors;

    /// <summary>Runs a command to its end, at most <paramref name="timeoutMs"/>, after which it is killed and the call throws.
    /// </summary>
    public static ToolRun Of(string command, IEnumerable<string> arguments, int timeoutMs = 120_000)
    {
        using Process? process = TryStart(command, arguments);
        if (process is null)
            return new ToolRun(NoSuchCommand, string.Empty, $"{command}: no such command");
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(timeoutMs))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{command} {string.Join(' ', arguments)}: not done after {timeoutMs} ms");
        }

        process.WaitForExit();
        return new ToolRun(process.ExitCode, output.Result, errors.Result);
    }

    /// <summary>Runs a command that has to succeed; returns its standard output without the last line end.</summary>
    public static string Must(string command, params string[] arguments)
    {
        ToolRun run = Of(command, arguments);
        return run.Succeeded
            ? run.Output.TrimEnd('\n')
            : throw new InvalidOperationException(
                $"{command} {string.Join(' ', arguments)}: exit code {run.ExitCode}: {run.All}");
    }

    /// <summary>Is there such a command on the search path?</summary>
    public static bool Exists(string command) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':')
            .Concat(["/usr/sbin", "/sbin"]).Any(folder => File.Exists(Path.Combine(folder, command)));

    /// <summary>Starts a command with its outputs piped; null when there is no such command.</summary>
    public static Process? TryStart(string command, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        try
        {
            Process process = Process.Start(start)!;
            process.StandardInput.Close();
            return process;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
