// Copies of others' metadata: asking for them, giving them, dropping them, calling them back.
//
// Invariants: who waits for a copy is tried again when an answer is there, whatever it says; a question to a rank whose life
// ends is asked of its next one. An entry that others have copies of is changed only when they have dropped them.

using System.Numerics;
using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Copies. Source: migrator specification, 1.6 and appendix A.</content>
internal sealed partial class PeerServer : IDiscoverHost, IReplicaHost, IExpireGate
{
    private const int HintsMax = 8;

    private readonly SortedDictionary<ulong, Question> _questions = [];
    private readonly List<Answering> _starved = [];
    private readonly List<(RankId From, ReplicaRecall Recall)> _recalls = [];
    private ulong _tidLast;

    /// <summary>Of each rank: channels to it that have ended.</summary>
    private readonly int[] _channels = new int[RankId.CountMax];

    /// <summary>News of copies that were dropped elsewhere.</summary>
    public ExpireInbox Expires { get; }

    /// <summary>Says which of them wait; null while nothing moves.</summary>
    public IExpireGate? ExpireGate { get; set; }

    /// <summary>Copies that were sent and did not fit.</summary>
    public long CopiesRejected => _asker.RejectedCount;

    /// <summary>Questions that are not answered, and messages that wait for the journal.</summary>
    public int TalkUnderWay => _questions.Count + _starved.Count + _unread.Count + _waysBack.Count + _server.UpdateCount
        + _outboxes.Values.Sum(each => each.HeldCount);

    /// <summary>Takes copies that a rank gave.</summary>
    /// <returns>ENOMEM, or EUCLEAN where one does not fit; those before it were taken.</returns>
    public IoError TakeCopies(RankId from, IReadOnlyList<ReplicaStep> copies)
    {
        IoError error = _asker.Apply(from, copies);
        if (error.Failed)
            Decline(from, copies);
        return error;
    }

    /// <summary>What could not be taken was counted as a copy that is here.</summary>
    private void Decline(RankId from, IReadOnlyList<ReplicaStep> copies)
    {
        List<ExpireRealm> realms = [];
        foreach (ReplicaStep step in copies)
        {
            if (step is DirReplica dir && _cache.FindDir(dir.Name) is null)
                realms.Add(new ExpireRealm(dir.Name, [], [new ExpiredDir(dir.Name, dir.Nonce)]));
            if (step is not EntryReplica { Name.Length: > 0 } entry)
                continue;
            DirFrag home = new(entry.Dir, Frag.Root);
            if (Find(home, entry.Name).IsNone)
                realms.Add(new ExpireRealm(home, [new ExpiredEntry(home, entry.Name, entry.Nonce)], []));
        }

        if (realms.Count > 0)
            Send(from, new CacheExpire(realms));
    }

    /// <summary>The states in which the locks of a copy that is made now begin.</summary>
    public LockStates LocksOfCopy(NodeId node, RankId to)
    {
        LockStates states = default;
        for (LockKind kind = LockKind.Snap; kind <= LockKind.Dft; kind++)
            states[LockRules.PlaceOf(kind)] = (byte)((IDiscoverHost)this).StateForReplica(node, kind, to);
        return states;
    }

    /// <summary>Asks all who have copies of an entry to drop them; <see cref="WaitMask.Unreplicated"/> tells of that at its
    /// node.</summary>
    /// <param name="node">The entry.</param>
    /// <param name="but">A rank that may keep its own.</param>
    public void Recall(NodeId node, ulong but = 0)
    {
        ulong ranks = _cache.ReplicasOf(node);
        for (Dir? dir = _cache.FirstDirOf(node); dir is not null; dir = MetadataCache.NextDirOf(dir))
            ranks |= dir.IsAuth ? _cache.ReplicasOf(dir) : 0;
        ReplicaRecall recall = RecallOf(node);
        for (ranks &= ~but; ranks != 0; ranks &= ranks - 1)
            Send(new RankId(BitOperations.TrailingZeroCount(ranks)), recall);
    }

    private ReplicaRecall RecallOf(NodeId node) => new(_cache.DirOf(node).Name, _cache.NameOf(node).ToArray());

    bool IDiscoverHost.IsXlocked(NodeId node) => false;

    LockState IDiscoverHost.StateForReplica(NodeId node, LockKind kind, RankId to)
    {
        LockObject on = LockObject.OfInode(_cache.Inode(node).Ino, node);
        // An owner of a part may have counted what this life of the rank does not know: nobody reads before that is gathered.
        if (kind is LockKind.File or LockKind.Nest && OwnsPart(to, node))
            _clients.Locks.Machine.OwnerCame(_clients.Locks.Find(on, kind));
        else if (kind is LockKind.File or LockKind.Nest && _clients.Locks.IsDelegation(node))
            _clients.Locks.Machine.Evaluate(_clients.Locks.Find(on, kind));
        return _clients.Locks.TryFind(on, kind) is { } item ? _clients.Locks.Machine.StateForReplica(item) : LockState.Sync;
    }

