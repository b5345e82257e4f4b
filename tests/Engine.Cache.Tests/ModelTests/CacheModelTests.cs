using System.Globalization;
using Xunit.Abstractions;

namespace Engine.Cache.Tests.ModelTests;

/// <summary>
/// Random runs against the content model. A failure names its seed; <c>ENGINE_MODEL_SEEDS=17-17 ENGINE_MODEL_OPERATIONS=50000</c>
/// in the environment runs chosen seeds for longer.
/// </summary>
public sealed class CacheModelTests(ITestOutputHelper output)
{
    private const int Runs = 20;
    private const int OperationsPerRun = 2000;

    [Fact]
    public void RandomRequestsKeepToTheModel()
    {
        (int first, int last) = Seeds();
        string? wanted = Environment.GetEnvironmentVariable("ENGINE_MODEL_OPERATIONS");
        int operations = wanted is null ? OperationsPerRun : int.Parse(wanted, CultureInfo.InvariantCulture);
        int ended = 0;
        for (int seed = first; seed <= last; seed++)
        {
            ModelRun run = new(seed);
            run.Run(operations);
            run.Dispose();
            ended += run.RequestsEnded;
            output.WriteLine($"seed {seed}: {run.RequestsEnded} requests");
        }

        Assert.True(ended > (last - first + 1) * operations / 10, $"only {ended} requests were made");
    }

    private static (int First, int Last) Seeds()
    {
        string? range = Environment.GetEnvironmentVariable("ENGINE_MODEL_SEEDS");
        if (range is null)
            return (1, Runs);
        string[] ends = range.Split('-');
        return (int.Parse(ends[0], CultureInfo.InvariantCulture), int.Parse(ends[^1], CultureInfo.InvariantCulture));
    }
}
