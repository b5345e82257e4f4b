namespace Engine.Simulation.Tests;

/// <summary>Runs many seeds of a scenario; one in twenty is run twice and must do the same. At night ten times as many,
/// or as many as are named.</summary>
internal static class SeedSweep
{
    private const ulong RepeatEvery = 20;
    private const ulong NightFactor = 10;

    /// <summary>Every seed must hold; returns the results, so that the caller can check that there was trouble enough.</summary>
    public static List<RunResult> Holds(RunSpec spec, ulong seeds, ulong firstSeed = 1, ulong? seedsAtNight = null)
    {
        if (Environment.GetEnvironmentVariable("ENGINE_NIGHTLY") == "1")
            seeds = seedsAtNight ?? seeds * NightFactor;
        var results = new List<RunResult>();
        for (ulong seed = firstSeed; seed < firstSeed + seeds; seed++)
        {
            RunResult result = SimRunner.Run(spec with { Seed = seed });
            Assert.True(result.Violation is null, $"{result.Violation}\nrepeat with {CommandFor(result.Spec)}");
            if (seed % RepeatEvery == 0)
                Assert.Equal(result.Trace, SimRunner.Run(spec with { Seed = seed }).Trace);
            DamageIsReal(result);
            results.Add(result);
        }

        return results;
    }

    /// <summary>Damage is told of only where a bit was changed for good: a rank that calls sound directories damaged would not be
    /// asked whether it comes to rest.</summary>
    public static void DamageIsReal(RunResult result) => Assert.True(
        !IsDamaged(result) || result.CountOf(SimWorld.BitsChanged) > 0,
        $"damage is told of where no bit was changed; repeat with {CommandFor(result.Spec)}");

    /// <summary>Of runs under faults, nineteen in twenty at least come to rest afterwards: what is checked at rest counts only
    /// where there was any. Not asked are those that lost for good what they would need for that.</summary>
    public static void MostSettled(List<RunResult> results)
    {
        List<RunResult> asked = [.. results.Where(result => !IsDamaged(result))];
        int settled = asked.Count(result => result.HasSettled);
        Assert.True(settled >= asked.Count * 19 / 20, $"{settled} of {asked.Count} runs settled");
        Assert.True(asked.Count >= results.Count * 3 / 4, $"{results.Count - asked.Count} of {results.Count} runs were damaged");
    }

    /// <summary>What strikes in a share of the seeds did, and was met: bits that changed were found, by a rank or by a log that
    /// was opened, and changes were refused while a store was read-only.</summary>
    public static void ExtraFaultsStruck(List<RunResult> results)
    {
        long struck = results.Count(result => result.CountOf(SimWorld.BitsChanged) > 0);
        long found = results.Count(IsDamaged);
        long refused = results.Sum(result => result.CountOf(ReadOnlyWatch.ChangesRefused));
        long offline = results.Sum(result => result.CountOf(RankAudit.FlipsFound));
        Assert.True(
            struck >= results.Count / 8 && found >= results.Count / 40 && refused >= results.Count / 10
                && offline >= results.Count / 20,
            $"bits changed in {struck} of {results.Count} runs, found in {found}; {offline} objects with such bits found "
                + $"offline; {refused} changes refused");
    }

    private static bool IsDamaged(RunResult result) =>
        result.CountOf(RankAudit.DamageTold) > 0 || result.CountOf(RankAudit.LogsRefused) > 0;

    /// <summary>A check that compares nothing proves nothing: shadow replays met entries and requests, and journals and
    /// stores were checked together wherever a run came to rest.</summary>
    public static void MuchWasCompared(List<RunResult> results)
    {
        long compared = results.Sum(result => result.CountOf(RankAudit.ShadowsCompared));
        long skipped = results.Sum(result => result.CountOf(RankAudit.ShadowsSkipped));
        long entries = results.Sum(result => result.CountOf(RankAudit.EntriesCompared));
        long requests = results.Sum(result => result.CountOf(RankAudit.RequestsCompared));
        string text = $"{compared} shadow replays compared, {skipped} skipped, {entries} entries, {requests} requests";
        Assert.True(compared >= 3 * results.Count && skipped <= compared / 10 && entries >= 100 * results.Count, text);
        Assert.True(requests >= results.Count, text);
        foreach (RunResult result in results.Where(result => result.HasSettled))
        {
            Assert.True(result.CountOf(RankAudit.StoresChecked) > 0, $"seed {result.Spec.Seed}: its store was not checked");
        }

        Assert.True(results.Sum(result => result.CountOf(RankAudit.InodesChecked)) >= 10 * results.Count);
    }

    /// <summary>V6, V7: of those that came to rest, nineteen in twenty ranks at least could be stopped.</summary>
    public static void MostStopped(List<RunResult> results)
    {
        long stopped = results.Sum(result => result.CountOf(RankAudit.Ended));
        Assert.True(stopped >= results.Count * 19 / 20, $"{stopped} of {results.Count} ranks stopped");
    }

    private static string CommandFor(RunSpec spec)
    {
        string mode = spec.Mode == SimMode.Safety ? "safety" : "liveness";
        string openers = spec.Openers is { } count ? $"--openers {count} " : "";
        return $"./build.sh sim --scenario {spec.Scenario} --variant {spec.Variant} --mode {mode} --steps {spec.Steps} "
            + $"{openers}--seed {spec.Seed} --shrink";
    }
}
