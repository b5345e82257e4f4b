namespace Engine.Simulation;

/// <summary>The scenarios by name. The variant chooses among forms of one scenario; planted bugs are variants.</summary>
public static class Scenarios
{
    /// <summary>The name that a run has unless told otherwise.</summary>
    public const string Default = RankScenario.Name;

    /// <summary>Names of all scenarios.</summary>
    public static IReadOnlyList<string> Names { get; } = 
        [RankScenario.Name, RankScenario.CrowdName, TreeScenario.Name, ClusterScenario.Name,
        ClusterScenario.MigratingName, ToyScenario.Name];

    /// <summary>Variants of a scenario, the plain one first; empty when there is no such scenario.</summary>
    public static IReadOnlyList<string> VariantsOf(string name) => name switch
    {
        ToyScenario.Name => Enum.GetNames<ToyBug>(),
        TreeScenario.Name => Enum.GetNames<TreeBug>(),
        ClusterScenario.Name or ClusterScenario.MigratingName => Enum.GetNames<ClusterBug>(),
        RankScenario.Name or RankScenario.CrowdName => Enum.GetNames<RankBug>(),
        _ => [],
    };

    /// <summary>A new scenario for one run. The spec has been validated.</summary>
    public static IScenario Create(RunSpec spec) => spec.Scenario switch
    {
        ToyScenario.Name => new ToyScenario(Enum.Parse<ToyBug>(spec.Variant)),
        TreeScenario.Name => new TreeScenario(Enum.Parse<TreeBug>(spec.Variant)),
        ClusterScenario.Name => new ClusterScenario(Enum.Parse<ClusterBug>(spec.Variant), migrates: false),
        ClusterScenario.MigratingName => new ClusterScenario(Enum.Parse<ClusterBug>(spec.Variant), migrates: true),
        RankScenario.CrowdName => new RankScenario(Enum.Parse<RankBug>(spec.Variant), RankScenario.Crowd),
        _ => new RankScenario(Enum.Parse<RankBug>(spec.Variant)),
    };
}
