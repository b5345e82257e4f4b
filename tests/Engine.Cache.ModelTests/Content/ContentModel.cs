// What the bytes of a few objects may be, given which requests were submitted and completed when.
//
// A byte is legal for an observation when it is what the byte was at the observation's start (every mutation completed by then,
// the highest version winning), or what a mutation puts there that had not completed by then. That is all that a cache promises
// to a program which does not wait for its own requests. A failed write through the cache, and a discard or purge without a store
// operation, make bytes undefined: everything is legal until they are written again, or until the model can tell (Resolve).

using Engine.Cache.ModelTests.Store;

namespace Engine.Cache.ModelTests.Content;

internal sealed partial class ContentModel
{
    private readonly byte[][] _values;
    private readonly byte[][] _undefined;
    private readonly int[][] _versions;

    /// <summary>The highest version applied to an object: a newer one overwrites whatever is there.</summary>
    private readonly int[] _newest;

    private readonly List<Mutation> _mutations = [];
    private readonly List<Observation> _observations = [];
    private readonly Stack<Observation> _free = new();
    private readonly List<bool> _isDiscard = [false];
    private readonly byte[] _wrong;
    private int _version;

    public ContentModel(int objects, int objectBytes)
    {
        ObjectBytes = objectBytes;
        _values = Arrays<byte>(objects, objectBytes);
        _undefined = Arrays<byte>(objects, objectBytes);
        _versions = Arrays<int>(objects, objectBytes);
        _newest = new int[objects];
        _wrong = new byte[objects * objectBytes];
        Everything = [.. Enumerable.Range(0, objects).Select(number => new ModelRange(number, 0, objectBytes))];
    }

    public int ObjectBytes { get; }

    public int Objects => _values.Length;

    public ModelRange[] Everything { get; }

    /// <summary>Time of the model; moves on at every event.</summary>
    public int Step { get; private set; }

    /// <summary>A change is submitted.</summary>
    public Mutation Begin(MutationKind kind, ModelRange[] ranges)
    {
        Mutation mutation = new(kind, ++_version, ranges, ++Step);
        _isDiscard.Add(false);
        _mutations.Add(mutation);
        if (kind == MutationKind.Undefine)
            Apply(mutation);
        return mutation;
    }

    /// <summary>A change was reported as done.</summary>
    public void Complete(Mutation mutation)
    {
        EndDoubts(mutation, failed: false);
        mutation.Completed = ++Step;
        bool lost = mutation is { Kind: MutationKind.Discard, IsUnsettled: true };
        if (lost)
            mutation.Kind = MutationKind.Undefine; // done, lost by a failed flush, and reported after that
        if (lost || mutation.Kind != MutationKind.Undefine)
            Apply(mutation);
        if (mutation.Kind == MutationKind.Discard)
            _isDiscard[mutation.Version] = true;
        if (mutation.IsZero)
            UndefineWhereWritesWereQueued(mutation);

        Prune();
    }

    /// <summary>A change never took place.</summary>
    public void Withdraw(Mutation mutation)
    {
        Step++;
        EndDoubts(mutation, failed: false);
        _mutations.Remove(mutation);
    }

    /// <summary>A change failed: what it covers is undefined, except where a newer version was put.</summary>
    public void Fail(Mutation mutation)
    {
        EndDoubts(mutation, failed: true);
        mutation.Kind = MutationKind.Undefine;
        Apply(mutation);
        mutation.Completed = ++Step;
        Prune();
    }

    /// <summary>The undefined bytes of a drop that ended are now the store's, where no change of them waits for a flush. Of a
    /// unit of the store that it covers in part, the cache may still know zeroes that the store has lost, or where a file was
    /// cut.</summary>
    public void Resolve(Mutation drop, ModelStore store, int alignment)
    {
        foreach (ModelRange range in drop.IsUnsettled ? [] : drop.Ranges)
        {
            Span<byte> queued = _wrong.AsSpan(0, range.Length);
            MarkQueuedBefore(drop, range, queued);
            store.MarkVolatile(range.ObjectNumber, range.Offset, queued);
            for (int i = 0; i < range.Length; i++)
            {
                int position = range.Offset + i;
                int unit = position & -alignment;
                bool inPart = unit < range.Offset || unit + alignment > range.End;
                if (_versions[range.ObjectNumber][position] != drop.Version || inPart || queued[i] != 0)
                    continue;
                _values[range.ObjectNumber][position] = store.Content[range.ObjectNumber][position];
                _undefined[range.ObjectNumber][position] = 0;
            }
        }

        Complete(drop);
    }

