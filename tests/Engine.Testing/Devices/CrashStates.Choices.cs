using Engine.Buffers;

namespace Engine.Testing.Devices;

// Which sets of units are tried.
public sealed partial class CrashStates
{
    // Up to here every subset is tried: 1024 states.
    private const int ExhaustiveUnits = 10;
    private const int RandomTries = 500;

    /// <summary>Visits states until all sets were tried or <paramref name="maximum"/> were visited, and returns how many were.
    /// Nothing and everything reaching the medium come first; what is beyond the maximum is left out at random. When the visitor
    /// throws, the set is made smaller while it still throws, and the result is a <see cref="CrashStateException"/>.</summary>
    public int ForEachCrashState(SeededRandom random, int maximum, CrashStateVisitor visit)
    {
        ulong seed = random.Seed;
        int visited = 0;
        _seen.Clear();
        foreach (List<int> chosen in Choices(random, maximum))
        {
            if (visited >= maximum)
                break;
            try
            {
                if (With(chosen, visit, always: false))
                    visited++;
            }
#pragma warning disable CA1031 // Whatever the visitor objects with is reported with the state that it objects to.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                throw Explain(chosen, failure, visit, seed);
            }
        }

        return visited;
    }

    private IEnumerable<List<int>> Choices(SeededRandom random, int maximum)
    {
        int count = _units.Count;
        yield return [];
        yield return [.. Enumerable.Range(0, count)];
        if (count <= ExhaustiveUnits)
        {
            int[] masks = [.. Enumerable.Range(0, 1 << count)];
            if (masks.Length > maximum)
                Shuffle(masks, random);
            foreach (int mask in masks)
                yield return [.. Enumerable.Range(0, count).Where(i => (mask >> i & 1) != 0)];
            yield break;
        }

        List<int>[] regular = [.. Regular()];
        if (regular.Length > maximum)
            Shuffle(regular, random);
        foreach (List<int> chosen in regular)
            yield return chosen;
        for (int i = 0; i < RandomTries; i++)
        {
            double share = random.NextDouble();
            yield return [.. Enumerable.Range(0, count).Where(_ => random.NextBool(share))];
        }
    }

    private IEnumerable<List<int>> Regular()
    {
        int count = _units.Count;
        for (int i = 0; i < count; i++)
        {
            int at = i;
            yield return [.. Enumerable.Range(0, at)];
            yield return [.. Enumerable.Range(0, count).Where(u => u != at)];
            yield return [at];
            if (at + 1 < count)
                yield return [at, at + 1];
        }

        for (int first = 0; first < count;)
        {
            int end = first + 1;
            while (end < count && _units[end].Sequence == _units[first].Sequence)
                end++;
            if (end - first > 1)
            {
                foreach (int torn in new[] { first, (first + end) / 2, end - 1 })
                    yield return [.. Enumerable.Range(0, end).Where(u => u != torn)];
            }

            first = end;
        }
    }

    private CrashStateException Explain(List<int> chosen, Exception failure, CrashStateVisitor visit, ulong seed)
    {
        var smallest = new List<int>(chosen);
        for (int i = smallest.Count - 1; i >= 0; i--)
        {
            var fewer = new List<int>(smallest);
            fewer.RemoveAt(i);
            if (Objection(fewer, visit) is { } still)
            {
                smallest = fewer;
                failure = still;
            }
        }

        string state = new CrashState(_image, _durableHash, _eventCount, _units, smallest).ToString();
        return new CrashStateException($"{state}; random seed {seed}: {failure.Message}", failure);
    }

    private Exception? Objection(List<int> chosen, CrashStateVisitor visit)
    {
        try
        {
            With(chosen, visit, always: true);
            return null;
        }
#pragma warning disable CA1031 // As above: the objection is the answer.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return failure;
        }
    }

    private static void Shuffle<T>(T[] items, SeededRandom random)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = random.NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
