// What the bytes of a few objects may be, given which requests were submitted and completed when.
//
// A byte is legal for an observation when it is what the byte was at the observation's start (every mutation completed by then,
// the highest version winning), or what a mutation puts there that had not completed by then. That is all that a cache promises
// to a program which does not wait for its own requests. A failed write through the cache, and a discard or purge without a store
// operation, make bytes undefined: everything is legal until they are written again, or until the model can tell (Resolve).

namespace Engine.Cache.Tests.ModelTests;

internal sealed class ContentModel
{
    private const ushort Undefined = 256;

    private readonly ushort[][] _values;
    private readonly int[][] _versions;
    private readonly List<Mutation> _mutations = [];
    private readonly List<Observation> _observations = [];
    private readonly HashSet<int> _discards = [];
    private int _version;

    public ContentModel(int objects, int objectBytes)
    {
        ObjectBytes = objectBytes;
        _values = new ushort[objects][];
        _versions = new int[objects][];
        for (int i = 0; i < objects; i++)
        {
            _values[i] = new ushort[objectBytes];
            _versions[i] = new int[objectBytes];
        }

        Everything = [.. Enumerable.Range(0, objects).Select(number => new ModelRange(number, 0, objectBytes))];
    }

    public int ObjectBytes { get; }

    public ModelRange[] Everything { get; }

    /// <summary>Time of the model; moves on at every event.</summary>
    public int Step { get; private set; }

