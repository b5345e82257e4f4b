// Names that go to another rank: the participant's side of a rename from one rank to another.
//
// The name is promised in an event, and its entry is auth-pinned and in doubt from then on: it stays where it is, nothing is
// frozen around it, and whoever comes upon it waits. The coordinator's journal decides. It is told of the promise until it has
// answered, by each life of this rank; who does not know of a change has not made it, and does not make it later.
// Invariants: what is promised stands in _offers, in the journal without an end, and in a segment that stays until another's head
// tells it again (NamespaceServer.Promises); an offer that goes ends by going, and one that stays when the journal has that,
// whatever it has to wait for.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Names that are promised to other ranks. Source: migrator specification, 4.5.</content>
internal sealed partial class NamespaceServer
{
    /// <summary>After so long what was said is said again.</summary>
    private const long SayAgainMicros = 1_000_000;

    private readonly SortedDictionary<UpdateId, NameOffer> _offers = [];

    /// <summary>Names in doubt, and changes that the other rank may not know of.</summary>
    public int UpdateCount => _offers.Count + _decided.Count;

    /// <summary>Takes what another rank says of changes of the two; false when it is something else.</summary>
    public bool TryHandleUpdate(RankId from, Message message)
    {
        switch (message)
        {
            case NameClaim claim when claim.Id.Coordinator == from:
                Take(claim);
                return true;
            case LinkClaim claim when claim.Id.Coordinator == from:
                Take(claim);
                return true;
            case NameDecision decision when decision.Id.Coordinator == from:
                Take(from, decision);
                return true;
            case NameOffered offered when offered.Id.Coordinator == _options.Id:
                Take(from, offered);
                return true;
            case NameGone gone when gone.Id.Coordinator == _options.Id:
                Take(gone);
                return true;
            default:
                return false;
        }
    }

    /// <summary>After replay, before anything is served: names that were promised are in doubt.</summary>
    private void KeepPromised(IEnumerable<PromisedName> names)
    {
        foreach (PromisedName name in names)
        {
            NodeId directory = _cache.FindInode(name.Directory);
            NodeId entry = directory.IsNone ? NodeId.None : _cache.Lookup(directory, name.Name);
            // One that was kept, and of which there was no room to say so, may be gone.
            if (entry.IsNone || !_cache.HasInode(entry) || !_cache.CanAuthPin(entry))
            {
                name.Segment.Pins--;
                continue;
            }

            NameClaim claim = new(name.Id, default, Credential.Root, name.Directory, name.Name, false, false);
            NameOffer offer = new(this, claim)
                { BeganMicros = _environment.NowMicros, Segment = name.Segment, Kind = name.Kind };
            _offers.Add(name.Id, offer);
            RequestCount++;
            Hold(offer, directory, entry, isNew: false);
        }
    }

    /// <summary>Time passes: what was promised is said again, and what had to wait for room is tried again.</summary>
    private void TickOffers()
    {
        foreach (NameOffer offer in (List<NameOffer>)[.. _offers.Values])
        {
            // It left with everything known that it had decided.
            if (!offer.Goes && !offer.Stays && Peers.Map[offer.Coordinator].State == ClusterRankState.Stopped)
            {
                Keep(offer);
                continue;
            }

            if (offer.WaitsForTick)
            {
                offer.WaitsForTick = false;
                _cache.Ready.Add(offer, IoError.None);
                continue;
            }

            if (offer is { Promise: not null, Goes: false } && _environment.NowMicros - offer.ToldAtMicros >= SayAgainMicros)
                Tell(offer);
        }
    }

    /// <summary>Tries an offer from its beginning, or to end it.</summary>
    public void Serve(NameOffer offer, IoError error)
    {
        if (offer.IsOver || _journal.Failure.Failed)
            return;
        _nowNanos = _environment.NowMicros * 1000;
        _seen = 0;
        MakeRoom(forChange: true, offer.LongMoves);
        if (offer.Stays)
        {
            Keep(offer);
            return;
        }

        if (offer.Goes)
        {
            if (offer.Kind == UpdateKind.Name)
                Go(offer);
            else if (offer.Kind == UpdateKind.Directory)
                GoDirectory(offer);
            else
                ChangeLinks(offer);
            return;
        }

        if (offer.Promise is not null)
            return;
        if (error.IsNone && _clients.IsReadOnly)
            error = IoError.ReadOnly;
        Progress progress = error.Failed ? Progress.Done
            : offer.Link is null ? TryPromise(offer, out error) : TryPromiseLink(offer, out error);
        if (progress == Progress.Waits || (error == IoError.NoMemory && AwaitsMemory(offer)))
            return;
        if (error.Failed)
            Decline(offer, error);
    }

