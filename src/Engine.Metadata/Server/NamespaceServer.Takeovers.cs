// Names that come from another rank: the coordinator's side of a rename from one rank to another.
//
// The rank of the new name asks that of the old one for a promise, and tries the request from its beginning when that is there:
// what the request finds then it does within one step, and one event, which is the decision. Whatever ends the request otherwise
// gives the promise back. The participant is told of a decision until its journal has it, by each life of this rank.
// Invariants: nothing is held here while a promise is waited for; what is decided stands in _decided and in the journal without
// an end, in each segment's head too; a change that is neither decided nor a live request's has not been made.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Names that are promised by other ranks. Source: migrator specification, 4.5.</content>
internal sealed partial class NamespaceServer
{
    /// <summary>A request that has not come to its decision for so long asks anew, and waits twice as long then: as long as one
    /// life of the other rank may take, whose journal may be slow.</summary>
    private const long DecisionMicros = 2_000_000;

    /// <summary>How often that time doubles at most.</summary>
    private const int DoublingsMax = 5;

    /// <summary>How often a request asks before it ends with what was in the way the last time.</summary>
    private const int TriesMax = 8;

    private readonly SortedDictionary<uint, Takeover> _takeovers = [];
    private readonly SortedDictionary<UpdateId, DecidedUpdate> _decided = [];

    /// <summary>Requests whose other rank could not promise anything when they asked.</summary>
    private readonly List<RequestContext> _askLater = [];
    private uint _takeoverLast;

    /// <summary>Changes of which the other rank may not know.</summary>
    public int DecidedCount => _decided.Count;

    /// <summary>After replay: changes of which the other rank may not know.</summary>
    private void KeepDecided(IEnumerable<DecidedUpdate> updates)
    {
        foreach (DecidedUpdate update in updates)
        {
            _decided.Add(update.Id, update);
            KeepCome(update);
        }
    }

    /// <summary>Time passes, for changes of two ranks.</summary>
    public void TickUpdates()
    {
        // Nearly always, and to look through them allocates.
        if (_offers.Count + _decided.Count + _askLater.Count + _takeovers.Count == 0)
            return;
        TickOffers();
        long now = _environment.NowMicros;
        foreach (DecidedUpdate update in _decided.Values)
        {
            if (now - update.ToldAtMicros >= SayAgainMicros)
                Tell(update);
        }

        foreach (RequestContext waiting in _askLater)
            _cache.Ready.Add(waiting, IoError.None);
        _askLater.Clear();
        foreach (Takeover takeover in (List<Takeover>)[.. _takeovers.Values])
        {
            RequestContext context = takeover.Context;
            // A claim that a life took along with it is no try.
            bool isHeard = Peers.Map.IsUp(takeover.Participant, takeover.Incarnation);
            if (now - takeover.AskedAtMicros < DecisionMicros << (isHeard ? Math.Min(context.Tries, DoublingsMax) : 0))
                continue;
            context.Tries += isHeard ? 1 : 0;
            context.TryError = IoError.TimedOut;
            Abandon(takeover);
            if (takeover.Answer is null)
                _cache.Ready.Add(context, IoError.None);
        }
    }

