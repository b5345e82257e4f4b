namespace Engine.Simulation.Tests;

/// <summary>Runs many seeds of a scenario; one in twenty is run twice and must do the same. At night ten times as many.</summary>
internal static class SeedSweep
{
    private const ulong RepeatEvery = 20;
    private const ulong NightFactor = 10;

    /// <summary>Every seed must hold; returns the results, so that the caller can check that there was trouble enough.</summary>
    public static List<RunResult> Holds(RunSpec spec, ulong seeds, ulong firstSeed = 1)
    {
        if (Environment.GetEnvironmentVariable("ENGINE_NIGHTLY") == "1")
            seeds *= NightFactor;
        var results = new List<RunResult>();
        for (ulong seed = firstSeed; seed < firstSeed + seeds; seed++)
        {
            RunResult result = SimRunner.Run(spec with { Seed = seed });
            Assert.True(result.Violation is null, $"{result.Violation}\nrepeat with {CommandFor(result.Spec)}");
            if (seed % RepeatEvery == 0)
                Assert.Equal(result.Trace, SimRunner.Run(spec with { Seed = seed }).Trace);
            results.Add(result);
        }

        return results;
    }

    /// <summary>Of runs under faults, nineteen in twenty at least come to rest afterwards: what is checked at rest counts only
    /// where there was any.</summary>
    public static void MostSettled(List<RunResult> results)
    {
        int settled = results.Count(result => result.HasSettled);
        Assert.True(settled >= results.Count * 19 / 20, $"{settled} of {results.Count} runs settled");
    }

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
        return $"./build.sh sim --scenario {spec.Scenario} --variant {spec.Variant} --mode {mode} --steps {spec.Steps} "
            + $"--seed {spec.Seed} --shrink";
    }
}
