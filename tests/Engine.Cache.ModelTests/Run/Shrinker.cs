namespace Engine.Cache.ModelTests.Run;

/// <summary>Makes a failing sequence short: leaves parts out, halves first and single steps last, as long as what is left still
/// fails.</summary>
internal static class Shrinker
{
    /// <summary>Of attempts at most: long runs take long to run again.</summary>
    private const int AttemptsMax = 4000;

    public static ModelSequence Shrink(ModelSequence failing, Func<ModelSequence, bool> fails)
    {
        ModelSequence shortest = failing;
        int attempts = 0;
        for (int part = Math.Max(1, failing.Steps.Length / 2); part > 0; part = part == 1 ? 0 : part / 2)
        {
            for (bool shorter = true; shorter && attempts < AttemptsMax;)
            {
                shorter = false;
                for (int at = shortest.Steps.Length - 1; at >= 0 && attempts < AttemptsMax; at -= part)
                {
                    int from = Math.Max(0, at - part + 1);
                    ModelSequence candidate = Without(shortest, from, at - from + 1);
                    attempts++;
                    if (!fails(candidate))
                        continue;
                    shortest = candidate;
                    shorter = true;
                }
            }
        }

        return shortest;
    }

    private static ModelSequence Without(ModelSequence sequence, int from, int count) => sequence with
    {
        Steps = [.. sequence.Steps[..from], .. sequence.Steps[Math.Min(sequence.Steps.Length, from + count)..]],
    };
}