    private void Take(NameClaim claim)
    {
        if (_offers.ContainsKey(claim.Id) || Refuses(claim.Id, claim.Directory.IsSystem && claim.Directory != Ino.Root))
            return;
        NameOffer offer = new(this, claim) { BeganMicros = _environment.NowMicros };
        _offers.Add(claim.Id, offer);
        RequestCount++;
        Serve(offer, IoError.None);
    }

    /// <summary>Says at once that nothing is promised: to a claim that cannot be, and before the clients are back, of whom one
    /// may have open what would go.</summary>
    private bool Refuses(UpdateId id, bool isWrong)
    {
        if (_clients.IsServing && !isWrong)
            return false;
        Peers.Send(id.Coordinator, new NameOffered(id, isWrong ? IoError.Invalid : IoError.Again, null), _journal.LastSeq);
        return true;
    }

    private void Take(RankId from, NameDecision decision)
    {
        if (!_offers.TryGetValue(decision.Id, out NameOffer? offer) || offer.HasGone)
        {
            // It has gone: the coordinator has not heard of it.
            if (!decision.IsTaken)
                return;
            Peers.Send(from, new NameGone(decision.Id), _journal.LastSeq);
            AskAtItsPlace(from, decision.Way);
            return;
        }

        if (!decision.IsTaken)
        {
            Keep(offer);
            return;
        }

        if (decision.Way.Count > 0)
            offer.Way = decision.Way;
        if (offer.Promise is null || offer.Goes || offer.Stays)
            return;
        offer.Goes = true;
        Serve(offer, IoError.None);
    }

