// A rank's own invariants as checks of a run: behind each step what the step changed, now and then all of it, at rest and at the
// end what journal and store make together. Owns nothing; what is found goes to the world under its number.
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>A rank's own invariants, as checks of a simulation.</summary>
internal static class RankAudit
{
    /// <summary>Marks of a run: journals replayed beside a rank and compared with it.</summary>
    public const string ShadowsCompared = "shadow replays compared";

    /// <summary>Those that could not be: a record was damaged, or the life was cut.</summary>
    public const string ShadowsSkipped = "shadow replays skipped";

    /// <summary>Entries that were compared.</summary>
    public const string EntriesCompared = "shadow entries compared";

    /// <summary>Requests done whose answers clients may lack, that were compared.</summary>
    public const string RequestsCompared = "shadow requests compared";

    /// <summary>Journals and stores that were checked together.</summary>
    public const string StoresChecked = "stores checked";

    /// <summary>Inodes in them.</summary>
    public const string InodesChecked = "inodes checked";

    /// <summary>Ranks that stopped when they were told to.</summary>
    public const string Ended = "ranks stopped";

    /// <summary>What the offline check says of a store with changed bits.</summary>
    public const string DamageFound = "damage found offline";

    /// <summary>Directories that a rank says it cannot read, at the end of a run.</summary>
    public const string DamageTold = "damage told by ranks";

    /// <summary>Logs that could not be opened any more because of a changed bit.</summary>
    public const string LogsRefused = "damaged logs refused";

    /// <summary>Objects with a bit that was changed for good, that the offline check found.</summary>
    public const string FlipsFound = "objects with changed bits found offline";

    /// <summary>Those that nothing refers to any more: the journal has all that they had, or they are to go.</summary>
    public const string FlipsUnread = "objects with changed bits that nothing refers to";

    /// <summary>Those that a rank had read, and told of.</summary>
    public const string FlipsTold = "objects with changed bits told by ranks";

    private const long ShadowBytesMax = 8 << 20;
    private const long CheckBytesMax = 32 << 20;
    private const int TrimCount = 1 << 20;

    /// <summary>Where an event says what it is, and what the first of a segment says.</summary>
    private const int KindOffset = 4;
    private const byte SubtreeMapKind = 1;

    /// <summary>Reports what does not hold any more of what the rank's last step changed.</summary>
    public static void CheckStep(SimWorld world, RankActor actor)
    {
        if (!actor.Rank.Cache.HasRoomForChange)
            world.Count(Met.CacheFull);
        foreach (string problem in actor.Audit.Check())
            Report(world, problem);
    }

    /// <summary>Reports what of the rank does not hold.</summary>
    public static void Check(SimWorld world, Rank rank)
    {
        foreach (string problem in rank.Audit(3))
            Report(world, problem);
    }

    /// <summary>Replays the rank's journal beside it, and reports where memory is not what comes out.</summary>
    public static void Shadow(SimWorld world, Rank rank, SimLogFile journal)
    {
        using ShadowReplay shadow = new(rank.Cache.Me, ShadowBytesMax);
        int at = journal.FirstAt(journal.Start);
        bool isGood = true;
        for (; isGood && journal.TryGet(at, out SimLogFile.Record record); at++)
        {
            // What a disk fault did to a record is for its checksum to find.
            if (!journal.IsIntact(record))
            {
                world.Count(ShadowsSkipped);
                return;
            }

            isGood = shadow.TryReplay(journal.BytesOf(record), record.Position);
        }

        if (isGood && !rank.OpenEvent.IsEmpty && shadow.LastSeq == rank.LastSeq - 1)
            isGood = shadow.TryReplay(rank.OpenEvent, journal.End);

        // Of a life that was cut nothing reaches the journal any more.
        bool isSame = shadow.LastSeq == rank.LastSeq;
        if (isGood && isSame)
            shadow.Compare(rank);
        world.Count(isSame ? ShadowsCompared : ShadowsSkipped);
        world.Count(EntriesCompared, shadow.Compared);
        world.Count(RequestsCompared, shadow.ComparedRequests);
        foreach (string problem in shadow.Findings)
            Report(world, problem);
    }

    /// <summary>Nothing is under way any more: nothing is held or frozen, and journal and store make one namespace whose links
    /// and sums agree (N2, N3, F6, P2, A7, C5).</summary>
    public static void AtRest(SimWorld world, RankActor actor, SimProcess server, bool isBlind = false)
    {
        SimLogFile journal = server.LogFile!;
        Rank rank = actor.Rank;
        world.Count(Met.AnswersDropped, actor.Unanswered);
        Check(world, rank);
        Shadow(world, rank, journal);
        foreach (string problem in rank.AuditAtRest())
            Report(world, problem);
        foreach (SimObject item in world.Store.Flipped.Where(item => item.FlipReadBy == server.Life))
            CheckTold(world, rank, item.Key.Name);
        CheckStore(world, journal, isBlind);
    }

