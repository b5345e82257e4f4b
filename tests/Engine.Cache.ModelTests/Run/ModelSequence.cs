namespace Engine.Cache.ModelTests.Run;

/// <summary>A run as data: what it is made of, and its steps. A sequence that fails is kept as text.</summary>
internal sealed record ModelSequence(ModelConfig Config, ModelStep[] Steps)
{
    private const int DrainEvery = 1500;

    /// <summary>The sequence of a seed.</summary>
    public static ModelSequence Draw(int seed, int count)
    {
        Random random = new(seed);
        ModelConfig config = ModelConfig.Draw(random);
        ModelStep[] steps = new ModelStep[count];
        for (int i = 0; i < count; i++)
        {
            StepKind kind = (i + 1) % DrainEvery == 0 ? StepKind.Drain : DrawKind(random, config);
            steps[i] = new ModelStep(kind, Number(), Number(), Number(), Number());
        }

        return new ModelSequence(config, steps);

        int Number() => random.Next(ModelStep.Numbers);
    }

    public static ModelSequence Parse(string text)
    {
        string[] lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return new ModelSequence(ModelConfig.Parse(lines[0]), [.. lines[1..].Select(ModelStep.Parse)]);
    }

    public override string ToString() => string.Join('\n', Steps.Select(step => step.ToString()).Prepend(Config.ToString()));

    private static StepKind DrawKind(Random random, ModelConfig config) => random.Next(100) switch
    {
        < 20 when config.OneBlock => StepKind.Discard,
        < 24 => StepKind.Read,
        < 26 => StepKind.Prefetch,
        < 40 when config.OneBlock => StepKind.Read,
        < 46 => StepKind.Write,
        < 48 => StepKind.WriteFua,
        < 50 => StepKind.Flush,
        < 51 => StepKind.FlushAll,
        < 52 => StepKind.FlushPart,
        < 54 => StepKind.Discard,
        < 56 => StepKind.TryRead,
        < 58 => StepKind.TryWrite,
        < 59 => StepKind.Cancel,
        < 86 => StepKind.Complete,
        < 93 => StepKind.Perform,
        < 97 => StepKind.Advance,
        _ => random.Next(12) switch
        {
            0 => StepKind.Purge,
            < 3 => StepKind.Release,
            3 => StepKind.Apply,
            4 or 5 => StepKind.Truncate,
            6 => StepKind.Resume,
            _ => StepKind.Complete,
        },
    };
}
