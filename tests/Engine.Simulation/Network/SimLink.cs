using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>One direction between two peers: what was sent and has not arrived, in order. A channel that ends leaves its news in
/// the queue, so that a later channel's messages stay behind it.</summary>
internal sealed class SimLink(int number, Peer from, int fromProcess, Peer to, int toProcess, ulong seed)
{
    private readonly List<Item> _queue = [];

    public int Number => number;

    /// <summary>Choices of this link: what others carry does not change them.</summary>
    public SeededRandom Random { get; } = new(seed);

    public Peer From => from;

    public int FromProcess => fromProcess;

    public Peer To => to;

    public int ToProcess => toProcess;

    /// <summary>The channel ended and the sender does not know yet: what it sends is lost.</summary>
    public bool IsBroken { get; set; }

    /// <summary>A step that delivers the head is on the schedule.</summary>
    public bool IsScheduled { get; set; }

    /// <summary>Until when the wire is taken by what was sent before.</summary>
    public long BusyUntil { get; set; }

    /// <summary>Number of the step that counts, of all that were put on the schedule.</summary>
    public ulong Schedule { get; set; }

    public int Count => _queue.Count;

    /// <summary>News that a channel ended are among what has not arrived.</summary>
    public bool HasNews => _queue.Exists(static item => item.Message is null);

    public long LastReadyAt => _queue.Count == 0 ? 0 : _queue[^1].ReadyAt;

    public long HeadReadyAt => _queue[0].ReadyAt;

    public void Add(Message? message, long readyAt) => _queue.Add(new Item(message, readyAt));

    /// <summary>Takes item <paramref name="index"/>; null is the news that the channel ended.</summary>
    public Message? Take(int index)
    {
        Message? message = _queue[index].Message;
        _queue.RemoveAt(index);
        return message;
    }

    /// <summary>Messages at the head that no news of an end precedes, at most <paramref name="max"/>.</summary>
    public int CountMessages(int max)
    {
        int count = 0;
        while (count < max && count < _queue.Count && _queue[count].Message is not null)
            count++;
        return count;
    }

    /// <summary>Index of the first message that may pass those at the head; 0 where there is none, or the head is none to be
    /// passed.</summary>
    public int IndexBehind(Func<Message, bool> isBulk)
    {
        int index = 0;
        while (index < _queue.Count && _queue[index].Message is { } message && isBulk(message))
            index++;
        return index < _queue.Count && _queue[index].Message is not null ? index : 0;
    }

    /// <summary>Loses everything but the first <paramref name="count"/> items.</summary>
    public void Keep(int count) => _queue.RemoveRange(count, _queue.Count - count);

    private readonly record struct Item(Message? Message, long ReadyAt);
}