    /// <summary>A rank that has read an object with a changed bit tells of its directory.</summary>
    private static void CheckTold(SimWorld world, Rank rank, string name)
    {
        // dir.INO.FRAG, and (0xINO.FRAG) in what ranks tell.
        string directory = $"(0x{name.Split('.')[1]}.";
        if (rank.Damage.Any(text => text.Contains(directory, StringComparison.Ordinal)))
            world.Count(FlipsTold);
        else
            world.Report("N2", $"the rank has read object {name}, of which a bit was changed, and tells of no damage");
    }

    /// <summary>Segments that a journal still has.</summary>
    public static int SegmentsOf(SimLogFile journal)
    {
        int heads = 0;
        for (int at = journal.FirstAt(journal.Start); journal.TryGet(at, out SimLogFile.Record record); at++)
            heads += journal.BytesOf(record)[KindOffset] == SubtreeMapKind ? 1 : 0;
        return heads;
    }

    /// <summary>What a run without a violation leaves: a journal that is damaged, or a rank that tells of damage, or one that was
    /// stopped.</summary>
    public static void AtEnd(SimWorld world, SimProcess server, bool isBlind = false)
    {
        if (server.Broken is not null)
            world.Count(LogsRefused);
        Rank? rank = (server.Life?.Actor as RankActor)?.Rank;
        world.Count(DamageTold, rank?.Damage.Count ?? 0);
        if (rank is { State: not RankState.Failed } && server.LogFile!.HasReadFlip)
            world.Report("N2", $"{rank.State} over a journal of which a bit had been changed when it was opened");
        if (rank?.State == RankState.Stopped)
            AtEnd(world, rank, server.LogFile!);
        else if (world.IsDamaged)
            CheckStore(world, server.LogFile!, isBlind);
    }

    /// <summary>The rank was told to stop, and has, and its journal is down to one segment (V7): its cache can be brought under
    /// its limit (V6), and everything is in the store.</summary>
    public static void AtEnd(SimWorld world, Rank rank, SimLogFile journal)
    {
        while (!rank.Cache.HasRoomForChange && rank.Cache.Trim(TrimCount) > 0)
        {
        }

        if (!rank.Cache.HasRoomForChange)
            world.Report("V6", $"{rank.Cache.BytesUsed} bytes stay in the cache of a stopped rank");
        CheckStore(world, journal);
        world.Count(Ended);
    }

    /// <summary>Checks journal and store together, as <c>engine fs check</c> does.</summary>
    public static void CheckStore(SimWorld world, SimLogFile journal, bool isBlind = false)
    {
        StoreView view = new(world.Store, isBlind);
        using NamespaceCheck check = new(view, CheckBytesMax);
        bool isGood = true;
        for (int at = journal.FirstAt(journal.Start); isGood && journal.TryGet(at, out SimLogFile.Record record); at++)
            isGood = journal.IsIntact(record) && check.TryReplay(journal.BytesOf(record), record.Position);
        if (isGood)
            check.Run();
        else if (world.IsDamaged)
            check.CheckObjects();
        else if (check.ProblemCount == 0)
            world.Report("N2", $"the journal cannot be read to its end, {journal.End}, and nothing is said to be damaged");
        world.Count(StoresChecked);
        world.Count(InodesChecked, check.Inodes);
        if (world.IsDamaged)
        {
            world.Count(DamageFound, check.ProblemCount);
            CheckFound(world, check, view);
            return;
        }

        foreach (string problem in check.Problems)
            world.Report(problem.Contains("counts", StringComparison.Ordinal) ? "N3" : "N2", problem);
    }

    /// <summary>Every object of which a bit was changed for good is named by the check, unless nothing refers to it.</summary>
    private static void CheckFound(SimWorld world, NamespaceCheck check, StoreView view)
    {
        foreach (SimObject item in world.Store.Flipped)
        {
            string name = item.Key.Name;
            bool isFound = check.Problems.Any(problem => problem.Contains(name, StringComparison.Ordinal)
                && problem.Contains("unusable", StringComparison.Ordinal));
            if (!isFound && view.WasRead.Contains(name))
                world.Report("N2", $"a bit of object {name} was changed: the check has read it, and says nothing");
            else
                world.Count(isFound ? FlipsFound : FlipsUnread);
        }
    }

    /// <summary>Reports a finding under the number that it begins with.</summary>
    public static void Report(SimWorld world, string problem) =>
        world.Report(Invariants.IsKnown(problem[..2]) ? problem[..2] : "N4", problem);
}
