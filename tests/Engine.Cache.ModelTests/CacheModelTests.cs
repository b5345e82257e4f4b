// Random sequences of requests, store completions, errors, time and settings against the content model.

using System.Diagnostics;
using System.Globalization;
using Engine.Cache.ModelTests.Run;
using Engine.Cache.ModelTests.Store;
using Engine.Testing;

namespace Engine.Cache.ModelTests;

/// <summary>
/// A failure names its seed and shows the shortest sequence found that fails too; put into a file in Kept it is run for ever.
/// <c>ENGINE_MODEL_SEEDS=17-17 ENGINE_MODEL_STEPS=50000</c> in the environment runs chosen seeds for longer.
/// </summary>
public sealed class CacheModelTests
{
    private const int SeedsPerTest = 25;
    private const int TraceLines = 80;

    /// <summary>First and last seeds.</summary>
    public static TheoryData<int, int> Seeds
    {
        get
        {
            (int first, int last) = (1, Nightly.Count(usual: 200, nightly: 1000));
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

    public static TheoryData<string> Kept =>
        [.. Directory.GetFiles(KeptDirectory, "*.txt").Select(path => Path.GetFileNameWithoutExtension(path)).Order()];

    private static string KeptDirectory => Path.Combine(AppContext.BaseDirectory, "Kept");

    [Theory]
    [MemberData(nameof(Seeds))]
    public void OC147_OC148_OC150_OC151_RandomSequencesKeepToTheModel(int first, int last)
    {
        int steps = Environment.GetEnvironmentVariable("ENGINE_MODEL_STEPS") is { Length: > 0 } wanted
            ? Number(wanted)
            : Nightly.Count(usual: 20_000, nightly: 100_000);
        Stopwatch watch = Stopwatch.StartNew();
        long ended = 0;
        for (int seed = first; seed <= last; seed++)
        {
            ModelSequence sequence = ModelSequence.Draw(seed, steps);
            try
            {
                using ModelRun run = new(sequence.Config);
                run.Run(sequence.Steps);
                ended += run.RequestsEnded;
            }
            catch (InvariantException e)
            {
                SynchronizationContext.SetSynchronizationContext(null);
                Assert.Fail($"seed {seed}: {e.Message}\n{e.StackTrace}\n{Explain(sequence)}");
            }
        }

        long operations = (long)steps * (last - first + 1);
        Assert.True(ended > operations / 8, $"only {ended} requests were made");
        Tables.Write($"model of the cache: {operations} steps of seeds {first} to {last}, "
            + $"{ended} requests, {operations / Math.Max(0.001, watch.Elapsed.TotalSeconds):F0} steps a second");
    }

    [Theory]
    [MemberData(nameof(Kept))]
    public void OC152_SequencesThatFailedOnceKeepToTheModel(string name)
    {
        ModelSequence sequence = ModelSequence.Parse(File.ReadAllText(Path.Combine(KeptDirectory, name + ".txt")));

        Assert.Null(ModelRun.Failure(sequence));
    }

    [Theory]
    [InlineData(Lie.WriteLost)]
    [InlineData(Lie.WriteTorn)]
    [InlineData(Lie.ReadWrong)]
    [InlineData(Lie.FlushLost)]
    [InlineData(Lie.Silent)]
    [InlineData(Lie.BytesChanged)]
    public void OC152_ALyingStoreIsFoundAndTheSequenceShrinks(Lie lie)
    {
        // Whatever of the first lie is overwritten, discarded or failed before anybody looks is no harm: some seed shows it.
        ModelSequence? failing = Enumerable.Range(1, 20)
            .Select(seed => ModelSequence.Draw(seed, 300))
            .FirstOrDefault(sequence => ModelRun.Failure(sequence, lie) is not null);
        Assert.NotNull(failing);
        Assert.Null(ModelRun.Failure(failing));

        ModelSequence shortest = Shrinker.Shrink(failing, sequence => ModelRun.Failure(sequence, lie) is not null);

        Assert.True(shortest.Steps.Length <= 4, shortest.ToString());
        ModelSequence read = ModelSequence.Parse(shortest.ToString());
        Assert.Equal(shortest.Config, read.Config);
        Assert.Equal(shortest.Steps, read.Steps);
        Assert.Equal(ModelRun.Failure(shortest, lie), ModelRun.Failure(read, lie));
    }

    private static string Explain(ModelSequence failing)
    {
        ModelSequence shortest = Shrinker.Shrink(failing, sequence => ModelRun.Failure(sequence) is not null);
        Queue<string> trace = new();
        string? failure = ModelRun.Failure(shortest, trace: line =>
        {
            trace.Enqueue(line);
            if (trace.Count > TraceLines)
                trace.Dequeue();
        });
        return $"{shortest.Steps.Length} steps end with: {failure}\n{shortest}\n\n{string.Join('\n', trace)}";
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