    /// <summary>A change is submitted.</summary>
    public Mutation Begin(MutationKind kind, ModelRange[] ranges)
    {
        Mutation mutation = new(kind, ++_version, ranges, ++Step);
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
            _discards.Add(mutation.Version);
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

    /// <summary>The undefined bytes of a drop that ended are now the store's, where that is settled and durable. Of a unit of
    /// the store that it covers in part, the cache may still know zeroes that the store has lost.</summary>
    public void Resolve(Mutation drop, ByteModel store, ByteModel durable, int alignment)
    {
        foreach (ModelRange range in drop.IsUnsettled ? [] : drop.Ranges)
        {
            byte[] now = store.Read(range.ObjectNumber, range.Offset, range.Length);
            byte[] safe = durable.Read(range.ObjectNumber, range.Offset, range.Length);
            for (int i = 0; i < range.Length; i++)
            {
                int position = range.Offset + i;
                int unit = position / alignment * alignment;
                bool inPart = unit < range.Offset || unit + alignment > range.End;
                if (_versions[range.ObjectNumber][position] != drop.Version || now[i] != safe[i] || inPart)
                    continue;
                if (!CoveredByAWriteQueuedBefore(drop, range.ObjectNumber, position))
                    _values[range.ObjectNumber][position] = now[i];
            }
        }

        Complete(drop);
    }

    /// <summary>
    /// A failed flush of the store lost changes. Of discards that the store had reported done, nothing holds them any more: what
    /// they covered is undefined wherever the store now shows something else.
    /// </summary>
    public void LoseVolatile(ByteModel store)
    {
        foreach (Mutation mutation in _mutations)
            mutation.IsUnsettled |= mutation.Completed == int.MaxValue;
        List<ModelRange> lost = [];
        for (int number = 0; number < _values.Length; number++)
        {
            byte[] now = store.Read(number, 0, ObjectBytes);
            for (int position = 0; position < ObjectBytes; position++)
            {
                if (now[position] == 0 || !_discards.Contains(_versions[number][position]))
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

    public Observation Observe(ModelRange[] ranges, bool durable = false)
    {
        ushort[] snapshot = new ushort[ranges.Sum(range => range.Length)];
        int at = 0;
        foreach (ModelRange range in ranges)
        {
            _values[range.ObjectNumber].AsSpan(range.Offset, range.Length).CopyTo(snapshot.AsSpan(at));
            at += range.Length;
        }

        Observation observation = new(++Step, ranges, snapshot, durable);
        _observations.Add(observation);
        return observation;
    }

    public void Forget(Observation observation)
    {
        Step++;
        _observations.Remove(observation);
        Prune();
    }

    /// <summary>Ends an observation; null when every byte is legal, else what is wrong with the first that is not.</summary>
    public string? Check(Observation observation, ReadOnlySpan<byte> seen)
    {
        int at = 0;
        string? wrong = null;
        foreach (ModelRange range in observation.Ranges)
        {
            for (int i = 0; i < range.Length && wrong is null; i++)
            {
                ushort before = observation.Snapshot[at + i];
                if (before != seen[at + i] && before != Undefined)
                    wrong = Explain(observation, range.ObjectNumber, range.Offset + i, before, seen[at + i]);
            }

            at += range.Length;
        }

        Forget(observation);
        return wrong;
    }

    private string? Explain(Observation observation, int objectNumber, int position, ushort before, byte seen)
    {
        List<Mutation> mayFail = [];
        foreach (Mutation mutation in _mutations)
        {
            if (mutation.Completed < observation.Started || !Covers(mutation, objectNumber, position))
                continue;
            bool anything = mutation.Kind == MutationKind.Undefine || (observation.Durable && mutation.IsZero);
            if (anything || mutation.ValueAt(objectNumber, position) == seen)
                return null;
            // A write-through that has failed in part drops that part at once, and the store may have lost what was there before.
            if (mutation is { Kind: MutationKind.Write, IsUnsettled: true, Completed: int.MaxValue })
                mayFail.Add(mutation);
        }

        string origin = "of no known version";
        for (int version = _version; version > 0 && version > _version - 256; version--)
        {
            if (Mutation.Pattern(version, objectNumber, position) == seen)
                origin = $"perhaps of version {version}";
        }

        string wrong = $"{(char)('A' + objectNumber)} byte {position} is {seen:x2}, {origin}; "
            + $"it was {before:x2} at step {observation.Started} and is of version {_versions[objectNumber][position]} now";
        if (mayFail.Count == 0)
            return wrong;
        Doubt doubt = new(wrong);
        foreach (Mutation mutation in mayFail)
            doubt.About(mutation);
        return null;
    }

    private static void EndDoubts(Mutation mutation, bool failed)
    {
        foreach (Doubt doubt in mutation.Doubts)
            doubt.End(mutation, failed);
    }

    /// <summary>A write that had not ended when the discard began may have been put in after it.</summary>
    private void UndefineWhereWritesWereQueued(Mutation drop)
    {
        if (!_mutations.Exists(mutation => mutation.Version < drop.Version && mutation.Completed > drop.Submitted))
            return;
        foreach (ModelRange range in drop.Ranges)
        {
            for (int position = range.Offset; position < range.End; position++)
            {
                bool isNewest = _versions[range.ObjectNumber][position] == drop.Version;
                if (isNewest && CoveredByAWriteQueuedBefore(drop, range.ObjectNumber, position))
                    _values[range.ObjectNumber][position] = Undefined;
            }
        }
    }

    private bool CoveredByAWriteQueuedBefore(Mutation drop, int objectNumber, int position)
    {
        foreach (Mutation mutation in _mutations)
        {
            bool queued = mutation.Version < drop.Version && mutation.Completed > drop.Submitted;
            if (queued && Covers(mutation, objectNumber, position))
                return true;
        }

        return false;
    }

    private static bool Covers(Mutation mutation, int objectNumber, int position)
    {
        foreach (ModelRange range in mutation.Ranges)
        {
            if (range.ObjectNumber == objectNumber && position >= range.Offset && position < range.End)
                return true;
        }

        return false;
    }

    private void Apply(Mutation mutation)
    {
        foreach (ModelRange range in mutation.Ranges)
        {
            ushort[] values = _values[range.ObjectNumber];
            int[] versions = _versions[range.ObjectNumber];
            for (int position = range.Offset; position < range.End; position++)
            {
                if (versions[position] > mutation.Version)
                    continue;
                versions[position] = mutation.Version;
                values[position] = mutation.Kind == MutationKind.Undefine
                    ? Undefined
                    : mutation.ValueAt(range.ObjectNumber, position);
            }
        }
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
