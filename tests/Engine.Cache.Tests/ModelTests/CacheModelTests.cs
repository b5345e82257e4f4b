using System.Globalization;
using Engine.Testing;
using Xunit.Abstractions;

namespace Engine.Cache.Tests.ModelTests;

/// <summary>
/// Random runs against the content model. A failure names its seed; <c>ENGINE_MODEL_SEEDS=17-17 ENGINE_MODEL_OPERATIONS=50000</c>
/// in the environment runs chosen seeds for longer.
/// </summary>
public sealed class CacheModelTests(ITestOutputHelper output)
{
    private const int SeedsPerTest = 10;

    /// <summary>First and last seeds.</summary>
    public static TheoryData<int, int> Seeds
    {
        get
        {
            (int first, int last) = (1, Nightly.Count(usual: 40, nightly: 500));
            if (Environment.GetEnvironmentVariable("ENGINE_MODEL_SEEDS") is { Length: > 0 } range)
            {
                string[] ends = range.Split('-');
                (first, last) = (Number(ends[0]), Number(ends[^1]));
            }

            TheoryData<int, int> data = [];
            for (int seed = first; seed <= last; seed += SeedsPerTest)
                data.Add(seed, Math.Min(last, seed + SeedsPerTest - 1));
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void RandomRequestsKeepToTheModel(int first, int last) => RunSeeds(first, last, oneBlock: false);

    /// <summary>Seeds of <see cref="Seeds"/> with all requests in one block.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void RandomRequestsToOneBlockKeepToTheModel(int first, int last) => RunSeeds(first, last, oneBlock: true);

    /// <summary>Runs that have failed once.</summary>
    [Theory]
    [InlineData(30, 6000)]
    [InlineData(64, 6000)]
    [InlineData(189, 3000)]
    [InlineData(340, 6000)]
    public void RunsThatFailedOnceKeepToTheModel(int seed, int operations) =>
        Assert.True(Run(seed, operations) > operations / 10);

    private void RunSeeds(int first, int last, bool oneBlock)
    {
        string? wanted = Environment.GetEnvironmentVariable("ENGINE_MODEL_OPERATIONS");
        int operations = wanted is { Length: > 0 } ? Number(wanted) : Nightly.Count(usual: 2000, nightly: 8000);
        List<string> failures = [];
        int ended = 0;
        for (int seed = first; seed <= last; seed++)
        {
            try
            {
                ended += Run(seed, operations, oneBlock);
            }
            catch (InvariantException e)
            {
                failures.Add(e.Message);
            }
        }

        Assert.True(failures.Count == 0, $"{failures.Count} failures: {string.Join("\n\n", failures)}");
        Assert.True(ended > (last - first + 1) * operations / 10, $"only {ended} requests were made");
    }

    private int Run(int seed, int operations, bool oneBlock = false)
    {
        ModelRun run = new(seed, oneBlock);
        run.Run(operations);
        run.Dispose();
        output.WriteLine($"seed {seed}: {run.RequestsEnded} requests");
        return run.RequestsEnded;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
