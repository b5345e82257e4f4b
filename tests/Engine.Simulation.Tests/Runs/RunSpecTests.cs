// What a run is described by, and what is drawn from it: command lines, replay files, plans of faults.
namespace Engine.Simulation.Tests;

public class RunSpecTests
{
    [Fact]
    public void AReplayFileReadsBack()
    {
        var spec = new RunSpec
        {
            Seed = ulong.MaxValue,
            Mode = SimMode.Liveness,
            Steps = 77,
            Scenario = ToyScenario.Name,
            Variant = nameof(ToyBug.TrimsFirst),
            Operations = OperationFilter.Only([3, 1, 2, 9]),
            IsStoreVolatile = true,
            Openers = 2,
            IsStaging = true,
            Faults = [new FaultEntry(4, FaultKind.Clog, 5, 1, -1, 6, 7, 0xABCDEF0123456789)],
        };
        Assert.True(RunSpec.TryParse(spec.ToText(), out RunSpec read, out string problem), problem);
        Assert.Equal(spec.ToText(), read.ToText());
        Assert.Equal(spec.Faults, read.Faults);
        Assert.True(read.IsStaging);
        Assert.Equal("1-3,9", read.Operations.ToString());
        Assert.True(RunSpec.TryParse(new RunSpec().ToText(), out read, out _));
        Assert.Null(read.Faults);
        Assert.Null(read.IsStoreVolatile);
        Assert.Null(read.Openers);
        Assert.Null(read.IsStaging);
        Assert.True(read.Operations.Includes(12345));
        Assert.True(read.FlagsRenames);
        spec = spec with { FlagsRenames = false };
        Assert.True(RunSpec.TryParse(spec.ToText(), out read, out _));
        Assert.Equal((false, spec.ToText()), (read.FlagsRenames, read.ToText()));
    }

