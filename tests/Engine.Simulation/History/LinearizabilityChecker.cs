// The search of Wing and Gong with the memory of Lowe, over the history of one object.
//
// The history is a doubly linked list of calls and returns in order of time. A step of the search takes a call that no remaining
// return precedes, applies it to the state, and lifts it and its return out; where no call can be taken, the last one is put
// back. A pair (set of lifted operations, state) that was seen once is not entered again. Operations without a response have no
// return: they may be taken at any time after their call, or never.
// The set is remembered as the xor of 128 random bits for each operation: two sets that differ have the same image with a
// probability below 2^-100, which would show as a wrong rejection, never as a wrong acceptance.
using Engine.Buffers;

namespace Engine.Simulation;

/// <summary>Decides whether the operations on one object have an order that respects time and explains every result.</summary>
public static class LinearizabilityChecker
{
    /// <summary>States that a search may visit unless told otherwise.</summary>
    public const int VisitedMaxUsual = 2_000_000;

    /// <summary>Checks one object's history.</summary>
    /// <param name="model">What the object may do.</param>
    /// <param name="entries">Its operations.</param>
    /// <param name="visitedMax">Limit of the search.</param>
    public static LinearizabilityVerdict Check<TState, TOperation>(
        ISequentialModel<TState, TOperation> model, IReadOnlyList<HistoryEntry<TOperation>> entries,
        int visitedMax = VisitedMaxUsual)
        where TState : IEquatable<TState> => new Search<TState, TOperation>(model, entries).Run(visitedMax);

    private sealed class Search<TState, TOperation>
        where TState : IEquatable<TState>
    {
        private const int End = -1;

        private readonly ISequentialModel<TState, TOperation> _model;
        private readonly IReadOnlyList<HistoryEntry<TOperation>> _entries;

        // Node 2i is the call of operation i, node 2i + 1 its return.
        private readonly int[] _next;
        private readonly int[] _previous;
        private readonly (ulong High, ulong Low)[] _marks;
        private readonly HashSet<(ulong High, ulong Low, TState State)> _seen = [];
        private readonly Stack<(int Operation, TState Before)> _taken = new();
        private int _head = End;
        private int _knownLeft;

        public Search(ISequentialModel<TState, TOperation> model, IReadOnlyList<HistoryEntry<TOperation>> entries)
        {
            _model = model;
            _entries = entries;
            _next = new int[entries.Count * 2];
            _previous = new int[entries.Count * 2];
            _marks = new (ulong High, ulong Low)[entries.Count];
            var random = new SeededRandom((ulong)entries.Count);
            var nodes = new List<(long At, int Node)>();
            for (int i = 0; i < entries.Count; i++)
            {
                _marks[i] = (random.Next(), random.Next());
                nodes.Add((entries[i].InvokedAt, 2 * i));
                if (!entries[i].IsKnown)
                    continue;
                nodes.Add((entries[i].RespondedAt, (2 * i) + 1));
                _knownLeft++;
            }

            nodes.Sort();
            Link(nodes);
        }

        public LinearizabilityVerdict Run(int visitedMax)
        {
            TState state = _model.Initial;
            (ulong High, ulong Low) set = default;
            int node = _head;
            while (_knownLeft > 0)
            {
                if (node != End && (node & 1) == 0)
                {
                    int operation = node / 2;
                    HistoryEntry<TOperation> entry = _entries[operation];
                    (ulong High, ulong Low) with = (set.High ^ _marks[operation].High, set.Low ^ _marks[operation].Low);
                    if (_model.TryApply(state, entry.Operation, entry.IsKnown, out TState next)
                        && _seen.Add((with.High, with.Low, next)))
                    {
                        if (_seen.Count > visitedMax)
                            return LinearizabilityVerdict.Undecided;
                        _taken.Push((operation, state));
                        (state, set) = (next, with);
                        Lift(operation);
                        node = _head;
                        continue;
                    }

                    node = _next[node];
                    continue;
                }

                // A return whose operation was not taken: what comes later cannot be taken before it.
                if (!_taken.TryPop(out (int Operation, TState Before) last))
                    return LinearizabilityVerdict.Rejected;
                state = last.Before;
                set = (set.High ^ _marks[last.Operation].High, set.Low ^ _marks[last.Operation].Low);
                PutBack(last.Operation);
                node = _next[2 * last.Operation];
            }

            return LinearizabilityVerdict.Accepted;
        }

        private void Link(List<(long At, int Node)> nodes)
        {
            int last = End;
            foreach ((_, int node) in nodes)
            {
                _previous[node] = last;
                _next[node] = End;
                if (last == End)
                    _head = node;
                else
                    _next[last] = node;
                last = node;
            }
        }

        private void Lift(int operation)
        {
            Unlink(2 * operation);
            if (!_entries[operation].IsKnown)
                return;
            Unlink((2 * operation) + 1);
            _knownLeft--;
        }

        private void PutBack(int operation)
        {
            if (_entries[operation].IsKnown)
            {
                Relink((2 * operation) + 1);
                _knownLeft++;
            }

            Relink(2 * operation);
        }

        private void Unlink(int node)
        {
            (int previous, int next) = (_previous[node], _next[node]);
            if (previous == End)
                _head = next;
            else
                _next[previous] = next;
            if (next != End)
                _previous[next] = previous;
        }

        private void Relink(int node)
        {
            (int previous, int next) = (_previous[node], _next[node]);
            if (previous == End)
                _head = node;
            else
                _next[previous] = node;
            if (next != End)
                _previous[next] = node;
        }
    }
}
