// The search of Wing and Gong with the memory of Lowe, over the history of one object.
//
// The history is a doubly linked list of calls and returns in order of time. A step of the search takes a call that no remaining
// return precedes, applies it to the state, and lifts it and its return out; where no call can be taken, the last one is put
// back. A pair (set of lifted operations, state) that was seen once is not entered again. Operations without a response have no
// return and are not in the list: they may be taken at any time from their call until they expire (before any call that is later
// than that), or never, and are tried only where nothing else goes on. A search that takes them at once has to find its way back
// to each that had not happened. Of equal ones the first is taken first: whatever the later could explain, the earlier does as
// well, as long as it does not expire later. Without that the search enters every subset of them (one history with 99 open
// operations on two names was given up after two million states; it visits 3 875 now).
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
        private readonly Stack<(int Operation, TState Before, long Latest)> _taken = new();

        // Operations without a response, in the order of their calls, and which of them are lifted.
        private readonly List<int> _open = [];
        private readonly bool[] _isLifted;

        /// <summary>For each of <see cref="_open"/> the last equal one before it that does not expire later, or -1.</summary>
        private readonly int[] _twins;
        private TState _state;
        private (ulong High, ulong Low) _set;

        /// <summary>The latest call among what is lifted.</summary>
        private long _latest = -1;

        private int _head = End;
        private int _knownLeft;

        public Search(ISequentialModel<TState, TOperation> model, IReadOnlyList<HistoryEntry<TOperation>> entries)
        {
            _model = model;
            _entries = entries;
            _state = model.Initial;
            _next = new int[entries.Count * 2];
            _previous = new int[entries.Count * 2];
            _marks = new (ulong High, ulong Low)[entries.Count];
            _isLifted = new bool[entries.Count];
            var random = new SeededRandom((ulong)entries.Count);
            var nodes = new List<(long At, int Node)>();
            for (int i = 0; i < entries.Count; i++)
            {
                _marks[i] = (random.Next(), random.Next());
                if (!entries[i].IsKnown)
                {
                    _open.Add(i);
                    continue;
                }

                nodes.Add((entries[i].InvokedAt, 2 * i));
                nodes.Add((entries[i].RespondedAt, (2 * i) + 1));
                _knownLeft++;
            }

            _open.Sort((left, right) => entries[left].InvokedAt.CompareTo(entries[right].InvokedAt));
            _twins = TwinsOfOpen();
            nodes.Sort();
            Link(nodes);
        }

        public LinearizabilityVerdict Run(int visitedMax)
        {
            int node = _head;
            int open = 0;
            while (_knownLeft > 0)
            {
                if (TryTakeNext(ref node, ref open))
                {
                    if (_seen.Count > visitedMax)
                        return LinearizabilityVerdict.Undecided;
                    (node, open) = (_head, 0);
                    continue;
                }

                if (!_taken.TryPop(out (int Operation, TState Before, long Latest) last))
                    return LinearizabilityVerdict.Rejected;
                (_state, _latest) = (last.Before, last.Latest);
                _set = (_set.High ^ _marks[last.Operation].High, _set.Low ^ _marks[last.Operation].Low);
                PutBack(last.Operation);
                if (_entries[last.Operation].IsKnown)
                    (node, open) = (_next[2 * last.Operation], 0);
                else
                    (node, open) = (FirstReturn(), _open.IndexOf(last.Operation) + 1);
            }

            return LinearizabilityVerdict.Accepted;
        }

        /// <summary>Takes the next call from <paramref name="node"/> on that can be taken, or else the next from
        /// <paramref name="open"/> on of those without a response.</summary>
        private bool TryTakeNext(ref int node, ref int open)
        {
            // Behind a return whose operation was not taken nothing may be taken before it.
            for (; (node & 1) == 0; node = _next[node])
            {
                if (TryTake(node / 2))
                    return true;
            }

            long before = _entries[node / 2].RespondedAt;
            for (; open < _open.Count && _entries[_open[open]].InvokedAt < before; open++)
            {
                int operation = _open[open];
                if (MayHappen(operation) && !(_twins[open] >= 0 && MayHappen(_twins[open])) && TryTake(operation))
                    return true;
            }

            return false;
        }

        private bool MayHappen(int openOperation) => !_isLifted[openOperation] && _entries[openOperation].ExpiredAt > _latest;

        private int[] TwinsOfOpen()
        {
            var twins = new int[_open.Count];
            for (int i = 0; i < twins.Length; i++)
            {
                int twin = i - 1;
                while (twin >= 0 && !IsTwin(_entries[_open[twin]], _entries[_open[i]]))
                    twin--;
                twins[i] = twin < 0 ? -1 : _open[twin];
            }

            return twins;

            static bool IsTwin(HistoryEntry<TOperation> earlier, HistoryEntry<TOperation> later) =>
                EqualityComparer<TOperation>.Default.Equals(earlier.Operation, later.Operation)
                && earlier.ExpiredAt <= later.ExpiredAt;
        }

        private bool TryTake(int operation)
        {
            HistoryEntry<TOperation> entry = _entries[operation];
            (ulong High, ulong Low) with = (_set.High ^ _marks[operation].High, _set.Low ^ _marks[operation].Low);
            if (!_model.TryApply(_state, entry.Operation, entry.IsKnown, out TState next)
                || !_seen.Add((with.High, with.Low, next)))
            {
                return false;
            }

            _taken.Push((operation, _state, _latest));
            (_state, _set, _latest) = (next, with, Math.Max(_latest, entry.InvokedAt));
            Lift(operation);
            return true;
        }

        private int FirstReturn()
        {
            int node = _head;
            while ((node & 1) == 0)
                node = _next[node];
            return node;
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
            _isLifted[operation] = true;
            if (!_entries[operation].IsKnown)
                return;
            Unlink(2 * operation);
            Unlink((2 * operation) + 1);
            _knownLeft--;
        }

        private void PutBack(int operation)
        {
            _isLifted[operation] = false;
            if (!_entries[operation].IsKnown)
                return;
            Relink((2 * operation) + 1);
            Relink(2 * operation);
            _knownLeft++;
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
