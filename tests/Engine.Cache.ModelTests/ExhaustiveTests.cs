// Small scope: two objects of two blocks, requests of one block, all sequences of up to four steps.

using Engine.Cache.ModelTests.Run;

namespace Engine.Cache.ModelTests;

public sealed class ExhaustiveTests
{
    private const int Block = CacheSettings.BlockBytes;
    private const int StepsMax = 4;

    /// <summary>Of two to six operations of the store the last: a step takes it by its number in their order.</summary>
    private const int Newest = 59;

    private static readonly ModelStep[] s_ofBlocks = [.. Blocks()];

    private static readonly ModelStep[] s_others =
    [
        new(StepKind.Flush, 0, 0, 0, 0),
        new(StepKind.FlushPart, 0, 0, Block - 1, 2),
        new(StepKind.Purge, 0, 0, 0, 0),
        new(StepKind.Truncate, Block, 0, 0, 1),
        new(StepKind.Release, 0, 0, 0, 0),
        // The oldest and the newest operation of the store end, well and not.
        new(StepKind.Complete, 0, ModelStep.Numbers - 1, 1, 0),
        new(StepKind.Complete, Newest, ModelStep.Numbers - 1, 1, 0),
        new(StepKind.Complete, 0, 0, 1, 0),
        // The oldest is done, and not reported yet.
        new(StepKind.Perform, 0, 0, 0, 0),
    ];

    /// <summary>A cache of two blocks, of which one may be dirty, and one with room for all.</summary>
    [Theory]
    [InlineData(2, 1, true, true)]
    [InlineData(2, 1, false, false)]
    [InlineData(4, 4, false, false)]
    public void AllShortSequencesKeepToTheModel(int size, int dirty, bool durable, bool lru)
    {
        ModelConfig config = new()
        {
            ObjectBytes = 2 * Block,
            SizeBlocks = size,
            DirtyBlocks = dirty,
            TargetBlocks = dirty,
            CommitIsDurable = durable,
            Lru = lru,
            Errors = 1,
            LosesVolatile = true,
            Grain = Block,
            LengthMax = Block,
            PendingMax = 64,
            AgeMs = int.MaxValue,
        };
        using ModelRun run = new(config);
        ModelStep[] steps = new ModelStep[StepsMax];

        int sequences = Enumerate(run, steps, 0, anyBlock: false);

        Assert.True(sequences > 50_000, $"{sequences} sequences");
        Tables.Write($"all sequences of {StepsMax} steps, cache of {size} blocks: {sequences}");
    }

    /// <summary>Every sequence of full length, each of whose beginnings is run with it. Blocks are alike: the first that a
    /// sequence names is the first of all.</summary>
    private static int Enumerate(ModelRun run, ModelStep[] steps, int length, bool anyBlock)
    {
        if (length == StepsMax)
        {
            Try(run, steps);
            return 1;
        }

        int sequences = 0;
        foreach (ModelStep step in s_others)
        {
            steps[length] = step;
            sequences += Enumerate(run, steps, length + 1, anyBlock);
        }

        foreach (ModelStep step in s_ofBlocks)
        {
            if (!anyBlock && (step.A != 0 || step.B != 0))
                continue;
            steps[length] = step;
            sequences += Enumerate(run, steps, length + 1, anyBlock: true);
        }

        return sequences;
    }

    private static void Try(ModelRun run, ModelStep[] steps)
    {
        try
        {
            run.Run(steps);
            run.Restart();
        }
        catch (InvariantException e)
        {
            throw new InvariantException($"{string.Join(", ", steps)}: {e.Message}");
        }
    }

    /// <summary>Read, write, write through, and discards of three kinds of each of the four blocks.</summary>
    private static IEnumerable<ModelStep> Blocks()
    {
        for (int number = 0; number < 2; number++)
        {
            for (int offset = 0; offset < 2 * Block; offset += Block)
            {
                yield return new ModelStep(StepKind.Read, number, offset, Block - 1, 1);
                yield return new ModelStep(StepKind.Write, number, offset, Block - 1, 1);
                yield return new ModelStep(StepKind.WriteFua, number, offset, Block - 1, 1);
                yield return new ModelStep(StepKind.Discard, number, offset, Block - 1, 0);
                yield return new ModelStep(StepKind.Discard, number, offset, Block - 1, 1);
                yield return new ModelStep(StepKind.Discard, number, offset, Block - 1, 5);
            }
        }
    }
}
