// Processor time is the kernel's count for the threads at either end, so that the other end, and whatever else the machine does,
// does not lengthen it as it does the clock's. A turn is a hundred directories of a thousand entries; contenders take turns.

using System.Diagnostics;
using System.Globalization;
using Engine.Bench.Data;

namespace Engine.Bench.Migration;

/// <summary>What does it cost to bring directories over a connection?</summary>
internal sealed class WireQuestion : IMetadataQuestion
{
    private const int DirectoriesPerTurn = 100;
    private const int WarmUpTurns = 6;
    private const double TimesFasterMin = 10;
    private const double SendMillionsMin = 1;
    private const double TakeMillionsMin = 1.5;
    private const double BytesPerInodeMax = 640;

    public string Name => "wire";

    public string Title =>
        "directories of 1000 entries over loopback TCP: pages sealed and sent by gather, objects encoded and sent";

    public void Ask(Report report, MetadataArguments arguments)
    {
        using var pages = new PagesWire(adopts: false);
        using var adopted = new PagesWire(adopts: true);
        using var graph = new GraphWire();
        using var plain = new PlainWire(pages.DirectoryBytes);
        WireTimes[] times = [new(pages), new(adopted), new(graph), new(plain)];
        for (int turn = 0; turn < WarmUpTurns; turn++)
        {
            foreach (WireTimes each in times)
                each.Contender.Run(DirectoriesPerTurn);
        }

        for (int round = 0; round < arguments.Rounds; round++)
        {
            for (int i = 0; i < times.Length; i++)
                Turn(times[round % 2 == 0 ? i : times.Length - 1 - i]);
        }

        AddRows(report, times[0], times[1], times[2], times[3]);
    }

    private static void Turn(WireTimes times)
    {
        (string sending, string receiving) = times.Contender.Threads;
        long sent = SendingTime(sending);
        long received = ThreadTimes.Of(receiving);
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        long start = Stopwatch.GetTimestamp();
        times.Contender.Run(DirectoriesPerTurn);
        double elapsed = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        const int inodes = DirectoriesPerTurn * SampleDirectory.Entries;
        times.Elapsed.Add([elapsed / inodes], inodes, allocated);
        times.Sending.Add([(double)(SendingTime(sending) - sent) / inodes], inodes, 0);
        times.Receiving.Add([(double)(ThreadTimes.Of(receiving) - received) / inodes], inodes, 0);
    }

    private static long SendingTime(string threads) =>
        ThreadCpu.Nanoseconds() + (threads.Length > 0 ? ThreadTimes.Of(threads) : 0);

    private void AddRows(Report report, WireTimes pages, WireTimes adopted, WireTimes graph, WireTimes plain)
    {
        AddTime(report, "making and sending, processor time per inode", pages.Sending, graph.Sending, TimesFasterMin);
        AddTime(report, "making and sending, processor time per inode", pages.Sending, plain.Sending, 0);
        AddMillions(report, "pages sealed and sent, a core", pages.Sending, SendMillionsMin);
        AddTime(report, "receiving, processor time per inode", pages.Receiving, plain.Receiving, 0);
        AddMillions(report, "received, checked, taken over and indexed, a core", adopted.Receiving, TakeMillionsMin);
        AddTime(report, "both ends on this machine, time per inode", pages.Elapsed, graph.Elapsed, 0);
        double perInode = (double)pages.Contender.DirectoryBytes / SampleDirectory.Entries;
        double graphPerInode = (double)graph.Contender.DirectoryBytes / SampleDirectory.Entries;
        report.Add(new Figure(
            $"{Name}: bytes sent per inode", perInode, "B", "object graph", graphPerInode, perInode / graphPerInode,
            string.Create(CultureInfo.InvariantCulture, $"at most {BytesPerInodeMax}"), perInode <= BytesPerInodeMax));
        report.Add(new Figure(
            $"{Name}: both ends on this machine", perInode / pages.Elapsed.Median * 1000, "MB/s", plain.Contender.Name,
            perInode / plain.Elapsed.Median * 1000, plain.Elapsed.Median / pages.Elapsed.Median));
        AddCopies(report, adopted);
        report.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"processor seconds per GB: pages {PerGigabyte(pages.Sending, pages):0.00} to make and send, "
            + $"{PerGigabyte(pages.Receiving, pages):0.00} to receive; plain {PerGigabyte(plain.Sending, plain):0.00} and "
            + $"{PerGigabyte(plain.Receiving, plain):0.00}"));
    }

    /// <summary>Both ends, with all that a rank does with pages.</summary>
    private void AddCopies(Report report, WireTimes adopted)
    {
        report.Add(new Figure(
            $"{Name}: managed bytes per directory, both ends", adopted.Elapsed.BytesPerOperation * SampleDirectory.Entries, "B"));
        report.Add(new Figure(
            $"{Name}: payload bytes copied", adopted.Contender.PayloadBytesCopied, "B", Goal: "0",
            Met: adopted.Contender.PayloadBytesCopied == 0));
    }

    /// <summary>Nanoseconds per byte are seconds per 10^9 bytes.</summary>
    private static double PerGigabyte(Measurement times, WireTimes of) =>
        times.Median * SampleDirectory.Entries / of.Contender.DirectoryBytes;

    private void AddTime(Report report, string what, Measurement ours, Measurement peer, double timesFasterMin)
    {
        double ratio = ours.RatioTo(peer);
        bool hasGoal = timesFasterMin > 0;
        report.Add(new Figure(
            $"{Name}: {what}, beside {peer.Name}", ours.Median, "ns", peer.Name, peer.Median, ratio,
            hasGoal ? string.Create(CultureInfo.InvariantCulture, $"{timesFasterMin} times faster") : null,
            hasGoal ? 1 / ratio >= timesFasterMin : null));
    }

    private void AddMillions(Report report, string what, Measurement ours, double millionsMin)
    {
        double millions = 1000 / ours.Median;
        report.Add(new Figure(
            $"{Name}: {what}", millions, "M inodes/s",
            Goal: string.Create(CultureInfo.InvariantCulture, $"at least {millionsMin}"), Met: millions >= millionsMin));
    }
}
