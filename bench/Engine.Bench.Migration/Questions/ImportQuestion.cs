using System.Diagnostics;
using System.Globalization;
using System.Text;
using Engine.Bench.Data;

namespace Engine.Bench.Migration;

/// <summary>How fast does a real tree come in?</summary>
internal sealed class ImportQuestion : IMetadataQuestion
{
    private const double ThousandsMin = 200;

    /// <summary>The first fills the kernel's caches; the compiler goes on in those behind it (4 % of the time of both processors
    /// in the second to the sixth).</summary>
    private const int WarmUpRounds = 4;

    public string Name => "import";

    public string Title => "a real tree into a namespace, journal on a loop device over memory; beside it what the file system "
        + "alone takes to tell names, attributes, links and xattr names";

    public void Ask(Report report, MetadataArguments arguments)
    {
        byte[] top = Encoding.UTF8.GetBytes(Path.GetFullPath(arguments.Tree));
        var walks = new Times();
        var imports = new Times();
        var cpu = new List<double>();
        var walkCpus = new List<double>();
        int rounds = WarmUpRounds + (arguments.Quick ? 1 : 5);
        int inodes = 0;
        double first = 0;
        for (int round = 0; round < rounds; round++)
        {
            // What the round before left behind is for neither to clear away.
            GC.Collect();
            TimeSpan cpuBefore = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            int count = TreeWalk.Run(top);
            TimeSpan walk = Stopwatch.GetElapsedTime(start);
            TimeSpan walkCpu = Environment.CpuUsage.TotalTime - cpuBefore;
            using TreeImport? import = TreeImport.TryRun(arguments.Tree, out string reason);
            if (import is null)
            {
                report.Note("skipped: " + reason);
                return;
            }

            inodes = import.Inodes;
            if (round == 0)
                first = import.Inodes / import.Time.TotalSeconds;
            if (round < WarmUpRounds)
                continue;
            walks.Add(count, walk);
            imports.Add(import.Inodes, import.Time);
            cpu.Add(import.ProcessorTime.TotalNanoseconds / import.Inodes);
            walkCpus.Add(walkCpu.TotalNanoseconds / count);
        }

        report.Add(new Figure(
            $"{Name}: {arguments.Tree}, until all is safe", imports.Median / 1000, "k inodes/s", "the walk alone",
            walks.Median / 1000, imports.Median / walks.Median,
            string.Create(CultureInfo.InvariantCulture, $"at least {ThousandsMin}"), imports.Median >= ThousandsMin * 1000));
        (double ours, double walked) = (Medians.Of(cpu), Medians.Of(walkCpus));
        report.Add(new Figure(
            $"{Name}: {arguments.Tree}, processor time of all threads per inode", ours, "ns", "the walk alone", walked,
            ours / walked));
        report.Add(new Figure($"{Name}: {arguments.Tree}, the first of the process", first / 1000, "k inodes/s"));
        (double low, double high) = imports.Range;
        report.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"{inodes} inodes; {rounds - WarmUpRounds} imports, {low / 1000:0} to {high / 1000:0} k inodes/s"));
    }
}
