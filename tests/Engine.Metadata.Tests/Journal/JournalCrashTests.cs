using System.Diagnostics;
using Engine.Buffers;
using Engine.Testing.Devices;
using Xunit.Abstractions;

namespace Engine.Metadata.Tests;

/// <summary>Every state in which a crash may leave a rank's journal, each given to a whole rank.</summary>
public sealed class JournalCrashTests(ITestOutputHelper output)
{
    private const int Parts = 4;
    private const int StatesWanted = 100_000;
    private const int NightFactor = 10;
    private const int StatesPerPoint = 100;
    private const int Operations = 60;

    // Of the states of one part: less would be the same few again and again.
    private const int ImagesMin = 10_000;
    private const int RanksMin = 1_000;

    private static readonly int[] s_units = [512, 4096];

    public static TheoryData<int> AllParts { get; } = [.. Enumerable.Range(0, Parts)];

    /// <summary>A hundred thousand states, and a million at night, in parts of other seeds each.</summary>
    [Theory]
    [MemberData(nameof(AllParts))]
    public void EveryCrashStateHoldsWhatWasAcknowledged(int part)
    {
        var time = Stopwatch.StartNew();
        long wanted = StatesWanted / Parts * (Environment.GetEnvironmentVariable("ENGINE_NIGHTLY") == "1" ? NightFactor : 1);
        long states = 0;
        long judged = 0;
        int acknowledged = 0;
        int exchanged = 0;
        int stored = 0;
        int ranks = 0;
        int images = 0;
        for (ulong seed = 1 + ((ulong)part << 32); states < wanted; seed++)
        {
            using JournalCrashRun run = new(seed, usesFua: seed % 2 == 0, writesBack: seed % 4 >= 2);
            run.Run(Operations, log => log);
            Assert.Equal(0, run.Refused);
            states += Enumerate(run, seed, StatesPerPoint);
            judged += run.Judged;
            acknowledged += run.Acknowledged;
            exchanged += run.Exchanged;
            stored += run.StoreChanges;
            ranks += run.Ranks;
            images += run.Images;
        }

        string line = $"rank crash states, part {part}: {states} ({images} images, {ranks} ranks started); "
            + $"{acknowledged} acknowledged changes, {exchanged} exchanges, {stored} changes of the store, "
            + $"{time.Elapsed.TotalSeconds:f1} s";
        output.WriteLine(line);
        Console.WriteLine(line);
        Assert.True(states >= wanted && judged == states, $"{line}; {judged} judged");
        Assert.True(images > ImagesMin && ranks > RanksMin, line);
        Assert.True(acknowledged > 100 && stored > 100 && exchanged > 10, line);
    }

    [Theory]
    [InlineData(MutantLog.NoFlush, 2)]
    [InlineData(MutantLog.EventFirst, 2)]
    [InlineData(MutantLog.RenameInTwo, 2)]
    [InlineData(MutantLog.UntoldExchange, 2)]
    public void TheCheckFindsAMutant(string mutant, ulong seeds)
    {
        string? objection = null;
        using BufferPool pool = new(new BufferPoolOptions { BlockCount = 64 });
        for (ulong seed = 1; seed <= seeds && objection is null; seed++)
        {
            using JournalCrashRun run = new(seed, usesFua: false, writesBack: false)
            {
                PrefersRenames = mutant is MutantLog.RenameInTwo or MutantLog.UntoldExchange,
            };
            run.Run(Operations / 4, log => new MutantLog(log, mutant, pool));
            try
            {
                Enumerate(run, seed, 8);
            }
            catch (CrashStateException found)
            {
                objection = found.InnerException!.Message;
            }
        }

        Assert.True(objection is not null, $"{mutant}: not found");
        output.WriteLine($"{mutant}: {objection}");
    }

    private static long Enumerate(JournalCrashRun run, ulong seed, int statesPerPoint)
    {
        long states = 0;
        foreach (int unit in s_units)
            states += run.Recorder.ForEachCrashState(new SeededRandom(seed), unit, statesPerPoint, run.Check);
        return states;
    }
}
