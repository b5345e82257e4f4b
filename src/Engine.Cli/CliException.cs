namespace Engine.Cli;

/// <summary>Ends a command with one line on standard error and an exit code.</summary>
internal class CliException : Exception
{
    public CliException(ExitCode exitCode, string message)
        : base(message) => ExitCode = exitCode;

    public ExitCode ExitCode { get; }
}
