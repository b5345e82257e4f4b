using System.CommandLine;
using Engine.Cli.Clusters;
using Engine.Cli.Namespaces;
using Engine.Cli.Sessions;
using Engine.Metadata;
using Engine.Stores;

namespace Engine.Cli.Commands;

/// <summary><c>engine fs import|dump</c>: whole trees, and what lies in the store.</summary>
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
        var skips = new Option<bool>("--skip-existing")
        {
            Description = "Take files and links that are there already as loaded, whatever they are, and directories as made, "
                + "whose modes, owners and times are set again, to go on with an import that was ended",
        };
        var command = new Command(
            "import", "Load a real tree's metadata: types, modes, owners, sizes, times, names, links, user attributes. Left out, "
                + "and said so, is what cannot be read, and names that are not UTF-8, with all below them.")
            { dir, source, to, skips };
        command.SetAction(parsed =>
        {
            ImportRun? over = null;
            try
            {
                FsCommands.Run(console, parsed.GetRequiredValue(dir), session =>
                {
                    var run = new ImportRun(session.Client, parsed.GetValue(skips), console.ShowProgress, cancellation);
                    Load(console, session, run, parsed.GetRequiredValue(source), parsed.GetRequiredValue(to));
                    over = run;
                });
            }
            finally
            {
                // It may be over where what follows it is not.
                if (over is not null)
                    console.Out.WriteLine(over.Summary());
            }

            return (int)(over!.IsComplete ? ExitCode.Ok : ExitCode.Failure);
        });
        return command;
    }

    private static void Load(CliConsole console, IFsSession session, ImportRun run, string source, string to)
    {
        try
        {
            run.Run(source, FsPath.Parse(to));
        }
        catch (OperationCanceledException)
        {
            session.Client.WaitForAll(TimeSpan.FromSeconds(1));
            console.Note($"engine: import: ended early; {run.Summary()}; go on with --skip-existing");
            throw;
        }
        catch (NoRoomException full)
        {
            session.Client.WaitForAll(TimeSpan.FromSeconds(1));
            throw new CliException(full.ExitCode, $"{full.Message}; {run.Summary()}; go on with --skip-existing");
        }

        run.End();
        console.EndProgress();
        foreach (string note in run.Notes)
            console.Note("engine: import: " + note);
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
            bool isOfCluster = directory.StartsWith(ClusterFsSession.Prefix, StringComparison.Ordinal);
            if (parsed.GetValue(isJournal) && !isOfCluster && parsed.GetResult(path) is { Implicit: false })
                throw new CliException(
                    ExitCode.Usage, $"dump: --journal shows all of it; leave {parsed.GetRequiredValue(path)} out");
            if (parsed.GetValue(isJournal))
                return (int)DumpJournal(console, directory);
            return FsCommands.RunToRead(console, directory, session =>
                new FsListing(session.Client, console.Out, cancellation).Dump(FsPath.Parse(parsed.GetRequiredValue(path))));
        });
        return command;
    }

    private static ExitCode DumpJournal(CliConsole console, string directory)
    {
        if (directory.StartsWith(ClusterFsSession.Prefix, StringComparison.Ordinal))
            throw new CliException(
                ExitCode.Usage, "dump: --journal shows the journal of a directory, and each rank of a cluster has its own; "
                    + "leave --journal or --map out");
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
}
