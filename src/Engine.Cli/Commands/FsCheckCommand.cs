using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Engine.Cli.Sessions;
using Engine.Metadata;
using Engine.Stores;

namespace Engine.Cli.Commands;

/// <summary><c>engine fs check</c>: what is wrong with a store, and the way on where its journal is damaged.</summary>
internal static class FsCheckCommand
{
    public static Command Create(CliConsole console)
    {
        Argument<string> dir = FsCommands.DirArgument();
        var cut = new Option<bool>("--cut")
        {
            Description = "Before that, cut a damaged journal at its damage for good; changes behind it are lost",
        };
        var command = new Command(
            "check", "Verify a namespace that is not in use, without writing: journal, directories, links, sums.") { dir, cut };
        command.SetAction(parsed =>
        {
            string directory = parsed.GetRequiredValue(dir);
            if (parsed.GetValue(cut))
                Cut(console, directory);
            return (int)Check(console, directory);
        });
        return command;
    }

    /// <summary>Is there something before the damage to be kept?</summary>
    private static bool CanCut(LogCheck check) => check is { Problem: StoreProblem.Damaged, Records: > 0 };

    private static void Cut(CliConsole console, string directory)
    {
        FsSession.Expect(directory);
        LogIdentity identity = FsSession.IdentityOf(directory);
        LogCheck check;
        using (LogView journal = FsJournal.View(directory, identity))
            check = journal.Check;
        if (check.Problem == StoreProblem.None)
            throw new CliException(ExitCode.Usage, $"--cut: the journal of {directory} is not damaged; nothing was cut");
        if (!CanCut(check))
        {
            throw new CliException(
                ExitCode.Environment, $"--cut: {check.Message}; nothing before that is whole, so nothing was cut: restore it");
        }

        using FsJournal cut = FsJournal.Open(directory, identity, cutsAtDamage: true);
        console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"journal: {cut.Log.OpenReport}; {check.Records} events before it are kept; "
                + $"lost: every later change that had not been written to the store"));
    }

    private static ExitCode Check(CliConsole console, string directory)
    {
        FsSession.Expect(directory, needsJournal: false);
        long started = Stopwatch.GetTimestamp();
        using LogView? journal = FsJournal.TryView(directory, FsSession.IdentityOf(directory), out string finding);
        using FileStore objects = FileStore.Open(FsSession.ObjectsOf(directory), new FileStoreOptions { IsReadOnly = true });
        using var check = new NamespaceCheck(objects, FsSession.CacheBytes)
        {
            Progress = directories => console.ShowProgress(
                $"check: {directories} directories", Stopwatch.GetElapsedTime(started).TotalSeconds),
        };
        bool isWhole = journal?.Check.Problem == StoreProblem.None;
        if (!isWhole)
            SayWhatIsLost(console, directory, journal, finding);
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
            : journal is null ? "the journal is lost"
            : journal.Check.Problem == StoreProblem.Foreign ? "journal and objects do not belong together"
            : "the journal is damaged";
        string nameless = check.Nameless > 0 ? $", {check.Nameless} without a name" : string.Empty;
        console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{directory}: {found}{nameless}: {verdict} ({Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s)"));
        return isClean ? ExitCode.Ok : ExitCode.Failure;
    }

    private static void SayWhatIsLost(CliConsole console, string directory, LogView? journal, string finding)
    {
        console.Out.WriteLine($"journal: {finding}");
        if (journal?.Check.Problem == StoreProblem.Foreign)
        {
            console.Out.WriteLine("what is lost cannot be told from these two; the directories below are judged one by one");
            return;
        }

        console.Out.WriteLine("lost with the journal: what was changed and not yet written to the store; "
            + "not lost: the directories below that are whole");
        if (journal is not null && CanCut(journal.Check))
        {
            console.Out.WriteLine("without a copy to restore, the part of the journal before the damage can be kept: "
                + $"engine fs check {directory} --cut");
        }
    }
}
