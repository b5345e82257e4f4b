// What was seen, compared with what was legal to see.

namespace Engine.Cache.ModelTests.Content;

internal sealed partial class ContentModel
{
    public Observation Observe(ModelRange[] ranges, bool durable = false)
    {
        if (!_free.TryPop(out Observation? observation))
            observation = new Observation(Objects * ObjectBytes);
        observation.Started = ++Step;
        observation.Ranges = ranges;
        observation.Durable = durable;
        int at = 0;
        foreach (ModelRange range in ranges)
        {
            _values[range.ObjectNumber].AsSpan(range.Offset, range.Length).CopyTo(observation.Values.AsSpan(at));
            _undefined[range.ObjectNumber].AsSpan(range.Offset, range.Length).CopyTo(observation.Undefined.AsSpan(at));
            at += range.Length;
        }

        _observations.Add(observation);
        return observation;
    }

    public void Forget(Observation observation)
    {
        Step++;
        Invariant.That(_observations.Remove(observation), "an observation ends once");
        _free.Push(observation);
        Prune();
    }

    /// <summary>Ends an observation; null when every byte is legal, else what is wrong with the first that is not.</summary>
    public string? Check(Observation observation, ReadOnlySpan<byte> seen)
    {
        int at = 0;
        string? wrong = null;
        foreach (ModelRange range in observation.Ranges)
        {
            ReadOnlySpan<byte> part = seen.Slice(at, range.Length);
            Span<byte> marks = _wrong.AsSpan(0, range.Length);
            ReadOnlySpan<byte> values = observation.Values.AsSpan(at);
            if (Masks.MarkWrong(values, observation.Undefined.AsSpan(at), part, marks))
                wrong ??= Explain(observation, range, values, part, marks);
            at += range.Length;
        }

        Forget(observation);
        return wrong;
    }

    /// <summary>Clears the marks of what some mutation makes legal; null when none is left.</summary>
    private string? Explain(
        Observation observation, in ModelRange range, ReadOnlySpan<byte> before, ReadOnlySpan<byte> seen, Span<byte> marks)
    {
        foreach (Mutation mutation in _mutations)
        {
            if (mutation.Completed < observation.Started)
                continue;
            bool anything = mutation.Kind == MutationKind.Undefine || (observation.Durable && mutation.IsZero);
            foreach (ModelRange other in mutation.Ranges)
            {
                ModelRange common = range.Common(other);
                if (common.Length == 0)
                    continue;
                int from = common.Offset - range.Offset;
                Span<byte> part = marks.Slice(from, common.Length);
                if (anything)
                    part.Clear();
                else if (mutation.IsZero)
                    Masks.Allow(s_zeros.AsSpan(0, common.Length), seen.Slice(from, common.Length), part);
                else
                    Masks.Allow(Pattern.Of(mutation.Version, common), seen.Slice(from, common.Length), part);
            }
        }

        for (int i; (i = Masks.First(marks)) >= 0; marks[i] = 0)
        {
            string what = Describe(observation, range.ObjectNumber, range.Offset + i, before[i], seen[i]);
            if (!TryDoubt(range.ObjectNumber, range.Offset + i, what))
                return what;
        }

        return null;
    }

    private static readonly byte[] s_zeros = new byte[1 << 16];

    /// <summary>A write-through that has failed in part drops that part at once, with what it had replaced: what was seen is
    /// legal if that write fails.</summary>
    private bool TryDoubt(int objectNumber, int position, string what)
    {
        List<Mutation> mayFail = _mutations.FindAll(mutation =>
            mutation is { Kind: MutationKind.Write, Completed: int.MaxValue } && mutation.Covers(objectNumber, position));
        if (mayFail.Count == 0)
            return false;
        Doubt doubt = new(what);
        foreach (Mutation mutation in mayFail)
            doubt.About(mutation);
        return true;
    }

    private string Describe(Observation observation, int objectNumber, int position, byte before, byte seen)
    {
        string origin = "of no known version";
        for (int version = _version; version > 0 && version > _version - 256; version--)
        {
            if (Pattern.Of(version, objectNumber, position) == seen)
                origin = $"perhaps of version {version}";
        }

        return $"{(char)('A' + objectNumber)} byte {position} is {seen:x2}, {origin}; "
            + $"it was {before:x2} at step {observation.Started} and is of version {_versions[objectNumber][position]} now";
    }
}
