// A rank is killed (SIGKILL) and a process that stands by takes it over; the rank with the tree and the one without take turns.
// The map finds a killed rank by its silence: what that takes is its grace, which is set, and is not measured. The clock starts
// when the map says that the rank is gone, before it closes the journal to that life, and stops when a client that
// has had its session all the while has its next answer from the rank.

using System.Diagnostics;
using System.Globalization;
using Engine.Bench.Data;
using Engine.Cli.Clusters;
using Engine.Cluster;
using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>How long is a rank away that was killed?</summary>
internal sealed class TakeoverQuestion : IMetadataQuestion
{
    private const double SecondsMax = 2;

    public string Name => "takeover";

    public string Title => "a rank with 100 000 inodes is killed; another process replays its journal and serves";

    public void Ask(Report report, MetadataArguments arguments)
    {
        using var ranks = new RankProcesses(MetadataRun.FindRoot());
        using ClusterFsClient client = ranks.Connect();
        int directories = arguments.Quick ? 10 : 100;
        Filling.Make(client, "/t", directories, opens: false);
        Filling.Make(client, "/e", 1, opens: false);
        ranks.Move("/e", 0, 1);
        using ClusterClient asking = ranks.NewClient();
        List<double>[] active = [[], []];
        List<double>[] served = [[], []];
        List<double>[] whole = [[], []];
        int rounds = arguments.Quick ? 1 : 7;
        for (int round = 0; round < rounds; round++)
        {
            foreach (int rank in (int[])[0, 1])
                TakeOver(ranks, asking, rank, active[rank], served[rank], whole[rank]);
        }

        const string floor = "the same with 1000 inodes";
        double[] ratios = [.. served[0].Zip(served[1], static (all, few) => all / few)];
        double seconds = Medians.Of(served[0]);
        int inodes = directories * Filling.DirectoryInodes;
        report.Add(new Figure(
            $"{Name}: {inodes} inodes, from the map's word that it is gone to a client's next answer", seconds, "s", floor,
            Medians.Of(served[1]), Medians.Of(ratios), Text($"at most {SecondsMax}"), seconds <= SecondsMax));
        report.Add(new Figure(
            $"{Name}: the same, to the rank's word that it serves", Medians.Of(active[0]), "s", floor, Medians.Of(active[1])));
        report.Add(new Figure(
            $"{Name}: from the kill to a client's next answer, a grace of 5 s in it", Medians.Of(whole[0]), "s", floor,
            Medians.Of(whole[1])));
        report.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"{rounds} of each; longest {served[0].Max():0.00} s; violations found behind: "
            + $"{ranks.ViolationsOf(0) + ranks.ViolationsOf(1)}"));
    }

    private static void TakeOver(
        RankProcesses ranks, ClusterClient client, int rank, List<double> active, List<double> served, List<double> whole)
    {
        string path = Filling.PathOf(rank == 0 ? "/t" : "/e", 0) + "/f7";
        ClientRequest look = Filling.Of(ClientOp.GetAttributes, path);
        if (client.Call(look).Error is { Failed: true } error)
            throw new IOException($"{path}: {error.Name}");
        ranks.StandBy();
        long killed = Stopwatch.GetTimestamp();
        ranks.Kill(rank);
        long gone = Stopwatch.GetTimestamp();
        long answered = 0;
        string fault = "";
        using var isAnswered = new ManualResetEventSlim();
        client.Ask(look, (_, reply) =>
        {
            (answered, fault) = (Stopwatch.GetTimestamp(), reply.Error.Failed ? reply.Error.Name : "");
            isAnswered.Set();
        });
        ranks.AwaitTakeover(rank);
        active.Add(Stopwatch.GetElapsedTime(gone).TotalSeconds);
        isAnswered.Wait();
        if (fault.Length > 0)
            throw new IOException($"{path}: {fault} behind the takeover");
        served.Add(Stopwatch.GetElapsedTime(gone, answered).TotalSeconds);
        whole.Add(Stopwatch.GetElapsedTime(killed, answered).TotalSeconds);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