    /// <summary>Promises the name, or says why not.</summary>
    private Progress TryPromise(NameOffer offer, out IoError error)
    {
        NameClaim claim = offer.Claim;
        NodeId parent = _cache.FindInode(claim.Directory);
        error = parent.IsNone || !_cache.IsDirectory(parent) || IsElsewhere(parent, claim.Name) ? IoError.Again : IoError.None;
        if (error.Failed)
            return Progress.Done;
        Progress progress = Find(offer, parent, claim.Name, out NodeId entry, out NodeId node, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = CheckOffer(claim, entry, node);
        if (error.Failed)
            return Progress.Done;
        if (_cache.IsDirectory(node))
            return TryPromiseDirectory(offer, parent, node, out error);
        progress = OpenToChange(offer, parent, claim.Name, out Dir? dir, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        // Who has it open would not find it where it goes.
        error = _cache.IsShared(node) ? s_crossRank : IoError.None;
        if (error.Failed)
            return Progress.Done;
        progress = LockNames(offer, NodeId.None, parent, NodeId.None, NodeId.None, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = CheckRemove(parent, node, claim.Caller);
        if (error.Failed)
            return Progress.Done;
        progress = Begin(offer, ExtBytes(node) + EntryBytes, out error, dir);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        MarkDirty(node);
        EmitDir(dir!);
        EmitEntry(node);
        EndPromise(offer, parent, node);
        return Progress.Done;
    }

    /// <summary>The event promises the entry, and is complete.</summary>
    private void EndPromise(NameOffer offer, NodeId parent, NodeId entry)
    {
        SayUpdate(
            offer.Id, offer.Coordinator, UpdateStage.Promised, _cache.Inode(parent).Ino, _cache.NameOf(entry), offer.Kind);
        HoldSegment(offer);
        _journal.GrowHead(ExtBytes(entry) + PromiseBytes);
        offer.Seq = EndChange();
        Hold(offer, parent, entry);
    }

    private IoError CheckOffer(NameClaim claim, NodeId entry, NodeId node)
    {
        if (node.IsNone)
            return IoError.NoEntry;
        if (claim.IsTaken)
            return IoError.Exists;
        if (claim.MustBeDirectory && !_cache.IsDirectory(node))
            return IoError.NotDirectory;
        return entry == node ? IoError.None : s_crossRank;
    }

    /// <summary>Whoever comes upon the entry waits, and nothing is frozen around it.</summary>
    private void Hold(NameOffer offer, NodeId parent, NodeId entry, bool isNew = true)
    {
        _cache.AuthPin(entry);
        _cache.SetState(entry, NodeState.AmbiguousAuth, true);
        offer.Entry = entry;
        offer.Withheld = _cache.Inode(entry).Ino;
        EntryReplica image = ReplicaImage.OfEntry(_cache, entry, _cache.Inode(parent).Ino, 0, default);
        offer.Promise = new NameOffered(
            offer.Id, IoError.None, image, isNew && offer.Kind == UpdateKind.Directory ? PartsOf(entry) : []);
        Tell(offer);
    }

    private void Tell(NameOffer offer)
    {
        offer.ToldAtMicros = _environment.NowMicros;
        Peers.Send(offer.Coordinator, offer.Promise!, offer.Seq);
    }

    /// <summary>Nothing was promised.</summary>
    private void Decline(NameOffer offer, IoError error)
    {
        // A directory that leads to what a third rank owns stays where it is.
        bool mayBeLater = error == IoError.Stale || (error == IoError.Busy && !offer.IsOfDirectory);
        // What was seen may not be durable yet.
        Peers.Send(offer.Coordinator, new NameOffered(offer.Id, mayBeLater ? IoError.Again : error, null), _journal.LastSeq);
        EndOffer(offer);
    }

    /// <summary>The name stays, if it was promised at all.</summary>
    private void Keep(NameOffer offer)
    {
        if (offer.Promise is null)
        {
            EndOffer(offer);
            return;
        }

        if (offer.Goes)
            return;
        // Where there is no room to say so it is tried again: who replays the promise finds the entry as it was.
        bool isDirectory = offer.Kind == UpdateKind.Directory;
        IoError error = BeginChange(EventKind.Update, isDirectory ? DirsBytes(offer.Entry) : 0);
        (offer.Stays, offer.WaitsForTick) = (true, error.Failed);
        if (offer.WaitsForTick)
            return;
        if (isDirectory)
            CountLater(offer.Entry);
        SayUpdate(offer.Id, offer.Coordinator, UpdateStage.Kept);
        Release(offer, EndChange());
    }

    /// <summary>The name goes to the coordinator's rank, with its inode.</summary>
    private void Go(NameOffer offer)
    {
        NodeId parent = _cache.DirOf(offer.Entry).Inode;
        byte[] name = _cache.NameOf(offer.Entry).ToArray();
        offer.TightReads = 0;
        Progress progress = OpenFor(offer, parent, NameHash.Of(name), out Dir? dir, out IoError error);
        if (progress == Progress.Done && error.IsNone && !dir!.IsComplete)
            progress = Fetch(offer, dir, out error);
        if (progress == Progress.Done && error.IsNone)
            progress = LockNames(offer, NodeId.None, parent, NodeId.None, NodeId.None, out error);
        // Not what clients' changes wait for: some of those wait for the end of this one.
        if (progress == Progress.Done && error.IsNone)
            error = BeginChange(EventKind.Update, EntryBytes, dir);
        // What cannot be done now is tried again.
        offer.WaitsForTick = error.Failed;
        if (progress == Progress.Waits || error.Failed)
            return;
        CountEntry(dir!, _cache.Inode(offer.Entry), -1);
        Require(_cache.TryMakeNull(offer.Entry));
        LeaveNull(dir!, name);
        EndGoing(offer);
    }

    /// <summary>The event does what was promised, and is complete.</summary>
    private void EndGoing(NameOffer offer)
    {
        SayUpdate(offer.Id, offer.Coordinator, UpdateStage.Given);
        long seq = EndChange();
        Peers.Send(offer.Coordinator, new NameGone(offer.Id), seq);
        Release(offer, seq);
    }

    /// <summary>The entry is in doubt no more.</summary>
    private void Release(NameOffer offer, long seq)
    {
        _cache.Wake(offer.Entry, WaitMask.SingleAuth);
        _cache.SetState(offer.Entry, NodeState.AmbiguousAuth, false);
        _cache.AuthUnpin(offer.Entry);
        _journal.WhenDurable(seq, new SegmentRelease(offer.Segment!));
        EndOffer(offer);
    }

    private void EndOffer(NameOffer offer)
    {
        offer.IsOver = true;
        offer.ReleaseLocks();
        _cache.StopWaiting(offer);
        _offers.Remove(offer.Id);
        RequestCount--;
        GiveAgain(offer);
    }

    /// <summary>Waits where it is in doubt whether the name stays.</summary>
    private Progress AwaitDecision(Continuation waiter, NodeId entry)
    {
        if (_offers.Count + ComeCount == 0 || (_cache.StateOf(entry) & NodeState.AmbiguousAuth) == 0)
            return Progress.Done;
        (waiter as RequestContext)?.ReleaseLocks();
        // Those who wait for each other's promise would wait for ever, or give back and ask anew at the same time for ever.
        if (waiter is RequestContext { Takeover: { } takeover } && MustGiveBackAt(entry))
            Abandon(takeover);
        _cache.Wait(entry, WaitMask.SingleAuth, waiter);
        return Progress.Waits;
    }

    /// <summary>Where a lower rank decides, or it is waited for that another one has given the directory, which may come upon
    /// what this rank was promised.</summary>
    private bool MustGiveBackAt(NodeId entry)
    {
        foreach (NameOffer offer in _offers.Values)
        {
            if (offer.Entry == entry)
                return offer.Coordinator.CompareTo(_options.Id) < 0;
        }

        return true;
    }

    private void SayUpdate(
        UpdateId id, RankId peer, UpdateStage stage, Ino directory = default, ReadOnlySpan<byte> name = default,
        UpdateKind kind = UpdateKind.Name)
    {
        _event!.EndDir();
        _event.Add(EventTag.RankUpdate, new UpdatePart(id, peer, directory, kind), name, (ushort)stage);
    }
}
