using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Engine.Cli.Namespaces;
using Engine.Cli.Sessions;
using Engine.Metadata;
using Engine.Stores;

namespace Engine.Cli.Commands;

/// <summary><c>engine fs import|check|dump</c>: whole trees, and what lies in the store.</summary>
internal static class FsStoreCommands
{
    public static Command CreateImport(CliConsole console, CancellationToken cancellation)
    {
        Argument<string> dir = FsCommands.DirArgument();
        var source = new Argument<string>("SOURCE") { Description = "Directory of this machine whose metadata to load" };
        var to = new Option<string>("--to")
        {
            Description = "Directory of the namespace to load it into, made where missing (default /)",
            DefaultValueFactory = _ => "/",
        };
        var command = new Command(
            "import", "Load a real tree's metadata: types, modes, owners, sizes, times, names, links, user attributes.")
            { dir, source, to };
        command.SetAction(parsed =>
        {
            bool isComplete = false;
            string summary = string.Empty;
            FsCommands.Run(parsed.GetRequiredValue(dir), session =>
            {
                var run = new ImportRun(session.Client, console.ShowProgress, cancellation);
                run.Run(parsed.GetRequiredValue(source), FsPath.Parse(parsed.GetRequiredValue(to)));
                summary = run.Summary();
                console.EndProgress();
                foreach (string note in run.Notes)
                    console.Note("engine: import: " + note);
                isComplete = run.IsComplete;
            });
            console.Out.WriteLine(summary);
            return (int)(isComplete ? ExitCode.Ok : ExitCode.Failure);
        });
        return command;
    }

    public static Command CreateCheck(CliConsole console)
    {
        Argument<string> dir = FsCommands.DirArgument();
        var command = new Command(
            "check", "Verify a namespace that is not in use, without writing: journal, directories, links, sums.") { dir };
        command.SetAction(parsed => (int)Check(console, parsed.GetRequiredValue(dir)));
        return command;
    }

    public static Command CreateDump(CliConsole console, CancellationToken cancellation)
    {
        Argument<string> dir = FsCommands.DirArgument();
        Argument<string> path = FsCommands.PathOrRoot();
        var isJournal = new Option<bool>("--journal") { Description = "The journal's events instead, as they are in the store" };
        var command = new Command("dump", "Write a subtree, a line for each name, or the journal, as text.")
            { dir, path, isJournal };
        command.SetAction(parsed =>
        {
            string directory = parsed.GetRequiredValue(dir);
            if (parsed.GetValue(isJournal))
                return (int)DumpJournal(console, directory);
            return FsCommands.Run(directory, session =>
                new FsListing(session.Client, console.Out, cancellation).Dump(FsPath.Parse(parsed.GetRequiredValue(path))));
        });
        return command;
    }

    private static ExitCode DumpJournal(CliConsole console, string directory)
    {
        FsSession.Expect(directory);
        using LogView journal = FsJournal.View(directory, FsSession.IdentityOf(directory));
        bool isWhole = true;
        while (isWhole && journal.TryRead(out long position, out ReadOnlySpan<byte> payload))
            isWhole = JournalText.Write(payload, position, console.Out);
        if (journal.Check.Problem == StoreProblem.None)
            return isWhole ? ExitCode.Ok : ExitCode.Failure;
        console.Note("engine: journal: " + journal.Check.Message);
        return ExitCode.Failure;
    }

    private static ExitCode Check(CliConsole console, string directory)
    {
        FsSession.Expect(directory, needsJournal: false);
        long started = Stopwatch.GetTimestamp();
        using LogView? journal =
            FsJournal.Exists(directory) ? FsJournal.View(directory, FsSession.IdentityOf(directory)) : null;
        using FileStore objects = FileStore.Open(FsSession.ObjectsOf(directory), new FileStoreOptions { IsReadOnly = true });
        using var check = new NamespaceCheck(objects, FsSession.CacheBytes)
        {
            Progress = directories => console.ShowProgress(
                $"check: {directories} directories", Stopwatch.GetElapsedTime(started).TotalSeconds),
        };
        bool isWhole = journal?.Check.Problem == StoreProblem.None;
        if (!isWhole)
        {
            console.Out.WriteLine($"journal: {journal?.Check.Message ?? "it is missing"}");
            console.Out.WriteLine("lost with the journal: what was changed and not yet written to the store; "
                + "not lost: the directories below that are whole");
        }

        while (isWhole && journal!.TryRead(out long position, out ReadOnlySpan<byte> payload))
            isWhole = check.TryReplay(payload, position);
        if (isWhole)
            check.Run();
        else
            check.CheckObjects();
        console.EndProgress();
        foreach (string problem in check.Problems)
            console.Out.WriteLine(problem);
        if (check.ProblemCount > check.Problems.Count)
            console.Out.WriteLine($"and {check.ProblemCount - check.Problems.Count} more");
        bool isClean = isWhole && check.ProblemCount == 0;
        string found = isWhole
            ? $"{check.Inodes} inodes, {check.Directories} directories, {check.Names} names, {check.Events} events"
            : $"{check.Directories} directories with {check.Names} names are whole";
        string verdict = isClean ? "clean" : isWhole ? $"{check.ProblemCount} problems"
            : journal is null ? "the journal is lost" : "the journal is damaged";
        string nameless = check.Nameless > 0 ? $", {check.Nameless} without a name" : string.Empty;
        console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{directory}: {found}{nameless}: {verdict} ({Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s)"));
        return isClean ? ExitCode.Ok : ExitCode.Failure;
    }
}
