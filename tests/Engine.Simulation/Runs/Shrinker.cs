using Engine.Buffers;

namespace Engine.Simulation;

/// <summary>Makes a failing run smaller by delta debugging: takes out entries of its fault plan, then client operations, as long
/// as the same invariant fails.</summary>
public sealed class Shrinker
{
    private const long StepsMin = 100;

    private readonly Func<RunSpec, RunResult> _run;
    private readonly string _invariant;
    private int _runsLeft;

    private Shrinker(Func<RunSpec, RunResult> run, string invariant, int runsMax)
    {
        _run = run;
        _invariant = invariant;
        _runsLeft = runsMax;
    }

    /// <summary>Runs made so far.</summary>
    public int Runs { get; private set; }

    /// <summary>Shrinks a failed run.</summary>
    /// <param name="failed">A result with a violation.</param>
    /// <param name="run">Runs a spec.</param>
    /// <param name="runsMax">Most runs to spend.</param>
    /// <returns>The smallest failing run that was found.</returns>
    public static RunResult Shrink(RunResult failed, Func<RunSpec, RunResult> run, int runsMax = 1000)
    {
        Invariant.That(failed.Violation is not null);
        var shrinker = new Shrinker(run, failed.Violation.Invariant, runsMax);
        RunResult best = shrinker.ShrinkSteps(failed);
        best = shrinker.ShrinkFaults(best);
        best = shrinker.ShrinkOperations(best);
        return shrinker.ShrinkFaults(best);
    }

    /// <summary>Violations at quiescence need no long run before: shorter ones are tried first, which makes all that follows
    /// cheap.</summary>
    private RunResult ShrinkSteps(RunResult failed)
    {
        RunResult best = failed;
        while (best.Spec.Steps >= StepsMin && (TryRun(best.Spec with { Steps = best.Spec.Steps / 2 }, ref best)
            || TryRun(best.Spec with { Steps = best.Spec.Steps * 3 / 4 }, ref best)))
        {
        }

        return best;
    }

    private RunResult ShrinkFaults(RunResult failed)
    {
        RunResult best = failed;
        _ = Reduce([.. best.Spec.Faults!], kept => TryRun(best.Spec with { Faults = kept }, ref best));
        return best;
    }

    private RunResult ShrinkOperations(RunResult failed)
    {
        RunResult best = failed;
        List<long> numbers = [];
        for (long number = 0; number < best.OperationsEnd; number++)
        {
            if (best.Spec.Operations.Includes(number))
                numbers.Add(number);
        }

        _ = Reduce(numbers, kept => TryRun(best.Spec with { Operations = OperationFilter.Only(kept) }, ref best));
        return best;
    }

    /// <summary>Zeller's ddmin, complements only: removes ever smaller chunks while the rest still fails.</summary>
    private List<T> Reduce<T>(List<T> items, Func<List<T>, bool> stillFails)
    {
        if (items.Count > 0 && stillFails([]))
            return [];
        int chunks = 2;
        while (items.Count > 1 && _runsLeft > 0)
        {
            int size = (items.Count + chunks - 1) / chunks;
            bool hasShrunk = false;
            for (int at = 0; at < items.Count && _runsLeft > 0; at += size)
            {
                List<T> rest = [.. items.Take(at), .. items.Skip(at + size)];
                if (rest.Count == items.Count || !stillFails(rest))
                    continue;
                items = rest;
                chunks = Math.Max(chunks - 1, 2);
                hasShrunk = true;
                break;
            }

            if (hasShrunk)
                continue;
            if (size == 1)
                break;
            chunks = Math.Min(items.Count, chunks * 2);
        }

        return items;
    }

    private bool TryRun(RunSpec spec, ref RunResult best)
    {
        if (_runsLeft <= 0)
            return false;
        _runsLeft--;
        Runs++;
        RunResult result = _run(spec);
        if (result.Violation?.Invariant != _invariant)
            return false;
        best = result;
        return true;
    }
}