    /// <summary>Runs that were kept before renames had flags stay what they were.</summary>
    [Fact]
    public void AFileThatSaysNothingOfRenamesIsARunWithoutTheirFlags()
    {
        const string Kept = "engine-simulation 1\nscenario tree\nseed 51\n";
        Assert.True(RunSpec.TryParse(Kept, out RunSpec read, out string problem), problem);
        Assert.False(read.FlagsRenames);
        Assert.True(RunSpec.TryParse(Kept + "renames flagged", out read, out problem), problem);
        Assert.True(read.FlagsRenames);
        Assert.False(RunSpec.TryParse(Kept + "renames none", out _, out problem));
        Assert.Contains("line 4", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "line 1")]
    [InlineData("engine-simulation 1\nseed x", "line 2")]
    [InlineData("engine-simulation 1\nseed 1\nnonsense", "line 3")]
    [InlineData("engine-simulation 1\nfault 1 Crash at=1", "line 2")]
    [InlineData("engine-simulation 1\noperations 5-x", "line 2")]
    [InlineData("engine-simulation 1\nscenario none", "no scenario none")]
    public void ADamagedOneIsRefused(string text, string expected)
    {
        Assert.False(RunSpec.TryParse(text, out _, out string problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--seed 5", 5, 5, "")]
    [InlineData("--seeds 3..9 --mode liveness --steps 100 --shrink", 3, 9, "")]
    [InlineData("--seeds 9..3", 0, 0, "--seeds 9..3: allowed: A..B, whole numbers, B not below A")]
    [InlineData("--seed", 0, 0, "--seed: its value is missing; allowed: a whole number from 0")]
    [InlineData("--seed x", 0, 0, "--seed x: allowed: a whole number from 0")]
    [InlineData("--mode both", 0, 0, "--mode both: allowed: safety, liveness")]
    [InlineData("--steps 0", 0, 0, "--steps 0: allowed: a whole number from 1 to")]
    [InlineData("--scenario none", 0, 0, "there is rank, crowd, tree, cluster, migrate, toy")]
    [InlineData("--variant none", 0, 0, "rank has None")]
    [InlineData("--nonsense 1", 0, 0, "--nonsense: there is no such option")]
    public void TheCommandLineIsRead(string line, ulong first, ulong last, string expected)
    {
        bool isGood = CommandLine.TryParse(line.Split(' '), out CommandLine command, out string problem);
        Assert.Equal(expected.Length == 0, isGood);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
        if (isGood)
            Assert.Equal((first, last), (command.FirstSeed, command.LastSeed));
    }

    [Fact]
    public void TheHelpNamesScenariosAndVariants()
    {
        foreach (string scenario in Scenarios.Names)
        {
            Assert.Contains($" {scenario}: None", CommandLine.Usage, StringComparison.Ordinal);
            foreach (string variant in Scenarios.VariantsOf(scenario))
                Assert.Contains($" {variant}", CommandLine.Usage, StringComparison.Ordinal);
        }

        Assert.All(CommandLine.Usage.Split('\n'), line => Assert.InRange(line.Length, 0, 120));
    }

    [Fact]
    public void PlansAreDrawnFromTheirSeedAndReachEveryKind()
    {
        IReadOnlyList<FaultKind> drawn = [.. FaultPlanOptions.Survivable, FaultKind.ClientCrash];
        var options = new FaultPlanOptions { HorizonMicros = 1000, Servers = [0, 1], Clients = [2, 3], Kinds = drawn };
        var kinds = new HashSet<FaultKind>();
        for (ulong seed = 0; seed < 200; seed++)
        {
            List<FaultEntry> plan = FaultPlan.Draw(seed, options);
            Assert.Equal(plan, FaultPlan.Draw(seed, options));
            foreach (FaultEntry entry in plan)
            {
                Assert.InRange(entry.AtMicros, 0, 999);
                Assert.NotEqual(entry.Target, entry.Other);
                Assert.True(FaultEntry.TryParse(entry.ToString(), out FaultEntry read) && read == entry);
                Assert.True(entry.Kind == FaultKind.Clog || entry.Kind == FaultKind.ClientCrash == entry.Target >= 2);
                kinds.Add(entry.Kind);
            }
        }

        Assert.Equal(drawn.Order(), kinds.Order());
    }

    /// <summary>There is nobody of its kind beside it.</summary>
    [Fact]
    public void TheOnlyClientsOtherIsAServer()
    {
        var options = new FaultPlanOptions
        {
            HorizonMicros = 1000, Servers = [0, 1], Clients = [2], Kinds = [FaultKind.ClientCrash],
        };
        FaultEntry[] drawn = [.. Enumerable.Range(1, 50).SelectMany(seed => FaultPlan.Draw((ulong)seed, options))];
        Assert.Contains(drawn, static entry => entry.Other is 0 or 1);
        Assert.All(drawn, static entry => Assert.True(entry is { Target: 2, Other: -1 or 0 or 1 }));
    }

    [Fact]
    public void ExtraFaultsComeBesideTheOthers_SomeWithACrash()
    {
        var options = new FaultPlanOptions { HorizonMicros = 1000, Servers = [0], Clients = [1] };
        FaultPlanOptions more = options with { Extra = [FaultKind.BitFlip] };
        int crashes = 0;
        for (ulong seed = 0; seed < 50; seed++)
        {
            List<FaultEntry> plain = FaultPlan.Draw(seed, options);
            List<FaultEntry> extra = [.. FaultPlan.Draw(seed, more).Except(plain)];
            Assert.Equal(FaultPlan.Draw(seed, more).Except(extra), plain);
            Assert.InRange(extra.Count(entry => entry.Kind == FaultKind.BitFlip), 2, 6);
            crashes += extra.Count(entry => entry.Kind == FaultKind.Crash);
            Assert.All(extra, entry => Assert.True(entry.Kind is FaultKind.BitFlip or FaultKind.Crash && entry.Target == 0));
        }

        Assert.InRange(crashes, 50, 200);
    }

    [Fact]
    public void TheLineNamesWhatWasRun()
    {
        RunResult result = SimRunner.Run(new RunSpec { Seed = 4, Steps = 300 });
        string line = result.Line("abc");
        Assert.Equal(
            "seed commit operations crashes faults simulated-seconds steps settled result trace",
            string.Join(' ', line.Split(' ').Select(word => word.Split('=')[0])));
        Assert.Contains($"trace={result.Trace}", line, StringComparison.Ordinal);
    }
}
