// The namespace's operations on one rank: requests in, changes and replies out.
//
// Ownership: belongs to its rank and the rank's one logical thread. Cache and journal are the rank's.
// Shape: Serve tries a request from its beginning; a step that must wait parks the request on what it waits for. A change is made
// whole within one attempt: checked first, then begun (BeginChange), applied to the cache, described in one event, submitted.
//   NamespaceServer.Walk        paths
//   NamespaceServer.Elsewhere   what is another rank's
//   NamespaceServer.Subtrees    subtrees that begin and end here
//   NamespaceServer.Locks       locks, where clients have capabilities
//   NamespaceServer.OpenFiles   what clients have open, in the journal
//   NamespaceServer.Clients     requests that come again, flushes of capabilities, inodes without names
//   NamespaceServer.Fetch       dirfrags from the store
//   NamespaceServer.Room        room for what is to be done
//   NamespaceServer.Change      what changes have in common: events, versions, statistics
//   NamespaceServer.Reads       lookup, stat, readdir, readlink, getxattr
//   NamespaceServer.Make        mkdir, create, symlink
//   NamespaceServer.Inos        inode numbers
//   NamespaceServer.Attributes  setattr, setxattr, removexattr
//   NamespaceServer.Links       link, unlink
//   NamespaceServer.Directories rmdir
//   NamespaceServer.Rename      rename
//   NamespaceServer.Takeovers   names that come from another rank
//   NamespaceServer.Offers      names that go to another rank
//   NamespaceServer.LinkTakeovers, LinkOffers  links and unlinks of two ranks
//   NamespaceServer.Fragments   directories divided anew
// Invariants: nothing that a reply tells is lost in a crash, but for replies that say that they are not safe yet: a reply that
// depends on an event waits until the event is durable.

using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Serves the namespace to clients.</summary>
internal sealed partial class NamespaceServer : IDisposable
{
    private readonly RankOptions _options;
    private readonly IRankEnvironment _environment;
    private readonly RankEffects _effects;
    private readonly PendingTable _pending;
    private readonly MetadataCache _cache;
    private readonly Journal _journal;
    private readonly MetadataPagePool _pages;
    private readonly BufferPool _objectPool;
    private readonly ClientServer _clients;
    private readonly byte[] _scratch = new byte[ExtLimits.BytesMax];
    private NodeId _root;

    /// <summary>The root; none while a rank that it does not belong to has not learned of it.</summary>
    private NodeId Root => _root.IsNone ? _root = _cache.FindInode(Ino.Root) : _root;

    /// <summary>The newest event that any dirfrag depends on which the present attempt looked into.</summary>
    private long _seen;

    private long _nowNanos;

    public NamespaceServer(
        RankOptions options,
        IRankEnvironment environment,
        RankEffects effects,
        PendingTable pending,
        MetadataCache cache,
        Journal journal,
        MetadataPagePool pages,
        BufferPool objectPool,
        ClientServer clients)
    {
        _options = options;
        _environment = environment;
        _effects = effects;
        _pending = pending;
        _cache = cache;
        _journal = journal;
        _pages = pages;
        _objectPool = objectPool;
        _clients = clients;
        _trimMore = TrimMore;
        _nextIno = Ino.FirstOf(options.Id);
    }

    /// <summary>Requests under way.</summary>
    public int RequestCount { get; private set; }

    /// <summary>Takes a request.</summary>
    public void Handle(Peer from, Session session, ClientRequest request)
    {
        RequestContext context = new(this, from, session, request) { BeganMicros = _environment.NowMicros };
        if (!TryBegin(context))
            return;
        if (RequestCount > _options.RequestsMax)
            Refuse(context, IoError.Again);
        else if (_cache.Ready.Holds(context.Asker))
            _cache.Ready.Add(context, IoError.None);
        else
            Serve(context);
    }

    /// <summary>Tries a request from its beginning.</summary>
    public void Serve(RequestContext context)
    {
        _nowNanos = _environment.NowMicros * 1000;
        // What a channel that has ended brought is asked again behind that end, or by nobody: done now, it would be done behind
        // an answer that the second sending got.
        if (context.IsOrphan || (context.IsAskedAgain && context.Request.OldestTid != 0))
        {
            End(context);
            context.ReleaseLocks();
            return;
        }

        if (_journal.Failure.Failed)
        {
            Refuse(context, RefusalOf(context.Request));
            return;
        }

        _seen = 0;
        MakeRoom(MayChange(context.Request), context.LongMoves);
        IoError error = IoError.None;
        bool mayBeDone = context.Request.OldestTid != 0;
        Progress progress = mayBeDone && IsDone(context) ? Progress.Done : TryNew(context, out error);
        if (progress == Progress.Waits || (error == IoError.NoMemory && AwaitsMemory(context)))
            return;
        context.ReleaseLocks();
        // That there is no room tells nothing of what was seen, and what was seen may wait for that very room.
        if (error == IoError.NoSpace)
            Reply(context, new ClientReply(context.Request.Tid, error));
        else if (error.Failed)
            ReplyWhenStable(context, new ClientReply(context.Request.Tid, error), 0);
    }

    /// <summary>Ends a request that was not tried with an error.</summary>
    public void Refuse(RequestContext context, IoError error)
    {
        context.ReleaseLocks();
        Reply(context, new ClientReply(context.Request.Tid, error));
    }

    /// <summary>The stray directory of an inode, of this rank: a file that gets several names was made here, or is refused them.
    /// </summary>
    private Ino StrayOf(Ino ino) => Ino.StrayOf(_options.Id, (int)(ino.Value % Ino.StrayCount));

