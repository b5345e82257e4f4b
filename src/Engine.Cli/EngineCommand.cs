using System.CommandLine;
using System.CommandLine.Parsing;
using Engine.Buffers;
using Engine.Cli.Commands;
using Engine.Devices;
using Engine.Load;
using Engine.Stores;
using Engine.Volumes;

namespace Engine.Cli;

/// <summary>The command <c>engine</c>: parses, dispatches, and turns every failure into one line and an exit code.</summary>
internal static class EngineCommand
{
    /// <summary>Runs a command line.</summary>
    public static ExitCode Run(IReadOnlyList<string> args, CliConsole console, CancellationToken cancellation)
    {
        ParseResult parsed = Create(console, cancellation).Parse(args);
        if (UnknownWord(parsed) is string unknown)
        {
            console.Error.WriteLine($"engine: unknown {unknown} (see {PathOf(parsed)} --help)");
            return ExitCode.Usage;
        }

        if (parsed.Errors.Count > 0 && parsed.Action is not HelpExamples.ActionWithExamples)
        {
            console.Error.WriteLine($"engine: {MessageOf(parsed)} (see {PathOf(parsed)} --help)");
            return ExitCode.Usage;
        }

        try
        {
            var configuration = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                Output = console.Out,
                Error = console.Error,
                ProcessTerminationTimeout = null,
            };
            return (ExitCode)parsed.Invoke(configuration);
        }
        catch (Exception error) when (Classify(error) is ExitCode)
        {
            console.EndProgress();
            console.Error.WriteLine($"engine: {MessageOf(error)}");
            return Classify(error)!.Value;
        }
    }

    private static RootCommand Create(CliConsole console, CancellationToken cancellation)
    {
        var root = new RootCommand("Engine: cached volumes on block devices and files, and a journalled namespace.")
        {
            VolumeCommands.Create(console),
            DeviceCommands.Create(console),
            BenchCommand.Create(console, cancellation),
            ReplayCommand.Create(console, cancellation),
            TraceCommands.Create(console, cancellation),
            VerifyCommand.Create(console, cancellation),
            FsCommands.Create(console, cancellation),
            DemoCommands.Create(console, cancellation),
        };
        HelpExamples.Install(root);
        return root;
    }

    private static ExitCode? Classify(Exception error) => error switch
    {
        CliException cli => cli.ExitCode,
        JobFileException or TraceException => ExitCode.Usage,
        OperationCanceledException => ExitCode.Failure,
        VolumeException or InvariantException => ExitCode.Failure,
        DeviceException or StoreException or IOException or UnauthorizedAccessException => ExitCode.Environment,
        _ => null,
    };

    // A mistyped option would otherwise be taken for the argument that its command expects, or for one too many.
    private static string? UnknownWord(ParseResult parsed)
    {
        foreach (Token token in parsed.Tokens)
            if (token.Type == TokenType.Argument && token.Value.StartsWith("--", StringComparison.Ordinal))
                return $"option '{token.Value}'";
        return parsed.UnmatchedTokens.Count > 0 ? $"argument '{parsed.UnmatchedTokens[0]}'" : null;
    }

    // The parser's own words speak of types and of "required commands".
    private static string MessageOf(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (command.Subcommands.Count > 0 && parsed.Tokens.All(token => token.Type == TokenType.Command))
            return $"a command is missing: {string.Join(", ", command.Subcommands.Select(sub => sub.Name))}";
        ParseError error = parsed.Errors[0];
        if (error.SymbolResult is OptionResult { Tokens: [Token value], Option: { } option } && IsNumber(option.ValueType))
            return $"{option.Name} '{value.Value}': allowed: a number";
        return error.Message.ReplaceLineEndings(" ");
    }

    private static bool IsNumber(Type type) => type == typeof(int) || type == typeof(ulong) || type == typeof(double);

    private static string MessageOf(Exception error) => error switch
    {
        OperationCanceledException => "interrupted",
        InvariantException => $"a bug in Engine: {error.Message.ReplaceLineEndings(" ")}",
        FileNotFoundException missing => $"cannot read {missing.FileName}: it does not exist",
        DirectoryNotFoundException => $"{error.Message} Make the directory first.",
        UnauthorizedAccessException => $"{error.Message} Name a file that you may use.",
        _ => error.Message.ReplaceLineEndings(" "),
    };

    private static string PathOf(ParseResult parsed)
    {
        string path = string.Empty;
        for (SymbolResult? result = parsed.CommandResult; result is CommandResult command; result = result.Parent)
            path = command.Parent is null ? "engine" + path : " " + command.Command.Name + path;
        return path;
    }
}
