using System.Diagnostics;
using System.Globalization;
using Engine.Bench.Data;
using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>What does it cost until the received pages of a real tree serve requests?</summary>
internal sealed class TreeAdoptQuestion : IMetadataQuestion
{
    private const double MillionsMin = 1.5;
    private const long PoolBytes = 2L << 30;
    private const long WarmBytes = 384L << 20;

    public string Name => "tree-adopt";

    public string Title => "the pages of a real tree, from received bytes to a cache that serves it";

    public void Ask(Report report, MetadataArguments arguments)
    {
        int inodes;
        ReceivedTree tree;
        using (TreeImport? import = TreeImport.TryRun(arguments.Tree, out string reason))
        {
            if (import is null)
            {
                report.Note("skipped: " + reason);
                return;
            }

            inodes = import.Rank.Cache.InodeCount;
            tree = new ReceivedTree(import.Rank.Cache);
        }

        var rates = new Times();
        int rounds = arguments.Quick ? 3 : 12;
        for (int round = 0; round < rounds; round++)
        {
            TimeSpan time = Adopt(tree);

            // The first rounds are the compiler's.
            if (round > 1)
                rates.Add(inodes, time);
        }

        report.Add(new Figure(
            $"{Name}: {arguments.Tree}", rates.Median / 1e6, "M inodes/s",
            Goal: string.Create(CultureInfo.InvariantCulture, $"at least {MillionsMin}"),
            Met: rates.Median >= MillionsMin * 1e6));
        report.Note(string.Create(
            CultureInfo.InvariantCulture, $"{inodes} inodes, {tree.StoredBytes / (double)inodes:0} bytes sent for each"));
    }

    private static TimeSpan Adopt(ReceivedTree tree)
    {
        GuestMemory.Warm(WarmBytes);
        using var pool = new MetadataPagePool(PoolBytes);
        using var validator = new PageValidator();
        using MetadataCache cache = tree.Begin(pool);
        tree.Receive(pool);
        long start = Stopwatch.GetTimestamp();
        tree.Adopt(pool, cache, validator);
        return Stopwatch.GetElapsedTime(start);
    }
}
