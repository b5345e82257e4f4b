using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>
/// Continuations whose wait is over, in the order in which they were woken. The rank runs them in bounded batches between other
/// inputs; a client's request that arrives while earlier ones of the client stand here goes behind them.
/// </summary>
public sealed class ReadyQueue
{
    private readonly Dictionary<ClientId, int> _ofClient = [];
    private Continuation? _first;
    private Continuation? _last;

    /// <summary>Continuations to run.</summary>
    public int Count { get; private set; }

    /// <summary>Does a continuation of the client stand here? A new request of the client must not overtake it.</summary>
    public bool Holds(ClientId client) => _ofClient.ContainsKey(client);

    /// <summary>Puts a continuation that waits for nothing at the end.</summary>
    public void Add(Continuation continuation, IoError outcome)
    {
        Invariant.That(!continuation.IsPending);
        continuation.IsReady = true;
        continuation.Outcome = outcome;
        if (_last == null)
            _first = continuation;
        else
            _last.Next = continuation;
        _last = continuation;
        Count++;
        if (continuation.Client != default)
            _ofClient[continuation.Client] = _ofClient.GetValueOrDefault(continuation.Client) + 1;
    }

    /// <summary>Runs the first continuation; false when there is none.</summary>
    public bool TryRunNext()
    {
        Continuation? continuation = _first;
        if (continuation == null)
            return false;
        _first = continuation.Next;
        if (_first == null)
            _last = null;
        continuation.Next = null;
        continuation.IsReady = false;
        Count--;
        if (continuation.Client != default)
            Forget(continuation.Client);
        continuation.Run(continuation.Outcome);
        return true;
    }

    /// <summary>Runs at most <paramref name="countMax"/>, none of those that are added meanwhile; how many there were.</summary>
    public int RunBatch(int countMax)
    {
        int count = Math.Min(countMax, Count);
        for (int i = 0; i < count; i++)
            TryRunNext();
        return count;
    }

    private void Forget(ClientId client)
    {
        int count = _ofClient[client] - 1;
        if (count == 0)
            _ofClient.Remove(client);
        else
            _ofClient[client] = count;
    }
}
