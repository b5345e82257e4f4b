// The command line as a whole: parse, refuse what is wrong with it in one line, run the command, and turn whatever comes out
// of it into an exit code and one line. Ownership: one call of Run. Invariant: no exception leaves Run; what nobody foresaw is
// named as an internal error.
using System.CommandLine;
using System.CommandLine.Parsing;
using Engine.Buffers;
using Engine.Cli.Clusters;
using Engine.Cli.Commands;
using Engine.Devices;
using Engine.Load;
using Engine.Stores;
using Engine.Volumes;

namespace Engine.Cli;

/// <summary>The command <c>engine</c>: parses, dispatches, and turns every failure into one line and an exit code.</summary>
internal static class EngineCommand
{
    // The value of an extended attribute: the only argument that may be empty.
    private const string FreeText = "VALUE";

    // ENOSPC, as .NET hands it on.
    private const int NoSpace = 28;

    private static readonly string?[] s_pathHelpNames = ["PATH", "FILE", "DIR", "FILENAME"];

    /// <summary>When set to 1, a failure that is Engine's own fault shows its trace too.</summary>
    private const string TraceVariable = "ENGINE_TRACE_ERRORS";

    /// <summary>Runs a command line. Whatever happens ends as an exit code, a failure with one line besides.</summary>
    public static ExitCode Run(IReadOnlyList<string> args, CliConsole console, CancellationToken cancellation)
    {
        console.Cancellation = cancellation;
        try
        {
            ExitCode exit = ParseAndInvoke(args, console, cancellation);
            if (console.OutLost is not { } why)
                return exit;
            console.EndProgress();
            string rest = exit == ExitCode.Ok ? ", what it was to do is done" : string.Empty;
            console.Error.WriteLine(
                $"engine: standard output cannot be written: {why}; what the command was to show is lost{rest}");
            return exit == ExitCode.Ok ? ExitCode.Environment : exit;
        }
        catch (Exception error)
        {
            if (error is OperationCanceledException)
            {
                console.SayEnd();
                return ExitCode.Interrupted;
            }

            console.EndProgress();
            console.Error.WriteLine($"engine: {MessageOf(error)}");
            if (Classify(error) is ExitCode known)
                return known;
            if (Environment.GetEnvironmentVariable(TraceVariable) == "1")
                console.Error.WriteLine(error.ToString());
            return ExitCode.Failure;
        }
    }

