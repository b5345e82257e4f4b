// What was seen, compared with what was legal to see.

using Engine.Cache.ModelTests.Store;

namespace Engine.Cache.ModelTests.Content;

internal sealed partial class ContentModel
{
    /// <summary>A look at what is durable once a flush that begins now has ended.</summary>
    public Observation ObserveDurable(ModelRange[] ranges, ModelStore store)
    {
        Observation observation = Observe(ranges);
        observation.Durable = true;
        foreach (ModelRange range in ranges)
        {
            observation.Older.Add((range, store.Durable[range.ObjectNumber][range.Offset..range.End]));
            observation.Older.Add((range, store.Content[range.ObjectNumber][range.Offset..range.End]));
            observation.Older.AddRange(store.InFlight(range));
        }

        return observation;
    }

    public Observation Observe(ModelRange[] ranges)
    {
        if (!_free.TryPop(out Observation? observation))
            observation = new Observation(Objects * ObjectBytes);
        observation.Started = ++Step;
        observation.Ranges = ranges;
        observation.Durable = false;
        observation.Older.Clear();
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
            bool anything = mutation.Kind == MutationKind.Undefine;
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
                    AllowZeros(observation, common, seen.Slice(from, common.Length), part);
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

    /// <summary>Zeros, and of what is looked for on the medium also what lay there or was older: it need not have become
    /// durable.</summary>
    private void AllowZeros(Observation observation, in ModelRange range, ReadOnlySpan<byte> seen, Span<byte> marks)
    {
        Masks.Allow(s_zeros.AsSpan(0, range.Length), seen, marks);
        foreach ((ModelRange at, byte[] bytes) in observation.Older)
        {
            ModelRange common = range.Common(at);
            if (common.Length == 0)
                continue;
            int from = common.Offset - range.Offset;
            ReadOnlySpan<byte> older = bytes.AsSpan(common.Offset - at.Offset, common.Length);
            Masks.Allow(older, seen.Slice(from, common.Length), marks.Slice(from, common.Length));
        }
    }

    /// <summary>Null when every byte that a write which is durable has put is there, or what a newer change put in its place;
    /// else what is wrong.</summary>
    public string? CheckAtLeast(Mutation write, int objectNumber, ReadOnlySpan<byte> held)
    {
        foreach (ModelRange range in write.Ranges)
        {
            if (range.ObjectNumber != objectNumber)
                continue;
            ReadOnlySpan<byte> seen = held.Slice(range.Offset, range.Length);
            Span<byte> marks = _wrong.AsSpan(0, range.Length);
            ReadOnlySpan<byte> wanted = Pattern.Of(write.Version, range);
            if (!Masks.MarkWrong(wanted, s_zeros.AsSpan(0, range.Length), seen, marks))
                continue;
            foreach (Mutation newer in _mutations)
                AllowNewer(write, newer, range, seen, marks);
            int at = Masks.First(marks);
            if (at >= 0)
                return $"{(char)('A' + objectNumber)} byte {range.Offset + at} is {seen[at]:x2}, not of version {write.Version}";
        }

        return null;
    }

    private static void AllowNewer(
        Mutation write, Mutation newer, in ModelRange range, ReadOnlySpan<byte> seen, Span<byte> marks)
    {
        if (newer.Version <= write.Version)
            return;
        foreach (ModelRange other in newer.Ranges)
        {
            ModelRange common = range.Common(other);
            if (common.Length == 0)
                continue;
            int from = common.Offset - range.Offset;
            Span<byte> part = marks.Slice(from, common.Length);
            if (newer.Kind == MutationKind.Write)
                Masks.Allow(Pattern.Of(newer.Version, common), seen.Slice(from, common.Length), part);
            else
                part.Clear(); // what is discarded need not be written
        }
    }

    /// <summary>The store has told that something of the write failed which the byte may have been a part of.</summary>
    public Func<Mutation, int, int, bool> HasFailed { get; set; } = static (_, _, _) => true;

    private static readonly byte[] s_zeros = new byte[1 << 16];

    /// <summary>A write-through that has failed in part drops that part at once, with what it had replaced: what was seen is
    /// legal if that write fails.</summary>
    private bool TryDoubt(int objectNumber, int position, string what)
    {
        List<Mutation> mayFail = _mutations.FindAll(mutation =>
            mutation is { Kind: MutationKind.Write, Completed: int.MaxValue }
            && mutation.Covers(objectNumber, position)
            && HasFailed(mutation, objectNumber, position));
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
