using System.Globalization;
using Engine.Buffers;
using Engine.Cli.Reports;
using Engine.Cli.Sessions;
using Engine.Load;
using Engine.Metadata;
using Engine.Stores;

namespace Engine.Cli.Commands;

/// <content>A damaged journal is cut; what is cut is kept beside. A head with a bad copy is written anew.</content>
internal static partial class FsCheckCommand
{
    private const string RestName = "journal-rest";

    /// <summary>Is there a log whose records end at a damage?</summary>
    private static bool CanCut(LogCheck check) => check is { Problem: StoreProblem.Damaged, Start: > 0 };

    /// <summary>Cuts a damaged journal, or begins one that is gone.</summary>
    /// <returns>Was there anything to be done?</returns>
    private static bool Cut(CliConsole console, string directory)
    {
        FsSession.Expect(directory, needsJournal: false, mayBeHalfDone: true);
        LogIdentity identity = FsSession.IdentityOf(directory);
        bool isBeside = FsSession.IsHalfDone(directory) && FsJournal.TryEndTakingPlace(directory, identity);
        if (!isBeside && !FsJournal.Exists(directory))
        {
            FsSession.BeginRepair(directory);
            FsJournal.MakeAnew(directory, identity);
            console.Out.WriteLine("journal: a new one is begun; lost: every change that had not been written to the store");
        }

        if (FsJournal.IsHeadless(directory, identity))
        {
            BeginWithRest(console, directory, identity);
            return true;
        }

        LogCheck check;
        using (LogView journal = FsJournal.View(directory, identity))
            check = journal.Check;
        if (check.Problem == StoreProblem.None && !FsSession.IsHalfDone(directory))
        {
            console.Note($"engine: --cut: the journal of {directory} is not damaged; nothing was cut");
            return false;
        }

        if (check.Problem != StoreProblem.None && !CanCut(check))
            throw new CliException(
                ExitCode.Environment, $"--cut: {check.Message}; nothing was cut; where the right journal is gone for good, move "
                    + $"{directory}/journal away: a cut then begins a new one");
        Repair(console, directory, cuts: true);
        return true;
    }

    /// <summary>Says what a cut would keep and what not.</summary>
    private static void SayWhatWouldBeKept(CliConsole console, LogView journal)
    {
        LogCheck check = journal.Check;
        while (journal.TryRead(out _, out _))
        {
            // The check has counted these; what follows them is looked for behind the last.
        }

        (long first, long last) = (check.Start / journal.SegmentBytes, (check.End - 1) / journal.SegmentBytes);
        long segments = check.Records == 0 ? 0 : last - first + 1;
        (long events, long bytes) = (0, 0);
        while (journal.TrySkipDamage())
        {
            for (; journal.TryRead(out _, out ReadOnlySpan<byte> payload); events++)
                bytes += payload.Length;
        }

        console.Out.WriteLine(
            $"a cut would keep {Figures.Of(check.Records, "event")} before the damage ({ByteSize.Format(check.PayloadBytes)} in "
            + $"{Figures.Of(segments, "segment")}), and give up what is damaged and {Figures.Of(events, "whole event")} behind "
            + $"it ({ByteSize.Format(bytes)}), of which it keeps a copy");
        if (journal.Unreadable is { } why)
            console.Out.WriteLine($"journal: {why}; what is whole there is not counted, and not in the copy");
    }

    /// <summary>Reads all events: those of the journal, and, as lost, those behind where it has to end, as far as these can be
    /// read.</summary>
    /// <returns>Where that is; null where it is whole.</returns>
    private static long? ReadUpToDamage(LogView journal, NamespaceRepair repair)
    {
        bool isDamaged = journal.Check.Problem != StoreProblem.None;
        long? end = isDamaged ? journal.Check.End : null;
        while (journal.TryRead(out long position, out ReadOnlySpan<byte> payload))
        {
            if (repair.TryReplay(payload, position))
                continue;
            end = position;
            break;
        }

        do
        {
            while (journal.TryRead(out _, out ReadOnlySpan<byte> payload))
                repair.NoteLost(payload);
        }
        while (isDamaged && journal.TrySkipDamage());
        return end;
    }

    /// <summary>Copies what the journal is to lose into the store's directory of what is damaged; nothing has been changed
    /// yet.</summary>
    /// <returns>Where it is kept, in a line.</returns>
    private static string KeepRest(string directory, LogView journal, long position)
    {
        string? why = FsSession.TryPlaceAside(directory, RestName, out string place);
        (int segments, long unreadable) = (0, 0);
        try
        {
            segments = why is null ? journal.CopyFrom(position, place, out unreadable) : 0;
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            why = refusal.Message;
            FsSession.RemoveTree(place);
        }

        if (why is not null)
            throw new CliException(
                ExitCode.Environment,
                $"{directory}: what is to be cut from its journal cannot be kept in {place}: {why}; mend that; nothing was "
                    + "changed");
        string holes = unreadable > 0 ? $", but for {ByteSize.Format(unreadable)} that cannot be read" : string.Empty;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"journal: what is behind position {position} is kept in {place}, in {segments} segments{holes}");
    }

    /// <summary>Opening a journal for a change writes all copies of its head.</summary>
    private static void MendHead(CliConsole console, string directory)
    {
        using FsJournal opened = FsJournal.Open(directory, FsSession.IdentityOf(directory));
        console.Out.WriteLine("journal: all copies of its head are written anew");
    }
}