    private static ExitCode ParseAndInvoke(IReadOnlyList<string> args, CliConsole console, CancellationToken cancellation)
    {
        // A value may begin with @ without being the name of a file to read arguments from.
        var words = new ParserConfiguration { ResponseFileTokenReplacer = null };
        IReadOnlyList<string> rewritten = ClusterFsSession.Rewrite(args);
        ParseResult parsed = Create(console, cancellation).Parse(rewritten, words);
        if (UsageProblem(parsed, rewritten) is string problem)
        {
            console.Error.WriteLine($"engine: {problem} (see {PathOf(parsed)} --help)");
            return ExitCode.Usage;
        }

        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            Output = console.Out,
            Error = console.Error,
            ProcessTerminationTimeout = null,
        };
        return (ExitCode)parsed.Invoke(configuration);
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
            MapCommands.Create(console, cancellation),
            RankCommands.Create(console, cancellation),
            MigrationCommands.Create(console),
            DemoCommands.Create(console, cancellation),
        };
        HelpExamples.Install(root);
        return root;
    }

    private static ExitCode? Classify(Exception error) => error switch
    {
        CliException cli => cli.ExitCode,
        JobFileException or TraceException => ExitCode.Usage,
        VolumeException or InvariantException => ExitCode.Failure,
        DeviceException or StoreException or IOException or UnauthorizedAccessException => ExitCode.Environment,
        _ => null,
    };

    private static string? UsageProblem(ParseResult parsed, IReadOnlyList<string> words)
    {
        // Bytes that are not UTF-8 reach a process as replacement characters: what they were is not known here.
        if (words.FirstOrDefault(static word => word.Contains('\uFFFD', StringComparison.Ordinal)) is string broken)
            return $"argument '{broken}': not UTF-8; name files in UTF-8, and give a value's bytes as 0x and hexadecimal digits";
        if (ShortOptions.FirstUnknown(parsed, words) is string option)
            return $"unknown option '{option}'; what begins with - but is none comes behind --";
        if (UnknownWord(parsed) is string unknown)
            return $"unknown {unknown}";
        if (parsed.Action is HelpExamples.ActionWithExamples)
            return null;
        return parsed.Errors.Count > 0 ? MessageOf(parsed) : EmptyPath(parsed);
    }

    // An empty path, as an unset variable of a script leaves it, is no path to the system calls below either.
    private static string? EmptyPath(ParseResult parsed)
    {
        foreach (SymbolResult child in parsed.CommandResult.Children)
        {
            (string? name, bool isPath) = child switch
            {
                ArgumentResult { Argument: { } argument } => (argument.Name, argument.Name != FreeText),
                OptionResult { Option: { } option } => (option.Name, s_pathHelpNames.Contains(option.HelpName)),
                _ => (null, false),
            };
            if (isPath && child.Tokens.Any(token => token.Value.Length == 0))
                return IsInNamespace(parsed, name) ? $"{name}: a path is empty; the root is /" : $"{name} is empty: name a path";
        }

        return null;
    }

    private static bool IsInNamespace(ParseResult parsed, string? name) =>
        name is "PATH" or "FROM" or "TO"
            && PathOf(parsed).StartsWith("engine fs ", StringComparison.Ordinal);

    // A mistyped option would otherwise be taken for the argument that its command expects, or for one too many.
    private static string? UnknownWord(ParseResult parsed)
    {
        foreach (Token token in parsed.Tokens.TakeWhile(static token => token.Type != TokenType.DoubleDash))
        {
            if (token.Type == TokenType.Argument && token.Value.StartsWith("--", StringComparison.Ordinal))
                return $"option '{token.Value}'";
        }

        return parsed.UnmatchedTokens.Count > 0 ? $"argument '{parsed.UnmatchedTokens[0]}'" : null;
    }

    // The parser's own words speak of types and of "required commands".
    private static string MessageOf(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (command.Subcommands.Count > 0 && parsed.Tokens.All(token => token.Type == TokenType.Command))
        {
            IEnumerable<string> offered = command.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name);
            return $"a command is missing: {string.Join(", ", offered)}";
        }

        string[] missingOptions = [.. parsed.Errors.Select(static each => each.SymbolResult).OfType<OptionResult>()
            .Where(static each => each is { Tokens.Count: 0, Option.Required: true }).Select(static each => each.Option.Name)];
        if (missingOptions.Length > 1)
            return $"{string.Join(", ", missingOptions)}: their values are missing";
        ParseError error = parsed.Errors[0];
        if (error.SymbolResult is OptionResult { Tokens.Count: 0, Option: { Arity.MinimumNumberOfValues: > 0 } bare })
            return $"{bare.Name}: its value is missing";
        if (error.SymbolResult is OptionResult { Tokens: [Token value], Option: { } option } && IsNumber(option.ValueType))
        {
            // What an option itself has to say names what is allowed; the parser's own words do not.
            string allowed = option.ValueType == typeof(ulong) ? $"a whole number from 0 to {ulong.MaxValue}"
                : option.ValueType == typeof(int) ? $"a whole number up to {int.MaxValue}" : "a number";
            return error.Message.StartsWith(option.Name, StringComparison.Ordinal) ? error.Message
                : $"{option.Name} '{value.Value}': allowed: {allowed}";
        }

        return error.SymbolResult is ArgumentResult { Tokens.Count: 0, Argument: { Arity.MinimumNumberOfValues: > 0 } missing }
            ? $"{command.Name}: {missing.Name} is missing" : error.Message.ReplaceLineEndings(" ");
    }

    private static bool IsNumber(Type type) => type == typeof(int) || type == typeof(ulong) || type == typeof(double);

    private static string MessageOf(Exception error) => error switch
    {
        InvariantException => $"a bug in Engine: {error.Message.ReplaceLineEndings(" ")}",
        _ when Classify(error) is null => $"internal error: {error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}; "
            + $"please report it with the command line and what {TraceVariable}=1 shows",
        FileNotFoundException missing => $"cannot read {missing.FileName}: it does not exist",
        DirectoryNotFoundException => $"cannot use {PathIn(error)}: its directory does not exist; make it first",
        UnauthorizedAccessException => $"cannot use {PathIn(error)}: permission denied; name a file that you may use",
        IOException { HResult: NoSpace } => $"cannot write {PathIn(error)}: no space is left (ENOSPC); free some there, or name "
            + "a place on another file system",
        _ => error.Message.ReplaceLineEndings(" "),
    };

    // The path stands in quotes in these messages, and nowhere else in these exceptions.
    private static string PathIn(Exception error)
    {
        string text = error.Message;
        int first = text.IndexOf('\'', StringComparison.Ordinal);
        int last = text.LastIndexOf('\'');
        return last > first ? text[(first + 1)..last] : "the path";
    }

    private static string PathOf(ParseResult parsed)
    {
        string path = string.Empty;
        for (SymbolResult? result = parsed.CommandResult; result is CommandResult command; result = result.Parent)
            path = command.Parent is null ? "engine" + path : " " + command.Command.Name + path;
        return path;
    }
}