    private bool OwnsPart(RankId rank, NodeId node)
    {
        Dir? dir = _cache.FirstDirOf(node);
        while (dir is not null && (dir.IsAuth || !dir.IsSubtreeRoot || dir.DirAuth.First != rank.Value))
            dir = MetadataCache.NextDirOf(dir);
        return dir is not null;
    }

    void IReplicaHost.Copied(NodeId node, in LockStates locks)
    {
        LockObject on = LockObject.OfInode(_cache.Inode(node).Ino, node);
        for (LockKind kind = LockKind.Snap; kind <= LockKind.Dft; kind++)
        {
            var state = (LockState)locks[LockRules.PlaceOf(kind)];
            // An order that waits was given before, and is answered when it is carried out.
            if (_unread.ContainsKey((on.Ino, kind)))
                continue;
            if (_clients.Locks.TryFind(on, kind) is not { } item)
            {
                _clients.Locks.Restore(on, kind, state);
                continue;
            }

            // All orders that led the authority there have come before: one that is at rest elsewhere knows of another life.
            if (!item.IsStable || item.State == state)
                continue;
            if (item.Readers + item.Writers > 0)
                _clients.Locks.ReleaseHeld();
            _clients.Locks.Machine.Adopt(item, state);
        }
    }

    bool IReplicaHost.TryDropOutdated(NodeId node) => TryDropWithLocks(node, _cache.TryDropOutdated);

    bool IExpireGate.MustDelay(Dir realm, RankId sender) => ExpireGate?.MustDelay(realm, sender) ?? false;

    private void Take(RankId from, DiscoverReply reply)
    {
        if (!_questions.TryGetValue(reply.Tid, out Question? question) || question.To != from)
            return;
        _questions.Remove(reply.Tid);
        _server.MakeRoom(forChange: true);
        IoError error = IoError.NoMemory;
        if (_cache.HasRoomForChange)
            error = TakeCopies(from, reply.Trace);
        else
            Decline(from, reply.Trace);
        bool isElsewhere = reply is { Outcome: DiscoverOutcome.NotAuthority, Hint.IsNone: false, Trace.Count: 0 }
            && reply.Hint != from && reply.Hint != _options.Id && question.Hints < HintsMax;
        if (isElsewhere)
        {
            Put(new Question(reply.Hint, question.Message with { Tid = ++_tidLast })
            {
                Waiters = question.Waiters,
                IsFree = question.IsFree,
                Hints = question.Hints + 1,
            });
            return;
        }

        if (error.IsNone && reply.Trace is [.., EntryReplica last] && DiscoverAsker.IsNull(last))
            question.IsFree?.Invoke();
        foreach (Continuation waiter in question.Waiters)
            _cache.Ready.Add(waiter, error == IoError.NoMemory ? error : IoError.None);
    }

    private void Take(RankId from, CacheExpire message)
    {
        Expires.Receive(from, message);
        foreach (ExpireRealm realm in message.Realms)
        {
            foreach (ExpiredEntry entry in realm.Entries)
                NoteDropped(from, Find(entry.Dir, entry.Name));
        }
    }

    /// <summary>A rank dropped its copy of a node, unless it has got another: its locks wait for it no longer.</summary>
    private void NoteDropped(RankId from, NodeId node)
    {
        bool isGone = !node.IsNone && _cache.HasInode(node) && _cache.IsAuth(node)
            && (_cache.ReplicasOf(node) & (1UL << from.Value)) == 0;
        for (LockKind kind = LockKind.Snap; isGone && kind <= LockKind.Dft; kind++)
        {
            if (_clients.Locks.TryFind(LockObject.OfInode(_cache.Inode(node).Ino, node), kind) is { } item)
                _clients.Locks.Machine.ReplicaGone(item, from);
        }
    }

    private void Take(RankId from, ReplicaRecall recall)
    {
        bool isKnown = _recalls.Exists(each =>
            each.From == from && each.Recall.Dir == recall.Dir && each.Recall.Name.AsSpan().SequenceEqual(recall.Name));
        if (!isKnown && !TryDrop(from, recall))
            _recalls.Add((from, recall));
    }

    private void Take(RecallRefused refused)
    {
        NodeId node = Find(refused.Dir, refused.Name);
        if (!node.IsNone)
            _cache.Wake(node, WaitMask.Unreplicated, IoError.Busy);
    }

    /// <summary>Drops what is called back, or says that it stays; false when it is in use.</summary>
    private bool TryDrop(RankId from, ReplicaRecall recall)
    {
        NodeId node = Find(recall.Dir, recall.Name);
        if (node.IsNone || _cache.IsAuth(node))
            return true;
        if (!_cache.HasOwnBelow(node))
            return TryDropWithLocks(node, _cache.TryDropReplica);
        Send(from, new RecallRefused(recall.Dir, recall.Name));
        return true;
    }

