// engine fs check: what is wrong with a store, and the ways on: a damaged journal is cut at its damage, and what does not agree
// is put right (NamespaceRepair).
//
// A repair changes journal and objects in several steps. While it is under way the store's directory holds a mark, and every
// other command refuses the store: what was left half done is not taken for a namespace, and check --cut ends it.
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Engine.Buffers;
using Engine.Cli.Reports;
using Engine.Cli.Sessions;
using Engine.Load;
using Engine.Metadata;
using Engine.Stores;

namespace Engine.Cli.Commands;

/// <summary><c>engine fs check</c>.</summary>
internal static partial class FsCheckCommand
{
    /// <summary>What a check comes to.</summary>
    private enum Verdict
    {
        /// <summary>Nothing is wrong.</summary>
        Clean,

        /// <summary>One copy of two of a part of the journal's head is bad, and nothing else.</summary>
        HeadIsBad,

        /// <summary>Something does not agree, and the journal can be written.</summary>
        CanBeRepaired,

        /// <summary>Something is wrong with the journal that a repair alone does not put right.</summary>
        Damaged,
    }

    public static Command Create(CliConsole console)
    {
        Argument<string> dir = FsCommands.DirArgument();
        var cut = new Option<bool>("--cut")
        {
            Description = "Before that, cut a damaged journal at its damage for good, or begin one anew that is gone, and put "
                + "right what then does not agree; changes that had not been written to the objects are lost",
        };
        var repair = new Option<bool>("--repair")
        {
            Description = "Behind that, put right what does not agree (sums, counts of names, names that lead nowhere), and "
                + "check again",
        };
        var command = new Command(
            "check",
            "Verify a namespace that nobody changes meanwhile, without writing: journal, directories, links, sums. Exit code 0 "
                + "says that nothing was wrong; 1 that something was, put right or not: check again after --cut or --repair.")
            { dir, cut, repair };
        command.SetAction(parsed =>
        {
            string directory = parsed.GetRequiredValue(dir);
            bool repairs = parsed.GetValue(repair);
            bool isHalfDone = Directory.Exists(directory) && FsSession.IsHalfDone(directory);
            if (!HasHead(console, directory, makes: repairs, out bool wasWrong))
                return (int)ExitCode.Failure;
            if (parsed.GetValue(cut) || (repairs && isHalfDone))
                wasWrong |= Cut(console, directory);
            Verdict found = Check(console, directory, advises: !repairs);
            bool mends = repairs && found is (Verdict.HeadIsBad or Verdict.CanBeRepaired);
            if (mends && found == Verdict.HeadIsBad)
                MendHead(console, directory);
            else if (mends)
                Repair(console, directory, cuts: false);
            if (mends)
                Check(console, directory, advises: false);

            // Unlike e2fsck, which tells the two apart: what was put right was wrong, and names may have gone with it.
            return (int)(found == Verdict.Clean && !wasWrong ? ExitCode.Ok : ExitCode.Failure);
        });
        return command;
    }

