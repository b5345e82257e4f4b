// Two clients change files in the very tree that goes to and fro, each with one operation under way. A delay belongs to a
// migration when the operation and the migration overlap. Beside every sixth migration a thread spins: its longest stall is the
// machine's, and it takes a processor, so that delays and standing still are those of the other five.
//
// The fixed part is what a tree must stand still for, however small: three round trips and three journal flushes, taken as the
// median look of a client and the median flush of a small write to the same disk, both under the same load.

using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Engine.Bench.Data;
using Engine.Cli.Clusters;

namespace Engine.Bench.Migration;

/// <summary>What do clients notice of a migration?</summary>
internal sealed class LoadQuestion : IMetadataQuestion
{
    private const int Clients = 2;
    private const int Flushes = 20;

    /// <summary>Milliseconds of load without a migration, at the least, so that clients look at something meanwhile.</summary>
    private const int QuietMs = 250;

    private const int SpinsEvery = 6;
    private const int WarmUpMoves = 6;

    /// <summary>With the first tree: until then the compilers of three processes take both processors.</summary>
    private const int FirstWarmUpMoves = 150;

    private const int FixedParts = 3;
    private const double FrozenMoreMax = 20;
    private const double DelayMoreMax = 10;

    public string Name => "load";

    public string Title => "a subtree that goes to and fro between two ranks while two clients change files in it";