    private Progress TryNew(RequestContext context, out IoError error)
    {
        if (_clients.IsReadOnly && MayChange(context.Request))
        {
            error = IoError.ReadOnly;
            return Progress.Done;
        }

        Session session = context.Session;
        bool isFull = session.CompletedCount >= Session.CompletedMax
            || (context.Request.OldestTid != 0 && !_clients.Sessions.HasRoomToComplete(session));
        error = isFull ? IoError.Again : IoError.None;
        return error.Failed ? Progress.Done : Try(context, out error);
    }

    private Progress Try(RequestContext context, out IoError error) => context.Request.Op switch
    {
        ClientOp.Lookup or ClientOp.GetAttributes => Stat(context, out error),
        ClientOp.ReadDirectory => ReadDirectory(context, out error),
        ClientOp.ReadLink => ReadLink(context, out error),
        ClientOp.GetXattr or ClientOp.ListXattr => ReadXattr(context, out error),
        ClientOp.MakeDirectory or ClientOp.Create or ClientOp.SymbolicLink => Make(context, out error),
        ClientOp.Open => Open(context, out error),
        ClientOp.Close => Close(context, out error),
        ClientOp.SetAttributes => SetAttributes(context, out error),
        ClientOp.SetXattr or ClientOp.RemoveXattr => ChangeXattr(context, out error),
        ClientOp.Link => Link(context, out error),
        ClientOp.Unlink => Unlink(context, out error),
        ClientOp.RemoveDirectory => RemoveDirectory(context, out error),
        ClientOp.Rename => Rename(context, out error),
        ClientOp.Sync => Sync(context, out error),
        ClientOp.Fragment => Fragment(context, out error),
        _ => Unknown(out error),
    };

    /// <summary>What a request is refused with once the journal has failed: where that is read-only, who wants to change
    /// something is told so.</summary>
    public IoError RefusalOf(ClientRequest request) =>
        _journal.Failure == IoError.ReadOnly && MayChange(request) ? IoError.ReadOnly : IoError.Io;

    /// <summary>May the request change something?</summary>
    public static bool MayChange(ClientRequest request) => request.Op switch
    {
        ClientOp.Lookup or ClientOp.GetAttributes or ClientOp.ReadDirectory or ClientOp.ReadLink => false,
        ClientOp.GetXattr or ClientOp.ListXattr or ClientOp.Close or ClientOp.Sync => false,
        ClientOp.Open => (request.Flags & OpenFlags.Truncate) != 0,
        _ => true,
    };

    private static Progress Unknown(out IoError error)
    {
        error = IoError.NotSupported;
        return Progress.Done;
    }

    /// <summary>The request is over.</summary>
    private void Reply(RequestContext context, ClientReply reply)
    {
        End(context);
        // A new life of the client counts its requests anew. And where a request failed, the same one that was sent again may
        // not: the client takes one answer.
        if (context.IsOrphan || (reply.Error.Failed && context.IsAskedAgain))
            return;
        _effects.Send(context.From, WithCaps(context, reply));
    }

    /// <summary>The first answer to whoever opened an inode says what the client may do with it.</summary>
    private ClientReply WithCaps(RequestContext context, ClientReply reply)
    {
        if (context.Opened.IsNone || context.IsOrphan || context.Session.IsReconnecting)
            return reply;
        return _clients.Caps.TryTakeNew(context.Opened, context.Asker, out CapGrant grant) ? reply with { Caps = grant } : reply;
    }

    /// <summary>Answers once everything that the attempt saw is durable: that a name is free or taken is news too. Where that may
    /// be never, it is refused unless it tells of a change that was made.</summary>
    private void ReplyWhenStable(RequestContext context, ClientReply reply, long changedAt, bool isChange = false)
    {
        changedAt = Math.Max(changedAt, _seen);
        if (changedAt <= _journal.DurableSeq)
            Reply(context, reply);
        else
            Hold(context, reply, changedAt, isChange);
    }

    /// <summary>Why what changed then, or was seen, cannot be told for long; none where it can, or soon will.</summary>
    private IoError RefusalToTell(long changedAt) =>
        _journal.StallError.Failed && Math.Max(changedAt, _seen) > _journal.DurableSeq ? _journal.Refusal : IoError.None;

    /// <summary>Answers a change at once, as not safe yet, unless nobody wants to know or
    /// the number told may be another's after a crash, and again when it is.</summary>
    private void ReplyToChange(RequestContext context, ClientReply reply, long seq)
    {
        if (!context.Request.OnlySafe && IsKept(reply.Stat.Ino))
            _effects.Send(context.From, WithCaps(context, reply with { IsSafe = false }));
        Hold(context, reply, seq, isChange: true);
    }

    private void Hold(RequestContext context, ClientReply reply, long seq, bool isChange)
    {
        context.Hold(reply, isChange);
        _journal.WhenDurable(seq, context);
    }

    /// <summary>Gives the answer that was held, or says why not.</summary>
    public void Tell(RequestContext context, ClientReply reply, IoError failure)
    {
        // What it was given with the answer it would not know of.
        if (failure.Failed && !context.Opened.IsNone)
            _clients.Caps.TakeBackNew(context.Opened, context.Session);
        Reply(context, failure.Failed ? new ClientReply(reply.Tid, failure) : reply);
    }

    private Progress Sync(RequestContext context, out IoError error)
    {
        error = IoError.None;
        ReplyWhenStable(context, new ClientReply(context.Request.Tid, IoError.None), _journal.LastSeq);
        return Progress.Done;
    }
}
