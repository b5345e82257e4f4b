namespace Engine.Testing.Namespace;

// Purpose: finds the shortest way in which two namespaces differ. Operations run in rounds that begin empty, so that what was
// found can be run again in a fraction of a second while it is shrunk.
// Invariants: the reference is asked first and alone decides what comes next; every result is compared at once, whole trees each
// TreeEvery operations and at the end of a round.

/// <summary>Runs the same random operations on a reference and on a namespace to be judged.</summary>
public sealed class DifferentialRunner
{
    private readonly StepExecutor _reference;
    private readonly StepExecutor _judged;
    private readonly GeneratorOptions _options;
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <param name="reference">What is right.</param>
    /// <param name="judged">What is judged.</param>
    /// <param name="options">What is drawn.</param>
    public DifferentialRunner(INamespace reference, INamespace judged, GeneratorOptions? options = null)
    {
        _reference = new StepExecutor(reference);
        _judged = new StepExecutor(judged);
        _options = options ?? new GeneratorOptions();
    }

    /// <summary>Operations of a round.</summary>
    public int RoundLength { get; init; } = 5000;

    /// <summary>Operations between two comparisons of whole trees.</summary>
    public int TreeEvery { get; init; } = 500;

    /// <summary>How often the reference gave which result, by error's name.</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>Largest tree that was compared, in names.</summary>
    public int LargestTree { get; private set; }

    /// <summary>Runs operations until the two differ.</summary>
    /// <param name="seed">Decides everything that is drawn.</param>
    /// <param name="operations">How many.</param>
    /// <returns>The difference, shrunk; null when there is none.</returns>
    public Divergence? Run(ulong seed, int operations)
    {
        for (int done = 0; done < operations; done += RoundLength, seed++)
        {
            if (Round(seed, Math.Min(RoundLength, operations - done)) is { } found)
                return new Shrinker(this).Shrink(found);
        }

        return null;
    }

    /// <summary>Runs given steps in emptied namespaces.</summary>
    public Divergence? Replay(IReadOnlyList<Step> steps, bool comparesEachTree = false)
    {
        Restart();
        var results = new List<string>(steps.Count);
        for (int i = 0; i < steps.Count; i++)
        {
            bool comparesTree = comparesEachTree || (i + 1) % TreeEvery == 0 || i == steps.Count - 1;
            if (RunBoth(steps, i, results, out _) is { } found)
                return found;
            if (comparesTree && CompareTrees(steps, i, results, out _) is { } difference)
                return difference;
        }

        return null;
    }

    private Divergence? Round(ulong seed, int operations)
    {
        var generator = new StepGenerator(seed, _options);
        var steps = new List<Step>(operations);
        var results = new List<string>(operations);
        Restart();
        while (steps.Count < operations)
        {
            steps.Add(generator.Next());
            if (RunBoth(steps, steps.Count - 1, results, out StepResult result) is { } found)
                return found;
            string name = Errno.NameOf(result.Error);
            _counts[name] = _counts.GetValueOrDefault(name) + 1;
            generator.Learn(steps[^1], result);
            if (steps.Count % TreeEvery != 0 && steps.Count != operations)
                continue;
            if (CompareTrees(steps, steps.Count - 1, results, out TreeSnapshot tree) is { } difference)
                return difference;
            generator.Refresh(tree);
            LargestTree = Math.Max(LargestTree, tree.Nodes.Count);
        }

        return null;
    }

    private void Restart()
    {
        _reference.Restart();
        _judged.Restart();
    }

    private Divergence? RunBoth(IReadOnlyList<Step> steps, int at, List<string> results, out StepResult result)
    {
        result = _reference.Run(steps[at]);
        string expected = result.Describe(_reference.Clock);
        string actual = RunJudged(steps[at]);
        results.Add(expected);
        return expected == actual ? null : new Divergence([.. steps.Take(at + 1)], [.. results], null, expected, actual);
    }

    /// <summary>A namespace that throws is wrong too, and its script is worth as much.</summary>
    private string RunJudged(Step step)
    {
        try
        {
            return _judged.Run(step).Describe(_judged.Clock);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return $"{failure.GetType().Name}: {failure.Message}";
        }
    }

    private Divergence? CompareTrees(IReadOnlyList<Step> steps, int at, List<string> results, out TreeSnapshot tree)
    {
        tree = TreeSnapshot.Of(_reference.Names, _reference.Clock);
        TreeSnapshot judged;
        try
        {
            judged = TreeSnapshot.Of(_judged.Names, _judged.Clock);
        }
        catch (IOException broken)
        {
            return new Divergence([.. steps.Take(at + 1)], [.. results], "/", "a tree that can be walked", broken.Message);
        }

        return tree.Difference(judged) is not { } found
            ? null
            : new Divergence([.. steps.Take(at + 1)], [.. results], found.Path, found.Here, found.There);
    }
}
