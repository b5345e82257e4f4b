using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Waiting and waking. A wake-up queues; nothing runs inline. Source: migrator specification, 1.8.</content>
public sealed partial class MetadataCache
{
    /// <summary>Continuations whose wait is over.</summary>
    public ReadyQueue Ready { get; } = new();

    /// <summary>
    /// Waits on a dirfrag. For <see cref="WaitMask.Unfreeze"/> the wait is at the dirfrag that is freezing or frozen, at or above
    /// this one; for <see cref="WaitMask.SingleAuth"/> at the root of its subtree.
    /// </summary>
    public void Wait(Dir dir, WaitMask mask, Continuation waiter, ulong key = 0)
    {
        if ((mask & WaitMask.Unfreeze) != 0)
        {
            Dir? frozen = FreezeRootOf(dir);
            if (frozen == null)
                Invariant.Fail($"wait for the end of a freeze at {dir}, which is not freezing or frozen");
            dir = frozen;
        }
        else if ((mask & WaitMask.SingleAuth) != 0)
        {
            dir = Subtrees.RootOf(dir);
        }

        WaiterList list = dir.Waiters ??= new WaiterList(dir);
        if (list.IsEmpty)
            Pin(dir, PinKind.Waiter);
        list.Add(waiter, mask, key);
    }

    /// <summary>Waits on a node; for the end of a freeze, or of doubt about authority, that is not its own, further up.</summary>
    public void Wait(NodeId node, WaitMask mask, Continuation waiter, ulong key = 0)
    {
        NodeState state = Nodes[node].State;
        bool forward = ((mask & WaitMask.SingleAuth) != 0 && (state & NodeState.AmbiguousAuth) == 0)
            || ((mask & WaitMask.Unfreeze) != 0
                && (state & (NodeState.Freezing | NodeState.Frozen | NodeState.FrozenAuthPin)) == 0);
        if (forward && TryDirOf(node) is Dir dir)
        {
            Wait(dir, mask, waiter, key);
            return;
        }

        NodeCompanion companion = CompanionFor(node);
        WaiterList list = companion.Waiters ??= new WaiterList(node);
        if (list.IsEmpty)
            Pin(node, PinKind.Waiter);
        list.Add(waiter, mask, key);
    }

    /// <summary>Ends a wait without running the continuation, wherever it waits; it stays if it is to be run already.</summary>
    public void StopWaiting(Continuation waiter)
    {
        WaiterList? list = waiter.List;
        if (list == null)
            return;
        list.Remove(waiter);
        if (list.IsEmpty)
            WaitersGone(list);
    }

    /// <summary>Queues whoever waits on the dirfrag for one of the bits, and for the key where one is given.</summary>
    public void Wake(Dir dir, WaitMask mask, IoError outcome = default, ulong? key = null)
    {
        if (dir.Waiters is { IsEmpty: false } list)
            Wake(list, mask, outcome, key);
    }

    /// <summary>Queues whoever waits on the node for one of the bits, and for the key where one is given.</summary>
    public void Wake(NodeId node, WaitMask mask, IoError outcome = default, ulong? key = null)
    {
        if (TryCompanionOf(node)?.Waiters is { IsEmpty: false } list)
            Wake(list, mask, outcome, key);
    }

    /// <summary>What somebody waits for on the dirfrag.</summary>
    public static WaitMask WaitedFor(Dir dir) => dir.Waiters?.Mask ?? WaitMask.None;

    /// <summary>How many wait on the dirfrag.</summary>
    public static int WaitersOn(Dir dir) => dir.Waiters?.Count ?? 0;

    /// <summary>Of those, who waits for another rank's sake.</summary>
    public static int RemoteWaitersOn(Dir dir) => dir.Waiters?.CountForPeers ?? 0;

    /// <summary>What somebody waits for on the node.</summary>
    public WaitMask WaitedFor(NodeId node) => TryCompanionOf(node)?.Waiters?.Mask ?? WaitMask.None;

    /// <summary>The managed part of a node, if it has one.</summary>
    public NodeCompanion? TryCompanionOf(NodeId node)
    {
        int at = Nodes[node].Companion;
        return at == 0 ? null : _companions[at];
    }

    /// <summary>The managed part of a node, made if it has none. <see cref="DropCompanionIfEmpty"/> when a part of it
    /// goes.</summary>
    public NodeCompanion CompanionFor(NodeId node)
    {
        ref NodeSide side = ref Nodes[node];
        if (side.Companion != 0)
            return _companions[side.Companion]!;
        NodeCompanion companion = new();
        if (_freeCompanions.Count > 0)
        {
            side.Companion = _freeCompanions.Pop();
            _companions[side.Companion] = companion;
        }
        else
        {
            side.Companion = _companions.Count;
            _companions.Add(companion);
        }

        return companion;
    }

    /// <summary>Gives up the managed part of a node when nothing is in it any more.</summary>
    public void DropCompanionIfEmpty(NodeId node)
    {
        ref NodeSide side = ref Nodes[node];
        if (side.Companion == 0 || !_companions[side.Companion]!.IsEmpty)
            return;
        _companions[side.Companion] = null;
        _freeCompanions.Push(side.Companion);
        side.Companion = 0;
    }

    private void Wake(WaiterList list, WaitMask mask, IoError outcome, ulong? key)
    {
        list.Wake(Ready, mask, key, outcome);
        if (list.IsEmpty)
            WaitersGone(list);
    }

    private void WaitersGone(WaiterList list)
    {
        if (list.Dir != null)
        {
            Unpin(list.Dir, PinKind.Waiter);
            return;
        }

        DropCompanionIfEmpty(list.Node);
        Unpin(list.Node, PinKind.Waiter);
    }
}
