// Directories that go to another rank: the participant's side.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Directories that are promised to other ranks, and go. Source: migrator specification, 4.5.</content>
internal sealed partial class NamespaceServer
{
    /// <summary>Promises a directory, or says why not.</summary>
    private Progress TryPromiseDirectory(NameOffer offer, NodeId parent, NodeId node, out IoError error)
    {
        offer.IsOfDirectory = true;
        error = CheckMove(offer, node);
        if (error.Failed)
            return Progress.Done;
        Progress progress = OpenParts(offer, node, mustBeKnown: true, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = OpenFor(offer, parent, NameHash.Of(offer.Claim.Name), out Dir? dir, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = dir!.IsAuth ? IoError.None : IoError.Again;
        if (error.Failed)
            return Progress.Done;
        if (!dir.IsComplete)
            return Fetch(offer, dir, out error);
        if (AwaitThaw(offer, dir) == Progress.Waits)
            return Progress.Waits;
        // What the coordinator has below it leads through its copy, which goes along.
        if (AwaitUnreplicated(offer, node, 1UL << offer.Coordinator.Value) == Progress.Waits)
            return Progress.Waits;
        progress = LockNames(offer, NodeId.None, parent, node, NodeId.None, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = CheckRemove(parent, node, offer.Claim.Caller);
        // The ".." of a directory that gets another parent is written.
        if (error.IsNone)
            error = Access.Check(_cache.Inode(node), offer.Claim.Caller, Access.Write);
        if (error.Failed)
            return Progress.Done;
        progress = Begin(offer, ExtBytes(node) + EntryBytes, out error, dir);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        offer.Kind = UpdateKind.Directory;
        MarkDirty(node);
        EmitDir(dir);
        EmitEntry(node);
        EndPromise(offer, parent, node);
        offer.ReleaseLocks();
        return Progress.Done;
    }

    /// <summary>EXDEV while a client has it open; EBUSY where it leads to what a third rank owns; EAGAIN while something of it is
    /// on its way.</summary>
    private IoError CheckMove(NameOffer offer, NodeId node)
    {
        if (_clients.IsOpen(_cache.Inode(node).Ino))
            return s_crossRank;
        if (LeadsToThird(node, offer.Coordinator))
            return IoError.Busy;
        bool isSettled = LocksOf(node).TrueForAll(static item =>
            item.Kind is not (LockKind.File or LockKind.Nest or LockKind.Dft)
            || item is { IsStable: true, IsFlushing: false, Writers: 0, Owner: 0 });
        return isSettled && Fragments?.IsAt(_cache.Inode(node).Ino) != true ? IoError.None : IoError.Again;
    }

    /// <summary>Opens all dirfrags of a directory: which are not open would be those of the inode's authority.</summary>
    private Progress OpenParts(NameOffer offer, NodeId directory, bool mustBeKnown, out IoError error)
    {
        for (uint hash = 0; hash <= Frag.HashMax;)
        {
            Progress progress = OpenFor(offer, directory, hash, out Dir? dir, out error);
            if (progress == Progress.Waits || error.Failed)
                return progress;
            bool isKnown = !dir!.IsAuth || dir.IsComplete || _cache.VersionOf(dir) > 0;
            if (mustBeKnown && !isKnown)
                return Fetch(offer, dir, out error);
            if (mustBeKnown && dir.IsAuth && AwaitThaw(offer, dir) == Progress.Waits)
                return Progress.Waits;
            hash = dir.Frag.Last + 1;
        }

        error = IoError.None;
        return Progress.Done;
    }

    private DirReplica[] PartsOf(NodeId directory) =>
    [
        .. _cache.LeavesOf(directory, Frag.Root)
            .Select(leaf => ReplicaImage.OfDir(_cache, _cache.FindDir(directory, leaf)!, 0)),
    ];

    /// <summary>A directory stays: what its dirfrags counted meanwhile is to be counted above them, within an event.</summary>
    private void CountLater(NodeId directory)
    {
        for (Dir? dir = _cache.FirstDirOf(directory); dir is not null; dir = MetadataCache.NextDirOf(dir))
        {
            if (!dir.IsAuth || IsFolded(dir))
                continue;
            _cache.MarkDirty(dir, _journal.Segment, Seq);
            EmitDir(dir);
        }
    }

    /// <summary>A directory goes to the coordinator's rank; what is this rank's of it and below stays so.</summary>
    private void GoDirectory(NameOffer offer)
    {
        (offer.TightReads, offer.Questions, offer.KnownFree) = (0, 0, default);
        if (offer.HasGone)
        {
            LearnAtItsPlace(offer);
            return;
        }

        NodeId node = offer.Entry;
        Progress progress = FindPlace(offer, out Dir? to, out IoError error);
        NodeId parent = _cache.DirOf(node).Inode;
        byte[] name = _cache.NameOf(node).ToArray();
        Dir? from = null;
        if (progress == Progress.Done && error.IsNone)
            progress = OpenFor(offer, parent, NameHash.Of(name), out from, out error);
        if (progress == Progress.Done && error.IsNone && !from!.IsComplete)
            progress = Fetch(offer, from, out error);
        if (progress == Progress.Done && error.IsNone)
            progress = OpenParts(offer, node, mustBeKnown: false, out error);
        if (progress == Progress.Done && error.IsNone)
            progress = LockNames(offer, NodeId.None, parent, NodeId.None, NodeId.None, out error);
        if (progress == Progress.Done && error.IsNone)
            error = ReadyToGo(offer, node);
        // Not what clients' changes wait for: some of those wait for the end of this one.
        if (progress == Progress.Done && error.IsNone)
            error = BeginChange(EventKind.Update, (2 * EntryBytes) + ExtBytes(node) + DirsBytes(node), from, to);
        // What cannot be done now is tried again.
        offer.WaitsForTick = progress == Progress.Done && error.Failed;
        if (progress == Progress.Done && error.IsNone)
            Give(offer, from!, to!);
    }

    /// <summary>The dirfrag of the new name, the coordinator's, of which a copy is got where there is none.</summary>
    private Progress FindPlace(NameOffer offer, out Dir? to, out IoError error)
    {
        to = null;
        error = IoError.None;
        if (Root.IsNone)
            return LearnRoot(offer, out error);
        // Told again, with the way there.
        error = offer.Way.Count == 0 ? IoError.Again : IoError.None;
        NodeId at = Root;
        for (int i = 0; i < offer.Way.Count && error.IsNone; i++)
        {
            byte[] name = offer.Way[i];
            if (!_cache.IsDirectory(at))
            {
                error = IoError.Again;
                break;
            }

            if (i == offer.Way.Count - 1)
                return FindPlaceIn(offer, at, name, out to, out error);
            Progress progress = Find(offer, at, name, out _, out at, out error);
            if (progress == Progress.Waits)
                return progress;
            error = error.IsNone && at.IsNone ? IoError.Again : error;
        }

        return Progress.Done;
    }

    private Progress FindPlaceIn(NameOffer offer, NodeId directory, byte[] name, out Dir? to, out IoError error)
    {
        Progress progress = OpenFor(offer, directory, NameHash.Of(name), out to, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        NodeId there = _cache.Lookup(to!, name);
        // A copy of what was there may be called back, and in use.
        bool isFree = there.IsNone || _cache.IsNull(there);
        error = isFree && !to!.IsAuth && !_cache.IsBelow(directory, offer.Entry) ? IoError.None : IoError.Again;
        return Progress.Done;
    }

    /// <summary>EAGAIN while a lock of the directory is held; ENOMEM where the coordinator cannot be counted as one that has
    /// copies of the dirfrags: it has the inode.</summary>
    private IoError ReadyToGo(NameOffer offer, NodeId node)
    {
        if (!HasFreeLocks(node))
            return IoError.Again;
        for (Dir? dir = _cache.FirstDirOf(node); dir is not null; dir = MetadataCache.NextDirOf(dir))
        {
            bool isKnown = !dir.IsAuth || (_cache.ReplicasOf(dir) & (1UL << offer.Coordinator.Value)) != 0;
            if (!isKnown && _cache.TryAddReplica(dir, offer.Coordinator, out _).Failed)
                return IoError.NoMemory;
        }

        return IoError.None;
    }

    /// <summary>The directory's copy lies where the coordinator has it, within an event that is complete then.</summary>
    private void Give(NameOffer offer, Dir from, Dir to)
    {
        NodeId node = offer.Entry;
        byte[] name = offer.Way[^1];
        byte[] oldName = _cache.NameOf(node).ToArray();
        CountEntry(from, _cache.Inode(node), -1);
        // Who freezes what it lies in waits for the end of this.
        _cache.AddAuthPin(from);
        _cache.AuthUnpin(node);
        _cache.ForgetReplicas(node);
        Require(_cache.TryMove(node, to, name));
        _cache.SetOwnNonce(node, 0);
        LockObject on = ObjectOf(node);
        foreach (MetadataLock item in LocksOf(node))
            _clients.Locks.Machine.BecomeReplica(item);
        _clients.Locks.Reset(item => item.Object == on);
        EmitContext(to);
        _event!.EndDir();
        MovedPart part = new() { To = new DirPart(to.Name), Ino = _cache.Inode(node).Ino };
        _event.Add(EventTag.Moved, part, name);
        EmitWay(node);
        for (Dir? dir = _cache.FirstDirOf(node); dir is not null; dir = MetadataCache.NextDirOf(dir))
        {
            if (!dir.IsAuth)
                continue;
            _event.EndDir();
            _event.Add(EventTag.Subtree, new DirPart(dir.Name));
        }

        _event.EndDir();
        LeaveNull(from, oldName);
        SayUpdate(offer.Id, offer.Coordinator, UpdateStage.Given);
        long seq = EndChange();
        Peers.Send(offer.Coordinator, new NameGone(offer.Id), seq);
        // Nothing else may lead through it, and it is looked at again.
        _cache.Pin(node, PinKind.Request);
        (offer.HasGone, offer.Moved) = (true, part.Ino);
        _cache.Wake(node, WaitMask.SingleAuth);
        offer.ReleaseLocks();
        _journal.WhenDurable(seq, new SegmentRelease(offer.Segment!));
        _cache.AuthUnpin(from);
        LearnAtItsPlace(offer);
    }

    /// <summary>An earlier life gave the directory. The coordinator gives a copy of it once it has heard that it has gone.
    /// </summary>
    private void AskAtItsPlace(RankId coordinator, IReadOnlyList<byte[]> way)
    {
        NodeId node = Root;
        NodeId above = NodeId.None;
        foreach (byte[] name in way)
        {
            above = node;
            node = node.IsNone || !_cache.IsDirectory(node) ? NodeId.None : _cache.Lookup(node, name);
        }

        bool isLost = way.Count > 0 && !node.IsNone && !_cache.IsAuth(node) && _cache.NonceOf(node, _options.Id) == 0;
        if (!isLost)
            return;
        Discover question = new(
            0, _cache.Inode(above).Ino, _cache.DirOf(node).Frag, [way[^1]], false, true, false);
        Peers.Ask(new Idle(), coordinator, question);
    }

    /// <summary>Nobody passes through the directory before its authority has given a copy: what is here may be old, and its
    /// authority knows of no copy.</summary>
    private void LearnAtItsPlace(NameOffer offer)
    {
        NodeId node = offer.Entry;
        Dir to = _cache.DirOf(node);
        bool isThere = _cache.HasInode(node) && _cache.Inode(node).Ino == offer.Moved;
        bool isLearned = to.IsAuth || _cache.NonceOf(node, _options.Id) != 0;
        // Its authority was asked, and gave none: the name may be another's by now. What nothing leads through need not stay.
        bool isOver = !isThere || (offer.HasAsked && !_cache.HasOwnBelow(node));
        if (isLearned || isOver)
        {
            _cache.Wake(node, WaitMask.SingleAuth);
            _cache.SetState(node, NodeState.AmbiguousAuth, false);
            _cache.Unpin(node, PinKind.Request);
            EndOffer(offer);
            if (isThere && !isLearned)
                ((IReplicaHost)Peers).TryDropOutdated(node);
            return;
        }

        Authority authority = _cache.Subtrees.AuthorityOf(to);
        offer.WaitsForTick = offer.HasAsked || authority.IsAmbiguous || authority.First < 0;
        offer.HasAsked = !offer.WaitsForTick;
        if (offer.HasAsked)
        {
            Discover question = new(0, to.Name.Ino, to.Frag, [_cache.NameOf(node).ToArray()], false, true, false);
            Peers.Ask(offer, new RankId(authority.First), question);
        }
    }
}
