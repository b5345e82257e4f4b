using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>The continuations that wait on one object, in order of arrival.</summary>
public sealed class WaiterList
{
    private Continuation? _first;
    private Continuation? _last;

    internal WaiterList(Dir dir) => Dir = dir;

    internal WaiterList(NodeId node) => Node = node;

    /// <summary>The object: a dirfrag, or else a node.</summary>
    internal Dir? Dir { get; }
    internal NodeId Node { get; }

    /// <summary>Everything somebody waits for here.</summary>
    public WaitMask Mask { get; private set; }

    /// <summary>True without waiters.</summary>
    public bool IsEmpty => _first == null;

    /// <summary>Waiters.</summary>
    public int Count { get; private set; }

    /// <summary>Of those, who waits for another rank's sake.</summary>
    public int CountForPeers
    {
        get
        {
            int count = 0;
            for (Continuation? waiter = _first; waiter != null; waiter = waiter.Next)
                count += waiter.IsForPeer ? 1 : 0;
            return count;
        }
    }

    /// <summary>Adds a waiter that waits nowhere.</summary>
    internal void Add(Continuation waiter, WaitMask mask, ulong key)
    {
        Invariant.That(!waiter.IsPending && mask != WaitMask.None);
        waiter.List = this;
        waiter.Mask = mask;
        waiter.Key = key;
        waiter.Previous = _last;
        if (_last == null)
            _first = waiter;
        else
            _last.Next = waiter;
        _last = waiter;
        Mask |= mask;
        Count++;
    }

    /// <summary>Takes a waiter out without running it.</summary>
    internal void Remove(Continuation waiter)
    {
        Invariant.That(waiter.List == this);
        if (waiter.Previous == null)
            _first = waiter.Next;
        else
            waiter.Previous.Next = waiter.Next;
        if (waiter.Next == null)
            _last = waiter.Previous;
        else
            waiter.Next.Previous = waiter.Previous;
        waiter.Previous = waiter.Next = null;
        waiter.List = null;
        Count--;
        if (_first == null)
            Mask = WaitMask.None;
    }

    /// <summary>Queues all that wait for one of the bits, and for the key where one is given, in order of arrival.</summary>
    internal void Wake(ReadyQueue ready, WaitMask mask, ulong? key, IoError outcome)
    {
        if ((Mask & mask) == 0)
            return;
        WaitMask rest = WaitMask.None;
        Continuation? next;
        for (Continuation? waiter = _first; waiter != null; waiter = next)
        {
            next = waiter.Next;
            if ((waiter.Mask & mask) != 0 && (key == null || waiter.Key == key))
            {
                Remove(waiter);
                ready.Add(waiter, outcome);
            }
            else
            {
                rest |= waiter.Mask;
            }
        }

        Mask = rest;
    }

    /// <summary>Moves the waiters for the bits to another list, behind those there.</summary>
    internal void MoveTo(WaiterList other, Func<Continuation, bool> which)
    {
        Continuation? next;
        for (Continuation? waiter = _first; waiter != null; waiter = next)
        {
            next = waiter.Next;
            if (!which(waiter))
                continue;
            Remove(waiter);
            other.Add(waiter, waiter.Mask, waiter.Key);
        }
    }
}
