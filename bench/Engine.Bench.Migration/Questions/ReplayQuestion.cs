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
    private const long PreTouchBytes = 512L << 20;
    private const long WarmBytes = 384L << 20;

    /// <summary>The first is told apart; those behind it are the compiler's, which goes on for as long.</summary>
    private const int WarmUpRounds = 5;

    public string Name => "replay";

    public string Title => "the journal of an import of a real tree, from a loop device over memory, until the rank serves; the "
        + "log is open, its code compiled; in turns with memory for pages touched before (rank serve --pretouch), and as it "
        + "is used";

    public void Ask(Report report, MetadataArguments arguments)
    {
        using TreeImport? import = TreeImport.TryRun(arguments.Tree, out string reason);
        if (import is null)
        {
            report.Note("skipped: " + reason);
            return;
        }

        import.Stop();
        var touched = new Times();
        var untouched = new Times();
        var opens = new Times();
        var cpu = new List<double>();
        double first = 0;
        int rounds = WarmUpRounds + (arguments.Quick ? 1 : 15);
        (long events, long entries) = (0, 0);
        for (int round = 0; round < rounds; round++)
        {
            foreach (long preTouchBytes in (long[])[0, PreTouchBytes])
            {
                GuestMemory.Warm(WarmBytes);
                long start = Stopwatch.GetTimestamp();
                using DeviceLog log = import.Journal.Open();
                TimeSpan open = Stopwatch.GetElapsedTime(start);
                using var objects = new MemoryStore();
                RankOptions options = TreeImport.Options(log.Incarnation) with { PreTouchBytes = preTouchBytes };
                using var rank = new SteppedRank(options, log, objects);
                (events, entries) = rank.Rank.Recovered;
                first = first == 0 ? import.Inodes / rank.Recovery.TotalSeconds : first;
                if (round < WarmUpRounds)
                    continue;
                (preTouchBytes > 0 ? touched : untouched).Add(import.Inodes, rank.Recovery);
                opens.Add(import.Inodes, open);
                if (preTouchBytes > 0)
                    cpu.Add((double)rank.RecoveryCpuNanos / import.Inodes);
            }
        }

        report.Add(new Figure(
            $"{Name}: {arguments.Tree}, memory touched before", touched.Median / 1e6, "M inodes/s",
            Goal: string.Create(CultureInfo.InvariantCulture, $"at least {MillionsMin}"),
            Met: touched.Median >= MillionsMin * 1e6));
        report.Add(new Figure($"{Name}: {arguments.Tree}, processor time of the rank's thread per inode", Medians.Of(cpu), "ns"));
        report.Add(new Figure($"{Name}: {arguments.Tree}, memory touched as it is used", untouched.Median / 1e6, "M inodes/s"));
        report.Add(new Figure($"{Name}: {arguments.Tree}, that, the first of the process", first / 1e6, "M inodes/s"));
        report.Add(new Figure($"{Name}: {arguments.Tree}, log opened (its end found)", opens.Median / 1e6, "M inodes/s"));
        report.Note(string.Create(
            CultureInfo.InvariantCulture, $"{import.Inodes} inodes in {events} events with {entries} entries"));
    }
}
