using System.Diagnostics;
using System.Globalization;
using Engine.Bench.Data;
using Engine.Metadata;
using Engine.Stores;

namespace Engine.Bench.Migration;

/// <summary>How fast does a rank come back from its journal?</summary>
internal sealed class ReplayQuestion : IMetadataQuestion
{
    private const double MillionsMin = 1;
    private const long WarmBytes = 384L << 20;

    /// <summary>The first is told apart; those behind it are the compiler's, which goes on for as long.</summary>
    private const int WarmUpRounds = 5;

    public string Name => "replay";

    public string Title => "the journal of an import of a real tree, from a loop device over memory, until the rank serves; the "
        + "log is open, its code compiled, and memory for pages touched";

    public void Ask(Report report, MetadataArguments arguments)
    {
        using TreeImport? import = TreeImport.TryRun(arguments.Tree, out string reason);
        if (import is null)
        {
            report.Note("skipped: " + reason);
            return;
        }

        import.Stop();
        var replays = new Times();
        var opens = new Times();
        var cpu = new List<double>();
        double first = 0;
        int rounds = WarmUpRounds + (arguments.Quick ? 1 : 15);
        (long events, long entries) = (0, 0);
        for (int round = 0; round < rounds; round++)
        {
            GuestMemory.Warm(WarmBytes);
            long start = Stopwatch.GetTimestamp();
            using DeviceLog log = import.Journal.Open();
            TimeSpan open = Stopwatch.GetElapsedTime(start);
            using var objects = new MemoryStore();
            using var rank = new SteppedRank(TreeImport.Options(log.Incarnation), log, objects);
            (events, entries) = rank.Rank.Recovered;

            if (round == 0)
                first = import.Inodes / rank.Recovery.TotalSeconds;
            if (round < WarmUpRounds)
                continue;
            replays.Add(import.Inodes, rank.Recovery);
            opens.Add(import.Inodes, open);
            cpu.Add((double)rank.RecoveryCpuNanos / import.Inodes);
        }

        report.Add(new Figure(
            $"{Name}: {arguments.Tree}", replays.Median / 1e6, "M inodes/s",
            Goal: string.Create(CultureInfo.InvariantCulture, $"at least {MillionsMin}"),
            Met: replays.Median >= MillionsMin * 1e6));
        report.Add(new Figure($"{Name}: {arguments.Tree}, processor time of the rank's thread per inode", Medians.Of(cpu), "ns"));
        report.Add(new Figure($"{Name}: {arguments.Tree}, the first of the process", first / 1e6, "M inodes/s"));
        report.Add(new Figure($"{Name}: {arguments.Tree}, log opened (its end found)", opens.Median / 1e6, "M inodes/s"));
        report.Note(string.Create(
            CultureInfo.InvariantCulture, $"{import.Inodes} inodes in {events} events with {entries} entries"));
    }
}
