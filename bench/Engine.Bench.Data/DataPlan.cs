namespace Engine.Bench.Data;

/// <summary>What one name of <c>./build.sh bench</c> asks.</summary>
/// <param name="Name">The name, that of its file of results too.</param>
/// <param name="Title">Over its tables.</param>
/// <param name="Questions">In the order in which they are asked.</param>
internal sealed record DataPlan(string Name, string Title, IReadOnlyList<IQuestion> Questions)
{
    /// <summary>A volume and its device.</summary>
    public static DataPlan Data { get; } = new(
        "data",
        "Figures of the data plane",
        [
            new HitQuestion("hit-hot", "4 KiB read hit, hot set of 1 MiB", bytes: 1 << 20, isHot: true),
            new HitQuestion("hit-uniform", "4 KiB read hit, uniform over 256 MiB", bytes: 256 << 20, isHot: false),
            new WriteHotQuestion(),
            new WriteSteadyQuestion(),
            new DeviceQuestion(),
        ]);

    /// <summary>The cache alone, in memory.</summary>
    public static DataPlan Cache { get; } = new(
        "cache", "Figures of the cache", [new SeedQuestion(), new ThreadsQuestion(), new TraceQuestion()]);

    /// <summary>The plan of that name; null where there is none.</summary>
    public static DataPlan? Of(string name) => name == Data.Name ? Data : name == Cache.Name ? Cache : null;
}