    private static void Repair(CliConsole console, string directory, bool cuts)
    {
        LogIdentity identity = FsSession.IdentityOf(directory);
        using FileStore stored = FileStore.Open(FsSession.ObjectsOf(directory), new FileStoreOptions { IsReadOnly = true });
        using var repair = new NamespaceRepair(stored, FsSession.RepairBytes);
        LogCheck before;
        bool wasHalfDone = FsSession.IsHalfDone(directory);
        List<string> kept = [.. wasHalfDone ? FsSession.PutAsideBefore(directory) : []];
        using (LogView journal = FsJournal.View(directory, identity))
        {
            before = journal.Check;
            long? end = ReadUpToDamage(journal, repair);
            if (repair.TryBuild() is { } problem)
                throw new CliException(ExitCode.Environment, $"{directory} cannot be put right: {problem}; nothing was changed");
            if (end is { } position)
                kept.Add(KeepRest(directory, journal, position));
        }

        FsSession.BeginRepair(directory);
        using FsJournal opened = Open(directory, identity, cuts, wasHalfDone);
        if (opened.Log.Incarnation != before.Incarnation + 1)
            throw new CliException(
                ExitCode.Environment,
                $"{directory} was opened by another command meanwhile; end the repair with: "
                    + $"engine fs check {directory} --repair");
        if (opened.Log.OpenReport is { } report)
        {
            console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"journal: {report}; {before.Records} events before it are kept; "
                    + $"lost: every later change that had not been written to the store"));
        }

        var options = new FileStoreOptions { Incarnation = opened.Log.Incarnation };
        using FileStore objects = FileStore.Open(FsSession.ObjectsOf(directory), options);
        long micros = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        string? why = FsSession.TryPutAside(directory, repair.Damaged, kept);
        if (why is null && repair.TryWrite(objects, opened.Log, micros) is { Failed: true } error)
            why = error.Name;
        Show(console, repair.Findings, repair.FindingCount);
        Show(console, kept, kept.Count);
        ExpectWritten(directory, why);
        FsSession.EndRepair(directory);
        console.Out.WriteLine($"{directory}: put right");
    }

    private static void ExpectWritten(string directory, string? why)
    {
        if (why is not null)
            throw new CliException(
                ExitCode.Environment,
                $"{directory} could not be written to its end: {why}; mend that, then: engine fs check {directory} --repair");
    }

    private static FsJournal Open(string directory, LogIdentity identity, bool cuts, bool wasHalfDone)
    {
        try
        {
            return FsJournal.Open(directory, identity, cuts);
        }
        catch when (!wasHalfDone)
        {
            FsSession.EndRepair(directory);
            throw;
        }
    }

    private static Verdict Check(CliConsole console, string directory, bool advises)
    {
        FsSession.Expect(directory, needsJournal: false);
        long started = Stopwatch.GetTimestamp();
        using LogView? journal = FsJournal.TryView(directory, FsSession.IdentityOf(directory), out string finding);
        using FileStore objects = FileStore.Open(FsSession.ObjectsOf(directory), new FileStoreOptions { IsReadOnly = true });
        using var check = new NamespaceCheck(objects, FsSession.WholeBytes)
        {
            Progress = directories => console.ShowProgress(
                $"check: {directories} directories", Stopwatch.GetElapsedTime(started).TotalSeconds),
        };
        bool isWhole = journal?.Check.Problem == StoreProblem.None;
        bool isHeadless = !isWhole && FsJournal.IsHeadless(directory, FsSession.IdentityOf(directory));
        if (isHeadless)
            SayWhatIsLeft(console, directory, finding);
        else if (!isWhole)
            SayWhatIsLost(console, directory, journal, finding);
        while (isWhole && journal!.TryRead(out long position, out ReadOnlySpan<byte> payload))
            isWhole = check.TryReplay(payload, position);
        if (isWhole)
            check.Run();
        else
            check.CheckObjects();
        console.EndProgress();
        if (check.LacksMemory)
            throw new CliException(
                ExitCode.Environment,
                $"{directory} cannot be checked: it does not fit into {ByteSize.Format(FsSession.WholeBytes)} of memory; use a "
                + "machine with more");
        if (check.MayNotRead)
            throw new CliException(
                ExitCode.Environment,
                $"{directory} cannot be checked: not all of its objects may be read; run as a user who may");
        string? flaw = journal?.Check.Problem == StoreProblem.None ? journal.Check.Flaw : null;
        if (flaw is not null)
            console.Out.WriteLine($"journal: {flaw}; the other stands in for it, and nothing is lost");
        Show(console, check.Problems, check.ProblemCount);
        long problems = check.ProblemCount + (flaw is null ? 0 : 1);
        bool isSound = isWhole && check.ProblemCount == 0;
        Verdict verdict = isSound && flaw is null ? Verdict.Clean
            : isSound ? Verdict.HeadIsBad
            : journal?.Check.Problem == StoreProblem.None ? Verdict.CanBeRepaired : Verdict.Damaged;
        if (advises)
            Advise(console, directory, verdict);
        string found = isWhole
            ? $"{Figures.Of(check.Inodes, "inode")}, {Figures.Of(check.Directories, "directory", "directories")}, "
                + $"{Figures.Of(check.Names, "name")}, {Figures.Of(check.Events, "event")}"
            : $"{check.Directories} directories with {check.Names} names are whole";
        string result = verdict == Verdict.Clean ? "clean"
            : isWhole ? Figures.Of(problems, "problem")
            : journal is null && !isHeadless ? "the journal is lost"
            : journal?.Check.Problem == StoreProblem.Foreign && !isHeadless ? "journal and objects do not belong together"
            : "the journal is damaged";
        string nameless = check.Nameless > 0 ? $", {check.Nameless} without a name" : string.Empty;
        console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{directory}: {found}{nameless}: {result} ({Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s)"));
        return verdict;
    }

    private static void Advise(CliConsole console, string directory, Verdict verdict)
    {
        if (verdict == Verdict.HeadIsBad)
            console.Out.WriteLine($"it is written anew by the next change, or by: engine fs check {directory} --repair");
        else if (verdict == Verdict.CanBeRepaired)
            console.Out.WriteLine($"what does not agree is put right by: engine fs check {directory} --repair");
    }

    private static void Show(CliConsole console, IReadOnlyList<string> lines, long count)
    {
        foreach (string line in lines)
            console.Out.WriteLine(line);
        if (count > lines.Count)
            console.Out.WriteLine($"and {count - lines.Count} more");
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
        if (!FsJournal.Exists(directory))
        {
            console.Out.WriteLine("without a copy to restore, a new journal can be begun over the directories: "
                + $"engine fs check {directory} --cut");
        }
        else if (journal is not null && CanCut(journal.Check))
        {
            SayWhatWouldBeKept(console, journal);
            console.Out.WriteLine("without a copy to restore, the part of the journal before the damage can be kept: "
                + $"engine fs check {directory} --cut");
        }
    }
}