    public void Ask(Report report, MetadataArguments arguments)
    {
        double atRest = SpinMonitor.For(TimeSpan.FromSeconds(2)).TotalMilliseconds;
        report.Note(Text($"before the ranks begin, a thread that spins for 2 s stalls for {atRest:0.0} ms at most"));
        using var ranks = new RankProcesses(MetadataRun.FindRoot());
        using ClusterFsClient client = ranks.Connect();
        int[] sizes = arguments.Quick ? [1, 10] : [1, 10, 100, 1000];
        foreach (int directories in sizes)
        {
            string tree = Text($"/t{directories}");
            Filling.Make(client, tree, directories, opens: false);
            if (!TryAsk(report, ranks, tree, directories, arguments.Quick ? SpinsEvery * 2 : SpinsEvery * 10))
                return;
        }

        report.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"tries that were refused: {ranks.Refused}; violations found behind: "
            + $"{ranks.ViolationsOf(0) + ranks.ViolationsOf(1)}"));
    }

    /// <summary>False where the tree does not move, which is said in place of figures.</summary>
    private bool TryAsk(Report report, RankProcesses ranks, string tree, int directories, int moves)
    {
        try
        {
            Ask(report, ranks, tree, directories, moves);
            return true;
        }
        catch (IOException failure)
        {
            report.Note($"FAILED: {directories * Filling.DirectoryInodes} inodes: {failure.Message}");
            return false;
        }
    }

    private void Ask(Report report, RankProcesses ranks, string tree, int directories, int moves)
    {
        LoadClient[] load = [.. Enumerable.Range(0, Clients).Select(
            number => new LoadClient(ranks.NewClient(), tree, directories, number))];
        var seen = new Seen();
        try
        {
            int warmUp = directories == 1 ? FirstWarmUpMoves : WarmUpMoves;
            for (int move = 0; move < warmUp; move++)
                ranks.Move(tree, move % RankProcesses.Count, 1 - (move % RankProcesses.Count));
            long still = Stopwatch.GetTimestamp();
            double flush = Flush(ranks.Store);
            seen.Quiet = (still, Stopwatch.GetTimestamp(), flush);
            for (int move = 0; move < moves; move++)
                Move(ranks, tree, move, seen);
            foreach (LoadClient each in load)
                each.Stop();
            if (load.FirstOrDefault(static each => each.Fault is not null)?.Fault is { } fault)
                throw new IOException($"a client was answered wrongly: {fault}");
            AddRows(report, Text($"{directories * Filling.DirectoryInodes} inodes"), load, seen);
        }
        finally
        {
            foreach (LoadClient each in load)
                each.Dispose();
        }
    }

    private static void Move(RankProcesses ranks, string tree, int move, Seen seen)
    {
        bool spins = move % SpinsEvery == SpinsEvery - 1;
        using SpinMonitor? spin = spins ? new SpinMonitor() : null;
        long start = Stopwatch.GetTimestamp();
        JsonObject said = ranks.Move(tree, move % RankProcesses.Count, 1 - (move % RankProcesses.Count));
        if (spin is not null)
        {
            seen.Stalls.Add(spin.Stop().TotalMilliseconds);
            return;
        }

        seen.Moves.Add((start, Stopwatch.GetTimestamp()));
        seen.Frozen.Add((double)said["frozen ms"]!);
        seen.Rates.Add((long)said["inodes"]!, TimeSpan.FromMilliseconds((double)said["ms"]!));
    }

    /// <summary>Median milliseconds of a small write that is made durable, beside the journals.</summary>
    private static double Flush(string store)
    {
        string path = Path.Combine(store, "flush");
        List<double> times = [];
        using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            long began = Stopwatch.GetTimestamp();
            while (times.Count < Flushes || Stopwatch.GetElapsedTime(began).TotalMilliseconds < QuietMs)
            {
                long start = Stopwatch.GetTimestamp();
                file.Write(new byte[4096]);
                file.Flush(flushToDisk: true);
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        File.Delete(path);
        return Medians.Of(times);
    }

    private void AddRows(Report report, string size, LoadClient[] load, Seen seen)
    {
        double look = Medians.Of([.. load.SelectMany(static each => each.Operations)
            .Where(each => each.IsLook && seen.IsQuiet(each.Start, each.Delay))
            .Select(static each => each.Delay.TotalMilliseconds)]);
        double[] delays = [.. load.SelectMany(static each => each.Operations)
            .Where(each => seen.IsDuringMove(each.Start, each.Delay))
            .Select(static each => each.Delay.TotalMilliseconds)];
        double fixedPart = FixedParts * (look + seen.Quiet.Flush);
        double frozen = Medians.Quantile(seen.Frozen, 0.99);
        double frozenMax = fixedPart + FrozenMoreMax;
        double delay = Medians.Quantile(delays, 0.999);
        double delayMax = seen.Frozen.Max() + DelayMoreMax;
        report.Add(new Figure(
            $"{Name}: {size}, stands still for, p99", frozen, "ms", "fixed part", fixedPart, frozen / fixedPart,
            "at most the fixed part + 20", frozen <= frozenMax));
        report.Add(new Figure($"{Name}: {size}, stands still for, median", Medians.Of(seen.Frozen), "ms"));
        report.Add(new Figure(
            $"{Name}: {size}, delay of clients, p99.9", delay, "ms", "a spinning thread's longest stall", seen.Stalls.Max(),
            delay / seen.Stalls.Max(), "at most the longest standing still + 10", delay <= delayMax));
        report.Add(new Figure($"{Name}: {size}, delay of clients, longest", delays.Max(), "ms"));
        report.Add(new Figure($"{Name}: {size}, moved under load", seen.Rates.Median / 1000, "k inodes/s"));
        report.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"{size}: {seen.Frozen.Count} migrations, longest standing still {seen.Frozen.Max():0.0} ms; "
            + $"{delays.Length} operations meanwhile; fixed part: three times {look:0.00} ms a look and "
            + $"{seen.Quiet.Flush:0.00} ms a flush; stalls, median of {seen.Stalls.Count}: {Medians.Of(seen.Stalls):0.0} ms"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>What one tree's migrations gave. Times of the stop-watch.</summary>
    private sealed class Seen
    {
        /// <summary>Load and no migration, and what a flush took then.</summary>
        public (long Start, long End, double Flush) Quiet { get; set; }

        public List<(long Start, long End)> Moves { get; } = [];

        public List<double> Frozen { get; } = [];

        public List<double> Stalls { get; } = [];

        public Times Rates { get; } = new();

        public bool IsQuiet(long start, TimeSpan delay) => start >= Quiet.Start && End(start, delay) <= Quiet.End;

        public bool IsDuringMove(long start, TimeSpan delay)
        {
            long end = End(start, delay);
            return Moves.Exists(move => start < move.End && end > move.Start);
        }

        private static long End(long start, TimeSpan delay) => start + (long)(delay.TotalSeconds * Stopwatch.Frequency);
    }
}