    /// <summary>A rename whose old name is another rank's, and whose new one is this rank's.</summary>
    /// <param name="context">The request.</param>
    /// <param name="directory">Where the old name lies.</param>
    /// <param name="name">The old name.</param>
    /// <param name="hasSlash">A slash follows the old name.</param>
    /// <param name="target">The new name.</param>
    /// <param name="targetError">What is wrong with the new name itself.</param>
    /// <param name="error">Why it cannot be done.</param>
    private Progress TakeOver(
        RequestContext context, NodeId directory, byte[] name, bool hasSlash, in PathWalk target, IoError targetError,
        out IoError error)
    {
        error = context.Request.Flags == OpenFlags.Exchange ? s_crossRank : IoError.None;
        if (error.Failed)
            return Progress.Done;
        Progress found = FindOwner(context, directory, name, out RankId owner, out error);
        if (found == Progress.Waits || error.Failed)
            return found;
        UpdateId id = NextUpdate();
        bool isTaken = !target.Node.IsNone && (context.Request.Flags & OpenFlags.NoReplace) != 0;
        NameClaim claim = new(
            id, context.Asker, context.Request.Caller, _cache.Inode(directory).Ino, name, hasSlash || target.HasTrailingSlash,
            isTaken);
        Progress progress = Obtain(context, owner, id, claim, target, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        // Before its lock is asked for: who promised holds that of the directory that the name leaves, which may be the same.
        bool isOnTheWay = !target.Node.IsNone && _cache.IsDirectory(target.Node) && _cache.IsBelow(directory, target.Node);
        error = targetError.IsNone && isOnTheWay ? IoError.NotEmpty : targetError;
        return error.Failed ? Progress.Done : Receive(context, context.Takeover!, target, out error);
    }

    /// <summary>Whose a name is: that of the dirfrag in which it belongs, of which a copy is got where there is none. The
    /// directory's inode may be a third rank's.</summary>
    private Progress FindOwner(
        Continuation waiter, NodeId directory, ReadOnlySpan<byte> name, out RankId owner, out IoError error)
    {
        owner = RankId.None;
        Progress progress = OpenFor(waiter, directory, NameHash.Of(name), out Dir? there, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        Authority authority = _cache.Subtrees.AuthorityOf(there!);
        if (authority.IsAmbiguous)
            return AwaitSingle(waiter, there!);
        owner = new RankId(authority.First);
        error = authority.First < 0 ? s_remote : IoError.None;
        return Progress.Done;
    }

    /// <summary>What the next change is called.</summary>
    private UpdateId NextUpdate() => new(_options.Id, _options.Incarnation, _takeoverLast + 1);

    /// <summary>Has another rank promise its part; it has when nothing is wrong and nothing is left to wait for.</summary>
    private Progress Obtain(
        RequestContext context, RankId owner, UpdateId id, Message claim, in PathWalk target, out IoError error)
    {
        error = IoError.None;
        if (context.Takeover is not { Answer: { } answer } takeover || takeover.Participant != owner
            || !IsSame(takeover.Claim, claim))
        {
            error = context.Tries < TriesMax ? IoError.None : context.TryError;
            return error.Failed ? Progress.Done : Ask(context, owner, id, claim, target);
        }

        if (answer.Entry is { } entry)
        {
            error = IsWanted(claim, ReplicaImage.InodeOf(entry)) ? IoError.None : IoError.Damaged;
            return Progress.Done;
        }

        Forget(takeover);
        error = answer.Error;
        if (error == s_remote)
            (context.Tries, context.TryError, error) = (context.Tries + 1, error, IoError.Again);
        if (error == IoError.Again)
        {
            error = IoError.None;
            return AskLater(context);
        }

        // It is not this rank that lacks it.
        if (error == IoError.NoMemory)
            context.MemoryRounds = MemoryRoundsMax + 1;
        return Progress.Done;
    }

    /// <summary>Goes on with a request whose old name is promised, where both names were found before.</summary>
    /// <returns>False where it is to be tried from its beginning.</returns>
    private bool TryResume(RequestContext context, out Progress progress, out IoError error)
    {
        (progress, error) = (Progress.Done, IoError.None);
        if (context.Takeover is not { Answer.Entry: not null } takeover)
            return false;
        NodeId to = _cache.FindInode(takeover.Directory);
        bool isKnown = !to.IsNone && _cache.IsDirectory(to) && !IsElsewhere(to, takeover.Name);
        NodeId from = takeover.Claim is NameClaim named ? _cache.FindInode(named.Directory) : NodeId.None;
        if (takeover.Claim is NameClaim wanted)
            isKnown &= !from.IsNone && _cache.IsDirectory(from) && IsElsewhere(from, wanted.Name);
        if (!isKnown)
            return false;
        PathWalk target = new() { Parent = to, Name = takeover.Name, HasTrailingSlash = takeover.HasSlash, ReachedLast = true };
        _isAtLast = true;
        progress = Find(context, to, takeover.Name, out target.Entry, out target.Node, out error);
        if (progress == Progress.Waits)
            return true;
        if (takeover.Claim is LinkClaim link)
            progress = Resume(context, link, target, out error);
        else if (takeover.Claim is NameClaim claim && error.IsNone)
            progress = TakeOver(context, from, claim.Name, claim.MustBeDirectory, target, IoError.None, out error);
        return true;
    }

    private static bool IsWanted(Message claim, in InodeFields inode) => claim is not LinkClaim link
        || (!FileMode.IsDirectory(inode.Mode) && (link.Name.Length > 0 || link.Inode == inode.Ino));

    private static bool IsSame(Message one, Message other) => (one, other) switch
    {
        (NameClaim known, NameClaim now) => known.Directory == now.Directory && known.Name.AsSpan().SequenceEqual(now.Name)
            && known.MustBeDirectory == now.MustBeDirectory && known.IsTaken == now.IsTaken,
        (LinkClaim known, LinkClaim now) => known.Directory == now.Directory && known.Name.AsSpan().SequenceEqual(now.Name)
            && known.Inode == now.Inode && known.IsAdded == now.IsAdded && known.TargetError == now.TargetError,
        _ => false,
    };

    private Progress Ask(RequestContext context, RankId owner, UpdateId id, Message claim, in PathWalk target)
    {
        if (context.Takeover is { } before)
            Abandon(before);
        _takeoverLast = id.Number;
        Takeover takeover = new(id, claim, owner, context)
        {
            AskedAtMicros = _environment.NowMicros,
            Incarnation = Peers.Map[owner].IsUp ? Peers.Map[owner].Incarnation : 0,
            Directory = target.Parent.IsNone ? default : _cache.Inode(target.Parent).Ino,
            Name = target.Name.ToArray(),
            HasSlash = target.HasTrailingSlash,
        };
        _takeovers.Add(id.Number, takeover);
        context.Takeover = takeover;
        context.ReleaseLocks();
        Peers.Send(owner, claim);
        return Progress.Waits;
    }

    private Progress AskLater(RequestContext context)
    {
        context.ReleaseLocks();
        _askLater.Add(context);
        return Progress.Waits;
    }

    /// <summary>Puts what was promised in the place of the new name.</summary>
    private Progress Receive(RequestContext context, Takeover takeover, in PathWalk target, out IoError error)
    {
        EntryReplica entry = takeover.Answer!.Entry!;
        if (FileMode.IsDirectory(ReplicaImage.InodeOf(entry).Mode))
            return ReceiveDirectory(context, takeover, target, out error);
        Progress progress = LockNames(context, NodeId.None, target.Parent, NodeId.None, target.Node, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = CheckReceive(context.Request.Caller, target);
        if (error.Failed)
            return Progress.Done;
        progress = OpenTarget(context, target, out Dir? stray, out Dir? to, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        if (!_cache.FindInode(ReplicaImage.InodeOf(entry).Ino).IsNone)
        {
            // A copy that is on its way out.
            Abandon(takeover);
            return AskLater(context);
        }

        long bytes = BytesOf(entry);
        bool isLong = bytes - EntryBytes > ExtLimits.InlineMax;
        context.LongMoves = (isLong ? 1 : 0) + (target.Node.IsNone ? 0 : CountLong(target.Node));
        error = _cache.HasRoomToMove(context.LongMoves) ? IoError.None : IoError.NoMemory;
        if (error.Failed)
            return Progress.Done;
        progress = Begin(context, bytes + (target.Node.IsNone ? 0 : ExtBytes(target.Node)), out error, to);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        context.ReleaseLocks();
        if (!target.Node.IsNone)
            RemoveName(to!, target.Entry, target.Node, stray);
        NodeId node = AddReceived(to!, target.Name, entry);
        long seq = Decide(takeover, context, ReplicaImage.InodeOf(entry).Ino);
        ReplyToChange(context, new ClientReply(context.Request.Tid, IoError.None) { Stat = StatOf(node) }, seq);
        return Progress.Done;
    }

    /// <summary>Opens what the new name is put into, and what takes in what it replaces.</summary>
    private Progress OpenTarget(
        RequestContext context, in PathWalk target, out Dir? stray, out Dir? to, out IoError error)
    {
        (stray, to, error) = (null, null, IoError.None);
        Progress progress = target.Node.IsNone ? Progress.Done
            : OpenStrayOfOpen(context, target.Node, out stray, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        progress = OpenToChange(context, target.Parent, target.Name, out to, out error);
        if (progress == Progress.Done && error.IsNone && target.Node.IsNone)
            error = CheckRoomIn(to!);
        return progress;
    }

    private IoError CheckReceive(Credential caller, in PathWalk target)
    {
        if (target.Node.IsNone)
            return CheckModify(target.Parent, caller);
        IoError error = CheckRemove(target.Parent, target.Node, caller);
        return error.IsNone && _cache.IsDirectory(target.Node) ? IoError.IsDirectory : error;
    }

    private static long BytesOf(EntryReplica entry)
    {
        long bytes = EntryBytes;
        foreach (ReplicaAttribute attribute in entry.Attributes)
            bytes += attribute.Value.Length + (2 * EventPart.Bytes);
        return bytes;
    }

    private NodeId AddReceived(Dir to, ReadOnlySpan<byte> name, EntryReplica entry)
    {
        InodeFields image = ReplicaImage.InodeOf(entry);
        Require(_cache.TryLinkPrimary(to, name, image.Ino, image.Mode, out NodeId node));
        Require(ReplicaImage.StoreOwn(_cache, node, entry));
        ref InodeFields inode = ref _cache.WriteInode(node);
        inode.Ctime = _nowNanos;
        inode.ChangeAttr++;
        CountEntry(to, _cache.Inode(node), 1);
        MarkDirty(node);
        EmitDir(to);
        EmitEntry(node);
        return node;
    }

    /// <summary>The event is complete, and decides.</summary>
    private long Decide(Takeover takeover, RequestContext context, Ino told, Ino directory = default)
    {
        UpdateId id = takeover.Id;
        SayDecided(id, takeover.Participant, directory);
        long seq = EndChange(context, told);
        DecidedUpdate update = new(id, takeover.Participant, seq) { Directory = directory };
        _decided.Add(id, update);
        KeepCome(update);
        Forget(takeover);
        Tell(update);
        return seq;
    }

    private void Tell(DecidedUpdate update)
    {
        update.ToldAtMicros = _environment.NowMicros;
        Peers.Send(update.Participant, new NameDecision(update.Id, true, WayTo(update.Directory)), update.Seq);
    }

    /// <summary>Nothing comes of it: whoever promised something keeps it.</summary>
    private void Abandon(Takeover takeover)
    {
        Forget(takeover);
        Peers.Send(takeover.Participant, new NameDecision(takeover.Id, isTaken: false));
    }

    private void Forget(Takeover takeover)
    {
        _takeovers.Remove(takeover.Id.Number);
        takeover.Context.Takeover = null;
    }

    private void Take(RankId from, NameOffered offered)
    {
        bool isOfThisLife = offered.Id.Incarnation == _options.Incarnation;
        if (isOfThisLife && _takeovers.TryGetValue(offered.Id.Number, out Takeover? takeover) && takeover.Participant == from)
        {
            if (takeover.Answer is not null)
                return;
            takeover.Answer = offered;
            _cache.Ready.Add(takeover.Context, IoError.None);
            return;
        }

        if (_decided.TryGetValue(offered.Id, out DecidedUpdate? update))
            Tell(update);
        else if (offered.Error.IsNone)
            Peers.Send(from, new NameDecision(offered.Id, isTaken: false));
    }

    /// <summary>The participant's journal has its part: nobody asks any more.</summary>
    private void Take(NameGone gone)
    {
        // Where there is no room to say so, it is asked again.
        if (!_decided.TryGetValue(gone.Id, out DecidedUpdate? update) || BeginChange().Failed)
            return;
        _decided.Remove(gone.Id);
        SayUpdate(gone.Id, update.Participant, UpdateStage.Finished);
        EndChange();
        EndCome(update);
    }

    /// <summary>Puts changes of which the other rank may not know into a segment's head.</summary>
    private void SayDecided()
    {
        if (_decided.Count == 0)
            return;
        foreach (DecidedUpdate update in _decided.Values)
        {
            EmitCome(update);
            SayDecided(update.Id, update.Participant, update.Directory);
        }
    }

    private void SayDecided(UpdateId id, RankId participant, Ino directory) => SayUpdate(
        id, participant, UpdateStage.Decided, directory, default,
        directory.IsNone ? UpdateKind.Name : UpdateKind.Directory);
}
