// What a run with migrations draws from its seed beside the rest, and what of it is counted. Whatever is drawn anew has a salt of
// its own, or a line in the run's file, so that kept runs go on as they did.

using Engine.Buffers;
using Engine.Metadata;
using Engine.Migration;

namespace Engine.Simulation;

/// <content>Subtrees that move while all of that goes on.</content>
internal sealed partial class ClusterScenario
{
    /// <summary>The name of the scenario in which directories move between ranks.</summary>
    public const string MigratingName = "migrate";

    /// <summary>Mark of a run: exports that began.</summary>
    public const string Begun = "exports begun";

    /// <summary>Mark of a run: regions that were given away.</summary>
    public const string Exports = "regions given away";

    /// <summary>Mark of a run: regions that were received.</summary>
    public const string Imports = "regions received";

    /// <summary>Mark of a run: exports that came to nothing.</summary>
    public const string Cancels = "exports that came to nothing";

    /// <summary>Mark of a run: imports that came to nothing.</summary>
    public const string Reversals = "imports that came to nothing";

    /// <summary>Mark of a run: imports of former lives that were decided later.</summary>
    public const string Recoveries = "imports decided in a later life";

    /// <summary>Mark of a run: questions about imports that the exporter's journal answered.</summary>
    public const string Answers = "imports decided by the exporter's journal";

    /// <summary>Mark of a run: changes that would have concerned two ranks.</summary>
    public const string Refusals = "changes refused between ranks";

    /// <summary>Mark of a run: directories that were told to be another rank's by now.</summary>
    public const string Moves = "directories that changed ranks";

    /// <summary>Mark of a run: directories that were promised to another rank.</summary>
    public const string MovesPromised = "directories promised to other ranks";

    /// <summary>Mark of a run: regions for which the receiver had no memory.</summary>
    public const string NoMemory = "regions without memory";

    /// <summary>Mark of a run: directories that were divided.</summary>
    public const string Divisions = "directories divided";

    /// <summary>Mark of a run: parts of directories that were put together.</summary>
    public const string Merges = "parts of directories put together";

    /// <summary>Mark of a run: regions that went in parts.</summary>
    public const string Splits = "regions that went in parts";

    /// <summary>Mark of a run: rounds in which pages went ahead.</summary>
    public const string StagingRounds = "rounds of pages that went ahead";

    /// <summary>Mark of a run: bytes that went ahead.</summary>
    public const string StagedBytes = "bytes that went ahead";

    /// <summary>Where subtrees move, one in so many operations beside those of the draw renames what is likely a directory.
    /// </summary>
    private const ulong MoveOneIn = 6;

    private const ulong MoveSalt = 0x30fe;

    /// <summary>About what a directory of two names takes.</summary>
    private const long PartBytesMax = 4 << 10;

    /// <summary>Keeps apart what else is drawn from a seed.</summary>
    private const ulong StagingSalt = 0x57a6;

    /// <summary>The same; with it the kept runs from before go on as they did.</summary>
    private const ulong ResidencySalt = 0x13f0;

    /// <summary>The same, of what makes a run wide.</summary>
    private const ulong WideSalt = 0x71de;

    /// <summary>Points with a name that only a run reaches in which pages go ahead.</summary>
    private const ulong PointsOfStaging = 3;

    private readonly List<Migrator> _migrators = [];
    private bool _isReady;

