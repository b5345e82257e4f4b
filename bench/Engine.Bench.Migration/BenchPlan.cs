namespace Engine.Bench.Migration;

/// <summary>What one name of <c>./build.sh bench</c> asks.</summary>
/// <param name="Name">The name, that of its file of results too.</param>
/// <param name="Title">Over its tables.</param>
/// <param name="Questions">In the order in which they are asked.</param>
internal sealed record BenchPlan(string Name, string Title, IReadOnlyList<IMetadataQuestion> Questions)
{
    /// <summary>A rank and its memory.</summary>
    public static BenchPlan Metadata { get; } = new(
        "metadata",
        "Figures of the metadata plane",
        [
            new PageBuildQuestion(),
            new PageValidateQuestion(),
            new PageAdoptQuestion(),
            new PageIndexQuestion(),
            new PageMemoryQuestion(),
            new TreeMemoryQuestion(),
            new TreeAdoptQuestion(),
            new ReadQuestion(),
            new CreateQuestion(),
            new ImportQuestion(),
            new ReplayQuestion(),
        ]);

    /// <summary>What goes from one rank to another.</summary>
    public static BenchPlan Migrate { get; } = new(
        "migrate",
        "Figures of migrations",
        [
            new WireQuestion(), new MoveQuestion(), new LoadQuestion(), new BesideQuestion(), new TakeoverQuestion(),
            new StepsQuestion(),
        ]);

    /// <summary>The plan of that name; null where there is none.</summary>
    public static BenchPlan? Of(string name) => name == Metadata.Name ? Metadata : name == Migrate.Name ? Migrate : null;
}
