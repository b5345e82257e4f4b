// The schedule of a simulated world: one thread, virtual time, steps in the order (time, seeded tie, sequence).
//
// Ownership: the world owns the simulator; targets schedule steps for themselves and are called back once for each.
// Invariants: _heap[0.._count) is a binary heap by (At, Order), no two orders are equal; each heap entry owns one slot of _slots,
// every other slot is on the free list; NowMicros never runs backwards.
using Engine.Buffers;

namespace Engine.Simulation;

/// <summary>A deterministic scheduler over virtual microseconds.</summary>
public sealed class Simulator
{
    private const int SequenceBits = 44;
    private const int RoomInitially = 1024;

    private readonly ulong _seed;
    private Entry[] _heap = new Entry[RoomInitially];
    private Slot[] _slots = new Slot[RoomInitially];
    private int _count;
    private int _slotsUsed;
    private int _freeSlot = -1;
    private ulong _sequence;

    /// <summary>An empty schedule at time 0.</summary>
    /// <param name="seed">Decides the order of steps of the same microsecond.</param>
    /// <param name="trace">Takes every step.</param>
    public Simulator(ulong seed, StepTrace trace)
    {
        _seed = seed;
        Trace = trace;
    }

    /// <summary>Virtual time, in microseconds from 0.</summary>
    public long NowMicros { get; private set; }

    /// <summary>Steps carried out.</summary>
    public long Steps { get; private set; }

    /// <summary>Steps that wait for their time.</summary>
    public int PendingCount => _count;

    /// <summary>The record of the run.</summary>
    public StepTrace Trace { get; }

    /// <summary>Puts a step on the schedule, <paramref name="delayMicros"/> from now; what is due in the same microsecond runs in
    /// an order that the seed decides.</summary>
    public void Schedule(long delayMicros, IStepTarget target, in SimStep step)
    {
        Invariant.That(delayMicros >= 0);
        int index = _freeSlot;
        if (index >= 0)
            _freeSlot = _slots[index].NextFree;
        else
            index = TakeNewSlot();
        ref Slot slot = ref _slots[index];
        slot.Target = target;
        slot.Step = step;
        if (_count == _heap.Length)
            Array.Resize(ref _heap, _count * 2);
        long at = NowMicros + delayMicros;
        // Drawn from what the step is, not from a sequence: then a step that is taken out changes no other one's place.
        ulong tie = TraceHash.Mix(_seed ^ (ulong)at, ((ulong)(uint)step.Subject << 32) ^ ((ulong)step.Kind << 56) ^ step.Token);
        ulong order = (tie << SequenceBits) | (_sequence++ & ((1UL << SequenceBits) - 1));
        SiftUp(new Entry { At = at, Order = order, Slot = index });
    }

    /// <summary>Carries out the next step; false when there is none.</summary>
    public bool Step()
    {
        if (_count == 0)
            return false;
        Entry first = _heap[0];
        RemoveFirst();
        ref Slot slot = ref _slots[first.Slot];
        IStepTarget target = slot.Target!;
        SimStep step = slot.Step;
        slot.Target = null;
        slot.Step = default;
        slot.NextFree = _freeSlot;
        _freeSlot = first.Slot;

        Invariant.That(first.At >= NowMicros);
        NowMicros = first.At;
        Steps++;
        ulong outcome = target.Execute(step);
        Trace.Step(Steps, first.At, step, outcome);
        return true;
    }

    private int TakeNewSlot()
    {
        if (_slotsUsed == _slots.Length)
            Array.Resize(ref _slots, _slotsUsed * 2);
        return _slotsUsed++;
    }

    private void SiftUp(in Entry entry)
    {
        int at = _count++;
        while (at > 0)
        {
            int parent = (at - 1) / 2;
            if (!IsBefore(entry, _heap[parent]))
                break;
            _heap[at] = _heap[parent];
            at = parent;
        }

        _heap[at] = entry;
    }

    private void RemoveFirst()
    {
        Entry last = _heap[--_count];
        int at = 0;
        while (true)
        {
            int child = (2 * at) + 1;
            if (child >= _count)
                break;
            if (child + 1 < _count && IsBefore(_heap[child + 1], _heap[child]))
                child++;
            if (!IsBefore(_heap[child], last))
                break;
            _heap[at] = _heap[child];
            at = child;
        }

        _heap[at] = last;
    }

    private static bool IsBefore(in Entry left, in Entry right) =>
        left.At < right.At || (left.At == right.At && left.Order < right.Order);

    private struct Entry
    {
        public long At;

        /// <summary>Tie in the upper bits, sequence in the lower.</summary>
        public ulong Order;

        public int Slot;
    }

    private struct Slot
    {
        public IStepTarget? Target;
        public SimStep Step;
        public int NextFree;
    }
}
