using Engine.Buffers;
using Engine.Objects;

namespace Engine.Metadata;

/// <summary>Operations under way by token, and the sink of their completions, which only posts events: a completion is a step
/// like all others.</summary>
internal sealed class PendingTable(IRankEnvironment environment)
{
    private readonly List<PendingIo?> _slots = [];
    private readonly List<uint> _generations = [];
    private readonly Stack<int> _free = new();
    private readonly Port _log = new(environment, RankEventKind.Log);
    private readonly Port _objects = new(environment, RankEventKind.Object);

    /// <summary>Operations under way.</summary>
    public int Count => _slots.Count - _free.Count;

    /// <summary>Where a log operation reports.</summary>
    public Submission ForLog(PendingIo io) => new(_log, Add(io));

    /// <summary>Where an object operation reports.</summary>
    public Submission ForObject(PendingIo io) => new(_objects, Add(io));

    /// <summary>Runs what the event's token names. A token that was used already is a broken environment.</summary>
    public void Complete(in RankEvent item)
    {
        int slot = (int)(uint)item.Token;
        Invariant.That(slot < _slots.Count && _generations[slot] == (uint)(item.Token >> 32));
        PendingIo? io = _slots[slot];
        Invariant.That(io is not null, "an operation completes once");
        _slots[slot] = null;
        _generations[slot]++;
        _free.Push(slot);
        io.Complete(item.Result);
    }

    private ulong Add(PendingIo io)
    {
        if (!_free.TryPop(out int slot))
        {
            slot = _slots.Count;
            _slots.Add(null);
            _generations.Add(1);
        }

        _slots[slot] = io;
        return ((ulong)_generations[slot] << 32) | (uint)slot;
    }

    private sealed class Port(IRankEnvironment environment, RankEventKind kind) : ICompletionSink
    {
        public void Complete(ulong token, IoResult result) => environment.Post(new RankEvent(kind, token, result));
    }
}
