using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>What a client sent while an earlier message of it waits: messages of a client are taken in order. The first is under
/// way; it is tried again when the wait is over.</summary>
internal sealed class ClientQueue(ClientServer server, ClientId client) : Continuation, IRefusable
{
    private readonly Queue<Message> _messages = new();

    /// <inheritdoc/>
    public override ClientId Client => client;

    /// <summary>Messages, the one under way included.</summary>
    public int Count => _messages.Count;

    /// <summary>The message under way.</summary>
    public Message First => _messages.Peek();

    /// <summary>Number of the event that the first one waits for; 0 while it waits for something else.</summary>
    public long FlushedAt { get; set; }

    /// <summary>It waits until requests are served.</summary>
    public bool IsHeld { get; set; }

    /// <summary>It waits for memory, for room in the journal, or for a store that fails, and is tried again at the next tick.
    /// </summary>
    public bool IsStarved { get; set; }

    /// <summary>Puts a message at the end.</summary>
    public void Add(Message message) => _messages.Enqueue(message);

    /// <summary>Takes out what needs not wait for the first message.</summary>
    public void PassFirst(Func<Message, bool> tryPass)
    {
        for (int at = 0, count = _messages.Count; at < count; at++)
        {
            Message message = _messages.Dequeue();
            if (at == 0 || !tryPass(message))
                _messages.Enqueue(message);
        }
    }

    /// <inheritdoc/>
    public bool TryRefuse(IoError error) => FlushedAt == 0;

    /// <summary>The first message is done.</summary>
    public void Advance()
    {
        _messages.Dequeue();
        FlushedAt = 0;
    }

    /// <summary>Does the answer to a revocation wait here?</summary>
    public bool HasAnswerFor(in LateCap late)
    {
        foreach (Message message in _messages)
        {
            bool isAnswer = message switch
            {
                CapUpdate update => update.Ino == late.Ino && update.Seq >= late.Seq,
                CapRelease release => Releases(release, late.Ino),
                ClientRequest request => request.Op == ClientOp.Close && request.Base == late.Ino,
                _ => false,
            };
            if (isAnswer)
                return true;
        }

        return false;
    }

    /// <summary>Lists the inodes of which something is given back here.</summary>
    public void ListAnswers(SortedSet<Ino> inodes)
    {
        foreach (Message message in _messages)
        {
            if (message is CapUpdate update)
                inodes.Add(update.Ino);
            else if (message is ClientRequest { Op: ClientOp.Close } close)
                inodes.Add(close.Base);
            else if (message is CapRelease release)
                inodes.UnionWith(release.Items.Select(item => item.Ino));
        }
    }

    /// <summary>Forgets what has not begun to have an effect.</summary>
    public void Drop()
    {
        Message? begun = FlushedAt != 0 ? First : null;
        _messages.Clear();
        if (begun is not null)
            _messages.Enqueue(begun);
    }

    /// <inheritdoc/>
    public override void Run(IoError error)
    {
        // What it waited for cannot be had now.
        IsStarved = error.Failed;
        if (!IsStarved)
            server.GoOn(this);
    }

    private static bool Releases(CapRelease release, Ino ino)
    {
        foreach (CapReleaseItem item in release.Items)
        {
            if (item.Ino == ino)
                return true;
        }

        return false;
    }
}
