// Times are the exporter's own, from the first state of a migration to its end. A tree without capabilities, one with a
// capability on every file, and the floor take turns; each tree goes to and fro.

using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Engine.Bench.Data;
using Engine.Cli.Clusters;

namespace Engine.Bench.Migration;

/// <summary>How fast does a whole migration go, between two processes with journals on disk?</summary>
internal sealed class MoveQuestion : IMetadataQuestion
{
    private const int ThousandsMin = 500;
    private const int ThousandsWithCapsMin = 300;

    /// <summary>Rounds that are the compiler's, in each of the two processes and in both directions.</summary>
    private const int WarmUpRounds = 6;

    public string Name => "move";

    public string Title => "a subtree of 100 000 inodes, to and fro between two ranks, each a process with its journal on disk";

    public void Ask(Report report, MetadataArguments arguments)
    {
        using var ranks = new RankProcesses(MetadataRun.FindRoot());
        using ClusterFsClient client = ranks.Connect();
        using var floor = new PlainMove(Path.Combine(ranks.Store, "floor"));
        int directories = arguments.Quick ? 10 : 100;
        MovedTree[] trees = [new("/n", "no capabilities"), new("/c", "a capability on every file")];
        foreach (MovedTree tree in trees)
            Filling.Make(client, tree.Path, directories, opens: tree == trees[1]);
        var plain = new Measurement(floor.Name);
        int warmUp = arguments.Quick ? 2 : WarmUpRounds;
        int rounds = warmUp + (arguments.Quick ? 4 : 20);
        for (int round = 0; round < rounds; round++)
        {
            bool counts = round >= warmUp;
            foreach (MovedTree tree in round % 2 == 0 ? trees : trees.Reverse())
                tree.Move(ranks, round % RankProcesses.Count, counts);
            long start = Stopwatch.GetTimestamp();
            floor.Move(trees[0].Bytes);
            if (counts)
                plain.Add([Stopwatch.GetElapsedTime(start).TotalNanoseconds / trees[0].Inodes], trees[0].Inodes, 0);
        }

        AddRows(report, trees[0], plain, ThousandsMin);
        AddRows(report, trees[1], plain, ThousandsWithCapsMin);
        report.Add(new Figure(
            $"{Name}: for each capability", (trees[1].Times.Median - trees[0].Times.Median) / 1000, "us"));
        report.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"{trees[0].Inodes} inodes, {trees[0].Bytes / trees[0].Inodes} bytes of pages for each; tries that were "
            + $"refused: {ranks.Refused}; violations found behind: {ranks.ViolationsOf(0) + ranks.ViolationsOf(1)}"));
        foreach (MovedTree tree in trees)
            report.Note($"{tree.Name}, phases of the last in ms: {tree.Phases}");
    }

    private void AddRows(Report report, MovedTree tree, Measurement plain, int thousandsMin)
    {
        double thousands = 1e6 / tree.Times.Median;
        report.Add(new Figure(
            $"{Name}: {tree.Name}", thousands, "k inodes/s", plain.Name, 1e6 / plain.Median, 1 / tree.Times.RatioTo(plain),
            Text($"at least {thousandsMin}"), thousands >= thousandsMin));
        report.Add(new Figure($"{Name}: {tree.Name}, stands still for", Medians.Of(tree.Frozen), "ms"));
        report.Add(new Figure($"{Name}: {tree.Name}, stands still for, longest", tree.Frozen.Max(), "ms"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>A tree, and how it went.</summary>
    private sealed class MovedTree(string path, string name)
    {
        public string Path => path;

        public string Name => name;

        /// <summary>Nanoseconds for each inode.</summary>
        public Measurement Times { get; } = new(name);

        public List<double> Frozen { get; } = [];

        public long Inodes { get; private set; }

        public long Bytes { get; private set; }

        public string Phases { get; private set; } = "";

        public void Move(RankProcesses ranks, int from, bool counts)
        {
            JsonObject said = ranks.Move(path, from, 1 - from);
            Inodes = (long)said["inodes"]!;
            Bytes = (long)said["bytes"]!;
            Phases = string.Join(", ", said["phases"]!.AsArray().Select(static phase => $"{phase!["phase"]} {phase["ms"]}"));
            if (!counts)
                return;
            Times.Add([(double)said["ms"]! * 1e6 / Inodes], Inodes, 0);
            Frozen.Add((double)said["frozen ms"]!);
        }
    }
}
