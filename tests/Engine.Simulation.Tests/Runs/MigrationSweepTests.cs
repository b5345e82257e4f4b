// Sweeps of migrations under faults. A sweep shows something only where much happened: what was met is counted over all its runs,
// and where nobody has died at a point by chance, somebody is made to.

using System.Globalization;
using Engine.Migration;
using Xunit.Abstractions;

namespace Engine.Simulation.Tests;

/// <summary>Directories that move between ranks while clients work in them, under crashes, partitions, disk faults and deaths
/// at the points that have names: every answer is that of the reference namespace, and ranks agree at rest. As many seeds as fit
/// into a test run; all of them at night.</summary>
public class MigrationSweepTests(ITestOutputHelper output)
{
    private const ulong SafetySeeds = 232;

    /// <summary>Who dies where is drawn: where nobody has, so many of the runs are tried again with a death there.</summary>
    private const int DeathTriesMax = 20;

    private const ulong LivenessSeeds = 200;
    private const ulong SafetySeedsAtNight = 2_500;
    private const ulong LivenessSeedsAtNight = 2_000;
    private const ulong SeedsToFind = 20;
    private const ulong SeedsToBreak = 8;
    private const ulong FirstLivenessSeed = 1001;
    private const ulong OpenersSafetySeeds = 16;
    private const ulong OpenersLivenessSeeds = 8;
    private const ulong OpenersSafetySeedsAtNight = 40;
    private const ulong OpenersLivenessSeedsAtNight = 16;
    private const ulong FirstOpenersLivenessSeed = 1012;
    private const int Openers = 2;
    private const long Steps = 8_000;
    private const long LivenessSteps = 3_000;

    private static readonly RunSpec s_spec =
        new() { Scenario = ClusterScenario.MigratingName, Variant = nameof(ClusterBug.None), Steps = Steps, Openers = 0 };

    [Fact]
    public void MG140_RandomSeedsShowNoViolation()
    {
        List<RunResult> results = SeedSweep.Holds(s_spec, SafetySeeds, seedsAtNight: SafetySeedsAtNight);
        foreach (KillPoint point in WithoutDeath(results).ToList())
            DieAt(point, results);
        SeedSweep.MostSettled(results);
        Print(results);
        MuchHappened(results);
        Assert.Empty(WithoutDeath(results));
    }

    /// <summary>Everything that was begun ends once faults are over: no migration is undecided, nothing is frozen, every request
    /// is answered, and ranks agree.</summary>
    [Fact]
    public void MG141_AfterAStormEverythingEnds()
    {
        List<RunResult> results = SeedSweep.Holds(
            s_spec with { Mode = SimMode.Liveness, Steps = LivenessSteps }, LivenessSeeds, FirstLivenessSeed,
            LivenessSeedsAtNight);
        Print(results);
        MuchHappened(results);
        Assert.All(results, result => Assert.True(result.HasSettled));
        Assert.All(results, result => Assert.True(result.CountOf(ClusterScenario.Compared) > 0));
    }

    /// <summary>Clients hold capabilities on files that move: each is known to the authority and to nobody else, none is doubled
    /// or left behind, and what clients were told is durable stays.</summary>
    [Fact]
    public void MG143_CapabilitiesMoveWithTheirFiles()
    {
        List<RunResult> results = SeedSweep.Holds(
            s_spec with { Openers = Openers }, OpenersSafetySeeds, seedsAtNight: OpenersSafetySeedsAtNight);
        SeedSweep.MostSettled(results);
        Print(results);
        CapabilitiesMoved(results);
    }

    /// <summary>With such clients too everything ends that was begun.</summary>
    [Fact]
    public void MG144_AfterAStormCapabilitiesAreWhereTheirFilesAre()
    {
        List<RunResult> results = SeedSweep.Holds(
            s_spec with { Mode = SimMode.Liveness, Openers = Openers }, OpenersLivenessSeeds, FirstOpenersLivenessSeed,
            OpenersLivenessSeedsAtNight);
        Print(results);
        CapabilitiesMoved(results);
        Assert.All(results, result => Assert.True(result.HasSettled));
        Assert.All(results, result => Assert.True(result.CountOf(ClusterScenario.Compared) > 0));
    }

    /// <summary>What is planted into migrations is found, in runs in which nothing is wrong without it.</summary>
    [Theory]
    [InlineData(ClusterBug.ServesBeforeTheWord, "A2")]
    [InlineData(ClusterBug.ForgetsWhatItGave, "V2")]
    [InlineData(ClusterBug.GivesToEverybody, "A2")]
    [InlineData(ClusterBug.LosesNotices, "A7")]
    public void MG142_APlantedBugIsFound(ClusterBug bug, string invariant)
    {
        for (ulong seed = FirstLivenessSeed; seed < FirstLivenessSeed + SeedsToFind; seed++)
        {
            RunSpec sound = s_spec with { Mode = SimMode.Liveness, Steps = 5_000, Seed = seed };
            if (SimRunner.Run(sound with { Variant = $"{bug}" }).Violation?.Invariant != invariant)
                continue;
            Assert.Null(SimRunner.Run(sound).Violation);
            return;
        }

        Assert.Fail($"{bug} is not found as {invariant} in {SeedsToFind} seeds");
    }

