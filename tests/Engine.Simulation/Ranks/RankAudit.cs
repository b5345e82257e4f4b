using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>A rank's own invariants, as checks of a simulation.</summary>
internal static class RankAudit
{
    private const long ShadowBytesMax = 8 << 20;

    /// <summary>Reports what of the rank does not hold.</summary>
    public static void Check(SimWorld world, Rank rank)
    {
        foreach (string problem in rank.Audit(3))
            Report(world, problem);
    }

    /// <summary>Replays the rank's journal beside it, and reports where memory is not what comes out.</summary>
    public static void Shadow(SimWorld world, Rank rank, SimLogFile journal)
    {
        using ShadowReplay shadow = new(new RankId(0), ShadowBytesMax);
        int at = journal.FirstAt(journal.Start);
        bool isGood = true;
        for (; isGood && journal.TryGet(at, out SimLogFile.Record record); at++)
        {
            // What a disk fault did to a record is for its checksum to find.
            if (!journal.IsIntact(record))
                return;
            isGood = shadow.TryReplay(journal.BytesOf(record), record.Position);
        }

        // Of a life that was cut nothing reaches the journal any more.
        if (isGood && shadow.LastSeq == rank.LastSeq)
            shadow.Compare(rank.Cache);
        foreach (string problem in shadow.Findings)
            Report(world, problem);
    }

    private static void Report(SimWorld world, string problem) =>
        world.Report(Invariants.IsKnown(problem[..2]) ? problem[..2] : "N4", problem);
}
