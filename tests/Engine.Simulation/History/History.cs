using Engine.Buffers;

namespace Engine.Simulation;

/// <summary>What clients did to the objects of a run, each operation with the moments of its invocation and its response; one
/// that never got a response may have happened or not.</summary>
/// <typeparam name="TOperation">An operation with its result.</typeparam>
public sealed class History<TOperation>
{
    private readonly Dictionary<long, int> _indexOf = [];
    private readonly List<List<HistoryEntry<TOperation>>> _objects = [];
    private readonly List<long> _keys = [];
    private readonly List<(int Object, int Entry)> _operations = [];
    private long _moment;

    /// <summary>Operations invoked.</summary>
    public int Count => _operations.Count;

    /// <summary>Operations without a response.</summary>
    public int OpenCount { get; private set; }

    /// <summary>The objects, in the order of their first operation.</summary>
    public IReadOnlyList<long> Objects => _keys;

    /// <summary>The operations on one object, in the order of their invocation.</summary>
    public IReadOnlyList<HistoryEntry<TOperation>> Of(long key) => _objects[_indexOf[key]];

    /// <summary>An operation, by its number.</summary>
    public TOperation OperationAt(int number) => _objects[_operations[number].Object][_operations[number].Entry].Operation;

    /// <summary>An operation on object <paramref name="key"/> begins.</summary>
    /// <returns>The operation's number, for <see cref="Respond"/>.</returns>
    public int Invoke(long key, TOperation operation)
    {
        if (!_indexOf.TryGetValue(key, out int index))
        {
            index = _objects.Count;
            _indexOf.Add(key, index);
            _objects.Add([]);
            _keys.Add(key);
        }

        _objects[index].Add(new HistoryEntry<TOperation>(operation, ++_moment, HistoryEntry<TOperation>.Never));
        _operations.Add((index, _objects[index].Count - 1));
        OpenCount++;
        return _operations.Count - 1;
    }

    /// <summary>An operation got its response.</summary>
    /// <param name="number">What <see cref="Invoke"/> gave.</param>
    /// <param name="operation">The operation with its result.</param>
    public void Respond(int number, TOperation operation)
    {
        (int index, int entry) = _operations[number];
        HistoryEntry<TOperation> invoked = _objects[index][entry];
        Invariant.That(!invoked.IsKnown);
        _objects[index][entry] = invoked with { Operation = operation, RespondedAt = ++_moment };
        OpenCount--;
    }

    /// <summary>An operation that got no response cannot happen from now on.</summary>
    public void Expire(int number)
    {
        (int index, int entry) = _operations[number];
        HistoryEntry<TOperation> invoked = _objects[index][entry];
        Invariant.That(!invoked.IsKnown);
        _objects[index][entry] = invoked with { ExpiredAt = ++_moment };
    }
}
