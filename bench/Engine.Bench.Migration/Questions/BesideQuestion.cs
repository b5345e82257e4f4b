// A client of each rank changes files of a directory of its own, which does not move, one operation at a time. A tree goes to and
// fro; after each migration the clients go on for so many operations without one. An operation counts as beside a migration when
// the two overlap, and as alone when it lies in one of those times.
//
// What the ranks do is durable, on one disk. Beside theirs stands what a small durable write there waits for while as many bytes
// are brought over a connection and made durable by plain calls.

using System.Diagnostics;
using System.Globalization;
using Engine.Bench.Data;
using Engine.Cli.Clusters;

namespace Engine.Bench.Migration;

/// <summary>Case 133: what do those notice of a migration who have nothing to do with it?</summary>
internal sealed class BesideQuestion : IMetadataQuestion
{
    private const string Moved = "/moved";
    private const int Directories = 100;

    /// <summary>What that many inodes are on the wire.</summary>
    private const long MovedBytes = 53_000_000;

    private const int WarmUpMoves = 20;
    private const int PauseOperations = 100;
    private const int Flushes = 1000;
    private const double TimesSlowerMax = 2;

    public string Name => "beside";

    public string Title => "clients of other subtrees of the two ranks between which 100 000 inodes go to and fro";

    public void Ask(Report report, MetadataArguments arguments)
    {
        using var ranks = new RankProcesses(MetadataRun.FindRoot());
        using ClusterFsClient client = ranks.Connect();
        Filling.Make(client, Moved, arguments.Quick ? Directories / 10 : Directories, opens: false);
        string[] own = ["/exporter", "/importer"];
        foreach (string each in own)
            Filling.Make(client, each, 1, opens: false);
        ranks.Move(own[1], 0, 1);
        LoadClient[] load = [.. own.Select((tree, number) => new LoadClient(ranks.NewClient(), tree, 1, number))];
        try
        {
            List<(long Start, long End)> moves = [];
            List<(long Start, long End)> pauses = [];
            int count = WarmUpMoves + (arguments.Quick ? 10 : 60);
            for (int move = 0; move < count; move++)
            {
                long start = Stopwatch.GetTimestamp();
                ranks.Move(Moved, move % RankProcesses.Count, 1 - (move % RankProcesses.Count));
                long end = Stopwatch.GetTimestamp();
                foreach (LoadClient each in load)
                    each.Await(PauseOperations);
                if (move < WarmUpMoves)
                    continue;
                moves.Add((start, end));
                pauses.Add((end, Stopwatch.GetTimestamp()));
            }

            foreach (LoadClient each in load)
                each.Stop();
            if (load.FirstOrDefault(static each => each.Fault is not null)?.Fault is { } fault)
                throw new IOException($"a client was answered wrongly: {fault}");
            for (int rank = 0; rank < load.Length; rank++)
                AddRow(report, $"rank {rank.ToString(CultureInfo.InvariantCulture)}", load[rank], moves, pauses);
            AddFloor(report, ranks.Store, arguments.Quick ? Flushes / 10 : Flushes);
        }
        finally
        {
            foreach (LoadClient each in load)
                each.Dispose();
        }
    }

    private void AddFloor(Report report, string store, int flushes)
    {
        double alone = Medians.Quantile(Flush(store, flushes), 0.99);
        using var plain = new PlainMove(Path.Combine(store, "floor"));
        bool isOver = false;
        var mover = new Thread(() =>
        {
            while (!Volatile.Read(ref isOver))
                plain.Move(MovedBytes);
        });
        mover.Start();
        double beside = Medians.Quantile(Flush(store, flushes), 0.99);
        Volatile.Write(ref isOver, true);
        mover.Join();
        report.Add(new Figure(
            $"{Name}: a small durable write beside as many bytes by plain calls, p99", beside, "ms", "alone", alone,
            beside / alone));
    }

    /// <summary>Milliseconds of small writes that are made durable, one after the other.</summary>
    private static List<double> Flush(string store, int count)
    {
        List<double> times = [];
        using var file = new FileStream(
            Path.Combine(store, "flush"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0,
            FileOptions.DeleteOnClose);
        while (times.Count < count)
        {
            long start = Stopwatch.GetTimestamp();
            file.Write(new byte[4096]);
            file.Flush(flushToDisk: true);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return times;
    }

    private void AddRow(
        Report report, string rank, LoadClient client, List<(long Start, long End)> moves, List<(long Start, long End)> pauses)
    {
        double[] beside = [.. Delays(client, (start, end) => moves.Exists(move => start < move.End && end > move.Start))];
        double[] alone = [.. Delays(client, (start, end) => pauses.Exists(pause => start >= pause.Start && end <= pause.End))];
        (double with, double without) = (Medians.Quantile(beside, 0.99), Medians.Quantile(alone, 0.99));
        report.Add(new Figure(
            $"{Name}: {rank}, delay of others' clients, p99", with, "ms", "without a migration", without, with / without,
            string.Create(CultureInfo.InvariantCulture, $"less than {TimesSlowerMax} times"), with < TimesSlowerMax * without));
        report.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"{rank}: {beside.Length} operations beside migrations, median {Medians.Of(beside):0.00} ms, and {alone.Length} "
            + $"alone, median {Medians.Of(alone):0.00} ms"));
    }

    /// <summary>Milliseconds of the operations that a span of the stop-watch's time is asked of.</summary>
    private static IEnumerable<double> Delays(LoadClient client, Func<long, long, bool> counts) =>
        from operation in client.Operations
        let end = operation.Start + (long)(operation.Delay.TotalSeconds * Stopwatch.Frequency)
        where counts(operation.Start, end)
        select operation.Delay.TotalMilliseconds;
}
