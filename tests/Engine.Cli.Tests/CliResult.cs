namespace Engine.Cli.Tests;

/// <summary>What a run of the command left.</summary>
public sealed record CliResult(int Exit, string Output, string Error);