    /// <summary>Runs in which messages overtake one another are apart from all others: nothing is promised in them. That they are
    /// found shows that the checks can fail: at least one in two is, and none of the same seeds in which they do not.</summary>
    [Fact]
    public void MG142_MessagesThatOvertakeOneAnotherAreFound()
    {
        List<string> found = [];
        for (ulong seed = FirstLivenessSeed; seed < FirstLivenessSeed + SeedsToBreak; seed++)
        {
            RunSpec sound = s_spec with { Mode = SimMode.Liveness, Steps = 5_000, Seed = seed };
            if (SimRunner.Run(sound with { Variant = nameof(ClusterBug.BreaksFifo) }).Violation is { } violation)
                found.Add(violation.Invariant);
            Assert.Null(SimRunner.Run(sound).Violation);
        }

        output.WriteLine($"{found.Count} of {SeedsToBreak} seeds: {string.Join(", ", found.CountBy(static each => each))}");
        Assert.True((ulong)found.Count >= SeedsToBreak / 2, $"{found.Count} of {SeedsToBreak} seeds are found");
    }

    private static void CapabilitiesMoved(List<RunResult> results)
    {
        foreach (string mark in (string[])[ClusterScenario.FilesOpened, ClusterScenario.Revokes, ClusterScenario.Flushes,
            ClusterScenario.CapsMoved])
            Assert.True(Sum(results, mark) > results.Count, $"{Sum(results, mark)} {mark}");
        Assert.True(Sum(results, ClusterScenario.Exports) > 10 * results.Count, "few regions moved");
    }

    private static void MuchHappened(List<RunResult> results)
    {
        foreach (string mark in (string[])[ClusterScenario.Begun, ClusterScenario.Exports, ClusterScenario.Imports,
            ClusterScenario.Cancels, ClusterScenario.Reversals, ClusterScenario.Recoveries, ClusterScenario.StagingRounds,
            ClusterScenario.StagedBytes, ClusterScenario.Splits, ClusterScenario.Divisions, ClusterScenario.Merges,
            ClusterScenario.Moves, SimWorld.Killed,
            SimWorld.Struck + FaultKind.Partition, SimWorld.Struck + FaultKind.Reset])
            Assert.True(Sum(results, mark) > 0, $"no {mark}");
        Assert.True(Sum(results, ClusterScenario.Exports) > 10 * results.Count, "few regions moved");
        Assert.True(results.Sum(result => result.Crashes) > results.Count, "few crashes");
    }

    /// <summary>Points at which nobody has died.</summary>
    private static IEnumerable<KillPoint> WithoutDeath(List<RunResult> results) =>
        Enum.GetValues<KillPoint>().Where(point => point > 0 && Sum(results, $"{SimWorld.Killed}: {point}") == 0);

    /// <summary>Runs again what had a death at some point, which now is that one, until somebody dies there.</summary>
    private static void DieAt(KillPoint point, List<RunResult> results)
    {
        ulong salt = (2 * (ulong)ClusterRankActor.NumberOf(point)) + 1;
        foreach (RunResult drawn in results.Where(static each => each.CountOf(SimWorld.Killed) > 0).Take(DeathTriesMax).ToList())
        {
            IEnumerable<FaultEntry> faults = drawn.Spec.Faults!.Select(
                each => each.Kind == FaultKind.Kill ? each with { Salt = salt } : each);
            RunResult result = SimRunner.Run(drawn.Spec with { Faults = [.. faults] });
            Assert.True(result.Violation is null, $"{result.Violation}\n{result.Spec.ToText()}");
            results.Add(result);
            if (result.CountOf($"{SimWorld.Killed}: {point}") > 0)
                return;
        }
    }

    private static long Sum(List<RunResult> results, string mark) => results.Sum(result => result.CountOf(mark));

    private void Print(List<RunResult> results)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{results.Count} seeds of {results[0].Spec.Steps} steps, {results.Sum(result => result.Crashes)} crashes, "
            + $"{results.Sum(result => result.Operations)} operations: no violation; more seeds with --nightly"));
        foreach (string mark in results.SelectMany(result => result.Marks.Keys).Distinct().Order(StringComparer.Ordinal))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {mark}: {Sum(results, mark)}"));
    }
}