    /// <summary>
    /// A failed flush of the store lost changes. Of discards that the store had reported done, nothing holds them any more: what
    /// they covered is undefined wherever the store now shows something else.
    /// </summary>
    public void LoseVolatile(byte[][] store)
    {
        foreach (Mutation mutation in _mutations)
            mutation.IsUnsettled |= mutation.Completed == int.MaxValue;
        List<ModelRange> lost = [];
        for (int number = 0; number < Objects; number++)
        {
            for (int position = 0; position < ObjectBytes; position++)
            {
                if (!_isDiscard[_versions[number][position]] || store[number][position] == 0)
                    continue;
                if (lost.Count > 0 && lost[^1].ObjectNumber == number && lost[^1].End == position)
                    lost[^1] = lost[^1] with { Length = lost[^1].Length + 1 };
                else
                    lost.Add(new ModelRange(number, position, 1));
            }
        }

        if (lost.Count > 0)
            Complete(Begin(MutationKind.Undefine, [.. lost]));
    }

    /// <summary>Everything is zero again, and nothing was ever asked; nothing may be under way.</summary>
    public void Reset()
    {
        Invariant.That(_observations.Count == 0, "nothing is looked at");
        foreach (ModelRange range in Everything)
        {
            _values[range.ObjectNumber].AsSpan().Clear();
            _undefined[range.ObjectNumber].AsSpan().Clear();
            _versions[range.ObjectNumber].AsSpan().Clear();
        }

        _newest.AsSpan().Clear();
        _mutations.Clear();
        _isDiscard.RemoveRange(1, _isDiscard.Count - 1);
        _version = 0;
    }

    private static T[][] Arrays<T>(int count, int length) => [.. Enumerable.Range(0, count).Select(_ => new T[length])];

    private static void EndDoubts(Mutation mutation, bool failed)
    {
        foreach (Doubt doubt in mutation.Doubts ?? [])
            doubt.End(mutation, failed);
    }

    /// <summary>A write that had not ended when the discard began may have been put in after it.</summary>
    private void UndefineWhereWritesWereQueued(Mutation drop)
    {
        if (!_mutations.Exists(mutation => IsQueuedBefore(mutation, drop)))
            return;
        foreach (ModelRange range in drop.Ranges)
        {
            Span<byte> queued = _wrong.AsSpan(0, range.Length);
            MarkQueuedBefore(drop, range, queued);
            for (int i = 0; i < range.Length; i++)
            {
                if (queued[i] != 0 && _versions[range.ObjectNumber][range.Offset + i] == drop.Version)
                    _undefined[range.ObjectNumber][range.Offset + i] = Masks.Set;
            }
        }
    }

    private static bool IsQueuedBefore(Mutation mutation, Mutation drop) =>
        mutation.Version < drop.Version && mutation.Completed > drop.Submitted;

    private void MarkQueuedBefore(Mutation drop, in ModelRange range, Span<byte> marks)
    {
        marks.Clear();
        foreach (Mutation mutation in _mutations)
        {
            if (!IsQueuedBefore(mutation, drop))
                continue;
            foreach (ModelRange other in mutation.Ranges)
            {
                ModelRange common = range.Common(other);
                if (common.Length > 0)
                    marks.Slice(common.Offset - range.Offset, common.Length).Fill(Masks.Set);
            }
        }
    }

    private void Apply(Mutation mutation)
    {
        foreach (ModelRange range in mutation.Ranges)
        {
            if (mutation.Version >= _newest[range.ObjectNumber])
            {
                _newest[range.ObjectNumber] = mutation.Version;
                Put(mutation, range);
                continue;
            }

            Span<int> versions = _versions[range.ObjectNumber].AsSpan(0, range.End);
            for (int at = range.Offset; at < range.End;)
            {
                int from = at;
                while (at < range.End && versions[at] <= mutation.Version)
                    at++;
                if (at > from)
                    Put(mutation, new ModelRange(range.ObjectNumber, from, at - from));
                while (at < range.End && versions[at] > mutation.Version)
                    at++;
            }
        }
    }

    private void Put(Mutation mutation, in ModelRange range)
    {
        Span<byte> values = _values[range.ObjectNumber].AsSpan(range.Offset, range.Length);
        if (mutation.Kind == MutationKind.Write)
            Pattern.Of(mutation.Version, range).CopyTo(values);
        else
            values.Clear();
        byte undefined = mutation.Kind == MutationKind.Undefine ? Masks.Set : (byte)0;
        _undefined[range.ObjectNumber].AsSpan(range.Offset, range.Length).Fill(undefined);
        _versions[range.ObjectNumber].AsSpan(range.Offset, range.Length).Fill(mutation.Version);
    }

    /// <summary>Forgets the mutations that no open observation or drop can ask for.</summary>
    private void Prune()
    {
        if (_mutations.Count < 64)
            return;
        int oldest = Step;
        foreach (Observation observation in _observations)
            oldest = Math.Min(oldest, observation.Started);
        foreach (Mutation mutation in _mutations)
        {
            if (mutation.Completed == int.MaxValue)
                oldest = Math.Min(oldest, mutation.Submitted);
        }

        _mutations.RemoveAll(mutation => mutation.Completed < oldest);
    }
}
