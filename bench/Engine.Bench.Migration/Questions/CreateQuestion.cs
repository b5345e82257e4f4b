using System.Diagnostics;
using System.Globalization;
using System.Text;
using Engine.Bench.Data;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Stores;

namespace Engine.Bench.Migration;

/// <summary>How many files a second does a rank make, with its journal on a device?</summary>
internal sealed class CreateQuestion : IMetadataQuestion
{
    private const double ThousandsMin = 200;
    private const int PerDirectory = 1000;
    private const int SliceDirectories = 50;
    private const int Window = 16384;

    /// <summary>The compiler's.</summary>
    private const int WarmUpSlices = 4;
    private const long JournalBytes = 2L << 30;

    /// <summary>What the files and their stored directories take.</summary>
    private const long WarmBytes = 1L << 30;

    private readonly byte[][] _names =
        [.. Enumerable.Range(0, PerDirectory).Select(i => Encoding.UTF8.GetBytes($"file-{i:0000000}.c"))];

    public string Name => "create";

    public string Title => "files made in directories of 1000, group commit, journal on a loop device over memory, "
        + "16384 requests under way; none is said to be sent again, and directories are written into memory";

    public void Ask(Report report, MetadataArguments arguments)
    {
        using LoopJournal? journal = LoopJournal.TryCreate(JournalBytes, out string reason);
        if (journal is null)
        {
            report.Note("skipped: " + reason);
            return;
        }

        using DeviceLog log = journal.Open();
        GuestMemory.Warm(WarmBytes);
        using var objects = new MemoryStore(new MemoryStoreOptions { BytesMax = 4L << 30 });
        using var rank = new SteppedRank(
            new RankOptions { Incarnation = log.Incarnation, CacheBytesMax = 4L << 30, ReconnectMicros = 0 }, log, objects);
        rank.OpenSession();
        var rates = new Times();
        long bytes = 0;
        var cpu = new List<double>();
        int slices = arguments.Quick ? 6 : 16;
        for (int slice = 0; slice < slices; slice++)
        {
            List<ClientRequest> requests = Requests(rank, slice);
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            long cpuBefore = ThreadCpu.Nanoseconds();
            long start = Stopwatch.GetTimestamp();
            Make(rank, requests);
            if (slice < WarmUpSlices)
                continue;
            rates.Add(requests.Count, Stopwatch.GetElapsedTime(start));
            cpu.Add((double)(ThreadCpu.Nanoseconds() - cpuBefore) / requests.Count);
            bytes += GC.GetAllocatedBytesForCurrentThread() - allocated;
        }

        report.Add(new Figure(
            $"{Name}: through the rank, until each is safe", rates.Median / 1000, "k/s",
            Goal: string.Create(CultureInfo.InvariantCulture, $"at least {ThousandsMin}"),
            Met: rates.Median >= ThousandsMin * 1000));
        double perCreate = (double)bytes / ((slices - WarmUpSlices) * SliceDirectories * PerDirectory);
        report.Add(new Figure($"{Name}: processor time of the rank's thread per create", Medians.Of(cpu), "ns"));
        report.Add(new Figure($"{Name}: managed bytes per create, replies included", perCreate, "B"));
        (double low, double high) = rates.Range;
        report.Note(string.Create(CultureInfo.InvariantCulture, $"slices of {SliceDirectories * PerDirectory} creates: ")
            + string.Create(CultureInfo.InvariantCulture, $"{low / 1000:0} to {high / 1000:0} k/s; directories are written ")
            + "back into memory meanwhile, as segments of the journal end");
    }

    /// <summary>The slice's directories are made, its files asked for later.</summary>
    private List<ClientRequest> Requests(SteppedRank rank, int slice)
    {
        List<ClientRequest> requests = [];
        for (int directory = 0; directory < SliceDirectories; directory++)
        {
            byte[] path = Encoding.UTF8.GetBytes($"/directory-{slice}-{directory}");
            Ino ino = rank.Call(new ClientRequest(rank.NextTid(), ClientOp.MakeDirectory) { Path = path }).Stat.Ino;
            foreach (byte[] name in _names)
                requests.Add(new ClientRequest(rank.NextTid(), ClientOp.Create) { Base = ino, Path = name });
        }

        return requests;
    }

    private static void Make(SteppedRank rank, List<ClientRequest> requests)
    {
        foreach (ClientRequest request in requests)
        {
            while (rank.UnderWay >= Window)
                rank.StepOrWait();
            rank.Submit(request);
            rank.Step();
        }

        rank.WaitForAll();
        if (rank.Refused > 0)
            throw new IOException($"{rank.Refused} creates were refused, the last with {rank.Last!.Error.Name}");
    }
}
