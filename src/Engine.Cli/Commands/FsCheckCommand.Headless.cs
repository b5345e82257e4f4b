using System.Globalization;
using Engine.Buffers;
using Engine.Cli.Sessions;
using Engine.Metadata;
using Engine.Stores;

namespace Engine.Cli.Commands;

/// <content>A journal that has lost its head: what its segments still hold is put together with the objects. The old journal
/// stays where it is until everything is written, beside a new one that then takes its place: a repair that is not ended
/// begins anew.</content>
internal static partial class FsCheckCommand
{
    private static void SayWhatIsLeft(CliConsole console, string directory, string finding)
    {
        using LogRescue? rest = FsJournal.TryRescue(directory, FsSession.IdentityOf(directory));
        console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"journal: {FsJournal.HeadLost(directory, finding)}; its segments hold {rest?.Records ?? 0} records that are whole"));
        if (rest?.Gaps > 0)
            console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"gaps between them: {rest.Gaps}; something is damaged or missing there, or was let go before"));
        console.Out.WriteLine(rest is null
            ? "lost with the journal: what was changed and not yet written to the store; "
                + "not lost: the directories below that are whole"
            : "not lost: what these records say, and the directories below that are whole");
        if (FsJournal.Elsewhere(directory) is not null)
            console.Out.WriteLine($"where the journal is on another device now, write its path into {directory}/journal first");
        console.Out.WriteLine("without a copy of the head to restore, a new journal can be begun with what is left: "
            + $"engine fs check {directory} --cut");
    }

    private static void BeginWithRest(CliConsole console, string directory, LogIdentity identity)
    {
        using FileStore stored = FileStore.Open(FsSession.ObjectsOf(directory), new FileStoreOptions { IsReadOnly = true });
        using var repair = new NamespaceRepair(stored, FsSession.RepairBytes);
        string? elsewhere = FsJournal.Elsewhere(directory);
        if (ReadRest(directory, identity, repair) is not { } events)
            throw new CliException(
                ExitCode.Environment, $"--cut: {elsewhere} holds nothing of this namespace's journal; nothing was cut; write the "
                    + $"path of the right one into {directory}/journal, or remove that note where it is gone for good");
        if (repair.TryBuild() is { } problem)
            throw new CliException(ExitCode.Environment, $"{directory} cannot be put right: {problem}; nothing was changed");
        string aside = string.Empty;
        List<string> kept = [.. FsSession.IsHalfDone(directory) ? FsSession.PutAsideBefore(directory) : []];
        FsSession.BeginRepair(directory);
        ExpectUnchanged(directory, identity);
        string? why = FsSession.TryPutAside(directory, repair.Damaged, kept)
            ?? FsSession.TryPlaceAside(directory, "journal", out aside);
        using (FsJournal made = FsJournal.MakeBeside(directory, identity))
        {
            var options = new FileStoreOptions { Incarnation = made.Log.Incarnation };
            using FileStore objects = FileStore.Open(FsSession.ObjectsOf(directory), options);
            long micros = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
            if (why is null && repair.TryWrite(objects, made.Log, micros) is { Failed: true } error)
                why = error.Name;

            // While it is held: another repair would make its own in that place.
            if (why is null)
                FsJournal.TakePlace(directory, aside);
        }

        console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"journal: it had lost its header; a new one is begun with the {events} events that its segments still tell of; ")
            + "lost: later changes, if there were any, that had not been written to the store; "
            + (why is not null ? "the old one is still in its place"
                : elsewhere is null ? $"the old one is kept in {aside}"
                : $"the old one stays on {elsewhere} as it is, the note of that is kept in {aside}"));
        Show(console, repair.Findings, repair.FindingCount);
        Show(console, kept, kept.Count);
        ExpectWritten(directory, why);
        FsSession.EndRepair(directory);
        console.Out.WriteLine($"{directory}: put right");
    }

    /// <summary>Another command may have put it right while this one looked at it.</summary>
    private static void ExpectUnchanged(string directory, LogIdentity identity)
    {
        if (FsSession.IdentityOf(directory) == identity)
            return;
        FsSession.EndRepair(directory);
        throw new CliException(
            ExitCode.Environment, $"{directory} was changed by another command meanwhile; nothing was cut; check again");
    }

    /// <summary>Events that were applied; null where it is not sure that there ever was one of them in that place.</summary>
    private static long? ReadRest(string directory, LogIdentity identity, NamespaceRepair repair)
    {
        using LogRescue? rest = FsJournal.TryRescue(directory, identity);
        long events = 0;
        if (rest is null && FsJournal.Elsewhere(directory) is not null)
            return null;
        while (rest is not null && rest.TryRead(out long position, out ReadOnlySpan<byte> payload))
            events += repair.TrySalvage(payload, position) ? 1 : 0;
        return events;
    }
}