    /// <summary>Deadlines that fit into the time that a run takes. In half of the runs pages go ahead: a dirfrag at a time or
    /// several, in few rounds or many, to who has room for them or not for all.</summary>
    public MigrationOptions MigrationOptions => new()
    {
        LockingMicros = 200_000,
        DiscoverMicros = 200_000,
        StagingMicros = 200_000,
        FreezeMicros = 100_000,
        PrepMicros = 200_000,
        WarningMicros = 100_000,
        ExportingMicros = 200_000,
        ResendMicros = 20_000,
        // Everything is asked for by chance, at the worst of times too.
        BeginsWhileDegraded = true,
        BackOffMicros = 0,
        ExportBytesMax = GoesInParts ? PartBytesMax : 16 << 20,
        StagingRoundsMax = IsStaging(_spec) ? 1 + (int)(Kind % 5) : 0,
        StagingStopBytes = 0,
        StageBytes = Kind % 2 == 0 ? 1 : 4 << 10,
        StagingBytesMax = Kind % 4 == 3 ? 8 << 10 : 1 << 20,
        MinResidencyMicros = TraceHash.Mix(_spec.Seed, ResidencySalt) % 6 == 0 ? 50_000 : 30_000_000,
    };

    private ulong Kind => _spec.Seed / 4;

    /// <summary>In a third of the wide runs what is larger than a few names goes in parts, where it does not go ahead.</summary>
    private bool GoesInParts => _spec.IsWide && TraceHash.Mix(_spec.Seed, WideSalt) % 3 == 0;

    /// <summary>Do directories move?</summary>
    public bool Migrates { get; }

    /// <summary>May another migration begin?</summary>
    public bool MayMove => _isReady && !_world!.IsSettling;

    private bool HaveMigrationsEnded => _ranks.TrueForAll(process =>
        process.Life?.Actor is ClusterRankActor { Migrator: var migrator, Rank.Services: var services }
        && migrator?.Live().Any() != true && !services.GivenExports.Any());

    /// <summary>A life's migrations.</summary>
    public void Note(Migrator migrator) => _migrators.Add(migrator);

    /// <summary>A change was refused since it would have concerned two ranks.</summary>
    public void RefusedBetween() => _world!.Count(Refusals);

    /// <summary>A rank says something of a change of two.</summary>
    public void Saw(Message message)
    {
        if (message is NameOffered { Dirs.Count: > 0 })
            _world!.Count(MovesPromised);
        if (message is NameDecision { Way.Count: > 0 })
            _world!.Count(Moves);
    }

    /// <summary>A region did not fit into memory.</summary>
    public void PagesLost() => _world!.Count(NoMemory);

    /// <summary>Three to five ranks, so that somebody stands by; in half of the runs directories of a few names are divided, and
    /// in half of them what is sent behind pages may come before them.</summary>
    private RankOptions Widen(RankOptions options, ref int ranks)
    {
        SeededRandom random = new(TraceHash.Mix(_spec.Seed, WideSalt + 1));
        if (TraceHash.Mix(_spec.Seed, WideSalt + 2) % 2 == 0)
            _world!.Network.IsBulk = static message => message is PagesInTransit;
        int drawn = random.NextInt(RanksMin, RanksMax + 1);
        ranks = HasOpeners ? ranks : drawn;
        return random.NextInt(2) == 0 ? DrawnOptions.Divided(options, random) : options;
    }

    /// <summary>Do pages go ahead in the run?</summary>
    private bool IsStaging(RunSpec spec) =>
        Migrates && (spec.IsStaging ?? (TraceHash.Mix(spec.Seed, StagingSalt) % 2 == 0));

    private void CountMigrations(SimWorld world)
    {
        foreach (MigrationCounters counters in _migrators.Select(static migrator => migrator.Counters))
        {
            world.Count(Begun, counters.ExportsBegun);
            world.Count(Exports, counters.Exported);
            world.Count(Imports, counters.Imported);
            world.Count(Cancels, counters.ExportsCancelled);
            world.Count(Reversals, counters.ImportsCancelled);
            world.Count(Recoveries, counters.Recovered);
            world.Count(Answers, counters.Resolved);
            world.Count(StagingRounds, counters.StagingRounds);
            world.Count(StagedBytes, counters.StagedBytes);
            world.Count(Splits, counters.Splits);
            if (counters.Violations > 0)
                world.Report("X1", counters.LastViolation);
        }
    }
}
