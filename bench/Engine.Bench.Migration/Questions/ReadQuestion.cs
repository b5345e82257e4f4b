// Look-ups in process, and as messages through a step of the rank.
//
// Invariant: every answer is checked, and what is looked up is drawn before the clock starts.

using System.Diagnostics;
using System.Globalization;
using System.Text;
using Engine.Bench.Data;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Stores;

namespace Engine.Bench.Migration;

/// <summary>How many lookups and stats a second on one core?</summary>
internal sealed class ReadQuestion : IMetadataQuestion
{
    private const double MillionsMin = 1;
    private const int Directories = 200;
    private const int PerDirectory = 1000;
    private const int Batch = 1000;
    private const int BatchesPerTurn = 10;

    private readonly byte[][] _names =
        [.. Enumerable.Range(0, PerDirectory).Select(i => Encoding.UTF8.GetBytes($"file-{i:0000000}.c"))];

    private readonly Ino[] _directories = new Ino[Directories];
    private readonly Ino[] _files = new Ino[Directories * PerDirectory];
    private readonly int[] _picks = new int[Batch];
    private readonly ClientRequest[] _requests = new ClientRequest[Batch];

    public string Name => "read";

    public string Title => "lookup (directory and name) and stat (inode number) of files drawn from 200 directories of 1000, "
        + "one core";

    public void Ask(Report report, MetadataArguments arguments)
    {
        using var objects = new MemoryStore();
        using var rank = new SteppedRank(
            new RankOptions { Incarnation = 1, CacheBytesMax = 1L << 30, SegmentsMax = int.MaxValue, ReconnectMicros = 0 },
            new NullLog(),
            objects);
        rank.OpenSession();
        Fill(rank);
        var random = new SeededRandom(1);
        var lookups = new Measurement("lookup");
        var stats = new Measurement("stat");
        var near = new Measurement("lookup among the 1000 files of one directory, which lie in the processor's caches");
        var lookupMessages = new Measurement("lookup, as a message through a step of the rank");
        var statMessages = new Measurement("stat, as a message through a step of the rank");
        int warmUp = arguments.Quick ? 2 : 10;
        for (int round = -warmUp; round < arguments.Rounds; round++)
        {
            Turn(round < 0 ? null : lookups, random, () => Lookup(rank));
            Turn(round < 0 ? null : near, random, () => Lookup(rank), files: PerDirectory);
            Turn(round < 0 ? null : stats, random, () => Stat(rank));
            Turn(round < 0 ? null : lookupMessages, random, () => Send(rank), () => Prepare(rank, isLookup: true));
            Turn(round < 0 ? null : statMessages, random, () => Send(rank), () => Prepare(rank, isLookup: false));
        }

        AddRows(report, lookups, hasGoal: true);
        AddRows(report, stats, hasGoal: true);
        AddRows(report, near, hasGoal: false);
        AddRows(report, lookupMessages, hasGoal: false);
        AddRows(report, statMessages, hasGoal: false);
    }

    private void AddRows(Report report, Measurement result, bool hasGoal)
    {
        double millions = 1000 / result.Median;
        string goal = string.Create(CultureInfo.InvariantCulture, $"at least {MillionsMin}");
        report.Add(new Figure(
            $"{Name}: {result.Name}", millions, "M/s",
            Goal: hasGoal ? goal : null, Met: hasGoal ? millions >= MillionsMin : null));
        report.Add(new Figure(
            $"{Name}: {result.Name}, managed bytes each", result.BytesPerOperation, "B",
            Goal: hasGoal ? "none" : null, Met: hasGoal ? result.BytesPerOperation == 0 : null));
    }

    private void Fill(SteppedRank rank)
    {
        for (int directory = 0; directory < Directories; directory++)
        {
            byte[] path = Encoding.UTF8.GetBytes($"/directory-{directory}");
            _directories[directory] =
                rank.Call(new ClientRequest(rank.NextTid(), ClientOp.MakeDirectory) { Path = path }).Stat.Ino;
            for (int file = 0; file < PerDirectory; file++)
            {
                ClientRequest create =
                    new(rank.NextTid(), ClientOp.Create) { Base = _directories[directory], Path = _names[file] };
                _files[(directory * PerDirectory) + file] = rank.Call(create).Stat.Ino;
            }
        }
    }

    private void Turn(
        Measurement? result, SeededRandom random, Action run, Action? prepare = null, int files = Directories * PerDirectory)
    {
        var times = new double[BatchesPerTurn];
        long allocated = 0;
        for (int i = 0; i < times.Length; i++)
        {
            for (int pick = 0; pick < Batch; pick++)
                _picks[pick] = random.NextInt(files);
            prepare?.Invoke();
            long before = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            run();
            times[i] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / Batch;
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
        }

        result?.Add(times, times.Length * Batch, allocated);
    }

    private void Lookup(SteppedRank rank)
    {
        foreach (int pick in _picks)
        {
            if (!rank.Rank.TryLookup(_directories[pick / PerDirectory], _names[pick % PerDirectory], out FileStat stat)
                || stat.Ino != _files[pick])
                throw new IOException("a name leads elsewhere");
        }
    }

    private void Stat(SteppedRank rank)
    {
        foreach (int pick in _picks)
        {
            if (!rank.Rank.TryStat(_files[pick], out FileStat stat) || stat.Ino != _files[pick])
                throw new IOException("a number leads elsewhere");
        }
    }

    private void Prepare(SteppedRank rank, bool isLookup)
    {
        for (int i = 0; i < Batch; i++)
        {
            int pick = _picks[i];
            _requests[i] = isLookup
                ? new ClientRequest(rank.NextTid(), ClientOp.Lookup)
                    { Base = _directories[pick / PerDirectory], Path = _names[pick % PerDirectory] }
                : new ClientRequest(rank.NextTid(), ClientOp.GetAttributes) { Base = _files[pick] };
        }
    }

    private void Send(SteppedRank rank)
    {
        for (int i = 0; i < Batch; i++)
        {
            rank.Submit(_requests[i]);
            if (rank.UnderWay > 0 || rank.Last!.Stat.Ino != _files[_picks[i]])
                throw new IOException("a request was not answered, or wrongly");
        }
    }
}