    /// <summary>Drops a copy, and what is below it, with locks that nobody uses: the state in which the authority has led them,
    /// that of a file which is written elsewhere say, would keep it for as long as that lasts.</summary>
    private bool TryDropWithLocks(NodeId node, Func<NodeId, bool> tryDrop)
    {
        List<MetadataLock> locks = _clients.Locks.TakeUnused(item => IsAtOrBelow(item.Object.Node, node));
        if (tryDrop(node))
            return true;
        foreach (MetadataLock item in locks)
            _clients.Locks.Restore(item.Object, item.Kind, item.State);
        return false;
    }

    private bool IsAtOrBelow(NodeId node, NodeId top)
    {
        while (node != top && _cache.TryDirOf(node) is { } dir)
            node = dir.Inode;
        return node == top;
    }

    private void RetryRecalls()
    {
        for (int i = 0; i < _recalls.Count; i++)
        {
            if (TryDrop(_recalls[i].From, _recalls[i].Recall))
                _recalls.RemoveAt(i--);
        }
    }

    private NodeId Find(DirFrag name, byte[] entry)
    {
        NodeId inode = _cache.FindInode(name.Ino);
        return inode.IsNone || !_cache.IsDirectory(inode) ? NodeId.None : _cache.Lookup(inode, entry);
    }

    /// <summary>Answers a question, or waits for what has to come first.</summary>
    private void Answer(Answering answering)
    {
        RankId from = new((int)answering.From.Id);
        if (IsOver(answering))
            return;
        _server.MakeRoom(forChange: true);
        DiscoverStop stop = _cache.HasRoomForChange
            ? _responder.TryAnswer(from, answering.Question, out DiscoverReply? reply)
            : NoRoom(out reply);
        switch (stop)
        {
            case DiscoverStop.None:
                // What was copied may not be durable yet.
                Send(from, reply!, _journal.LastSeq);
                foreach (NodeId node in _responder.CalledBack)
                    Send(from, RecallOf(node), _journal.LastSeq);
                break;
            case DiscoverStop.Frozen when _responder.WaitIn is { } dir:
                _cache.Wait(dir, WaitMask.Unfreeze, answering);
                break;
            case DiscoverStop.Frozen:
                _cache.Wait(_responder.WaitAt, WaitMask.Unfreeze, answering);
                break;
            case DiscoverStop.InDoubt:
                _cache.Wait(_responder.WaitAt, WaitMask.SingleAuth, answering);
                break;
            case DiscoverStop.Fetch:
                Fetch(answering, _responder.WaitAt, _responder.FetchFrag);
                break;
            default:
                _starved.Add(answering);
                break;
        }
    }

    /// <summary>Has the channel ended by which it was asked? Then it is asked again, and a second answer would count copies that
    /// nobody takes.</summary>
    private bool IsOver(Answering answering) =>
        !Map.IsUp(new RankId((int)answering.From.Id), answering.From.Incarnation)
        || answering.Channel != _channels[answering.From.Id];

    private static DiscoverStop NoRoom(out DiscoverReply? reply)
    {
        reply = null;
        return DiscoverStop.Memory;
    }

    private void Fetch(Answering answering, NodeId inode, Frag frag)
    {
        Dir? dir = _cache.FindDir(inode, frag);
        IoError error = dir is not null ? IoError.None : _cache.TryOpen(inode, frag, out dir);
        if (error == IoError.NoMemory)
            _starved.Add(answering);
        else if (_server.Fetch(answering, dir!, out error) == Progress.Done)
            Refuse(answering);
    }

    /// <summary>What is asked for cannot be read.</summary>
    private void Refuse(Answering answering) => Send(
        new RankId((int)answering.From.Id),
        new DiscoverReply(
            answering.Question.Tid, answering.Question.Base, DiscoverOutcome.Gone, null, RankId.None, []));

    private void RetryStarved()
    {
        if (_starved.Count == 0)
            return;
        List<Answering> starved = [.. _starved];
        _starved.Clear();
        foreach (Answering each in starved)
            _cache.Ready.Add(each, IoError.None);
    }

    /// <summary>A question of another rank, until it is answered.</summary>
    private sealed class Answering(PeerServer server, Peer from, Discover question) : Continuation
    {
        public Peer From => from;

        /// <summary>By which of the channels to that rank.</summary>
        public int Channel { get; } = server._channels[from.Id];

        public Discover Question => question;

        public override bool IsForPeer => true;

        public override void Run(IoError error)
        {
            if (!error.Failed)
                server.Answer(this);
            else if (!server.IsOver(this))
                server.Refuse(this);
        }
    }
}
