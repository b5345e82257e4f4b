using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>A client's request under way. It is tried from its beginning until nothing is left to wait for: what it waited for
/// may have changed everything else. Then its answer may wait until what that tells is durable.</summary>
internal class RequestContext(NamespaceServer server, Peer from, Session session, ClientRequest request)
    : Continuation, IRefusable
{
    /// <summary>Beside one for each byte of its paths, which have no more names than that.</summary>
    private const int TightReadsMax = 256;

    private readonly ulong _life = session.Life;
    private readonly ulong _channelsEnded = session.ChannelsEnded;

    /// <summary>The answer; null until there is one that has to wait.</summary>
    private ClientReply? _held;
    private bool _isChange;
    private IoError _refusal;

    /// <summary>The session that it was asked in.</summary>
    public Session Session { get; } = session;

    /// <summary>Has that session ended? Then nobody waits for an answer.</summary>
    public bool IsOrphan => !Session.IsLive || Session.Life != _life;

    /// <summary>Has the channel ended that it came by? Then the client asks again, and gets the answer to that.</summary>
    public bool IsAskedAgain => Session.ChannelsEnded != _channelsEnded;

    /// <summary>Has it an answer, which has to wait?</summary>
    public bool HasAnswer => _held is not null;

    /// <summary>When it came.</summary>
    public required long BeganMicros { get; init; }

    /// <summary>The instance that asked.</summary>
    public Peer From { get; } = from;

    /// <summary>The client that asked.</summary>
    public ClientId Asker => new(From.Id);

    /// <summary>What it asked.</summary>
    public ClientRequest Request { get; } = request;

    /// <summary>Directories that it had read while the cache had to drop others.</summary>
    public int TightReads { get; set; }

    /// <summary>Questions to other ranks that it has waited for.</summary>
    public int Questions { get; set; }

    /// <summary>A name, by its hash, that has been free since the request came: its authority said so.</summary>
    public (DirFrag Dir, uint Hash) KnownFree { get; set; }

    /// <summary>How often the cache had dropped something when it had a directory read last.</summary>
    public long TrimsSeen { get; set; }

    /// <summary>May it have another directory read? One whose directories drop each other from a cache that is too small for
    /// all of them would never end.</summary>
    public bool MayReadOn => TightReads <= TightReadsMax + Request.Path.Length + Request.Path2.Length;

    /// <summary>Number of the last event when its present round of waiting for memory began: the round is over when the segments
    /// up to that have gone.</summary>
    public long WaitsUntilSeq { get; set; }

    /// <summary>Rounds of waiting for memory, the present one included, some counted more than once; 0 while it has not waited.
    /// </summary>
    public int MemoryRounds { get; set; }

    /// <summary>Entries with long attributes that it moves, once it was found that there is no room for that.</summary>
    public int LongMoves { get; set; }

    /// <summary>Locks that it holds or waits for; null while it needed none.</summary>
    public RequestLocks? Locks { get; set; }

    /// <summary>A name of another rank's that it wants; null while it wants none.</summary>
    public Takeover? Takeover { get; set; }

    /// <summary>How often another rank was asked for that in vain: there was no answer in time, or only that it has to be looked
    /// for elsewhere.</summary>
    public int Tries { get; set; }

    /// <summary>What was in the way the last time.</summary>
    public IoError TryError { get; set; }

    /// <summary>The inode that it opened; its answer tells what the client may do with it.</summary>
    public Ino Opened { get; set; }

    /// <inheritdoc/>
    /// <remarks>An answer lets what the client asks behind it pass.</remarks>
    public override ClientId Client => _held is null ? Asker : default;

    /// <summary>Gives back what it holds.</summary>
    public void ReleaseLocks() => Locks?.Release();

    /// <summary>From now on it waits with its answer.</summary>
    /// <param name="reply">The answer.</param>
    /// <param name="isChange">The answer tells of a change that was made, and is not refused.</param>
    public void Hold(ClientReply reply, bool isChange) => (_held, _isChange) = (reply, isChange);

    /// <inheritdoc/>
    public bool TryRefuse(IoError error)
    {
        if (_held is null)
            return true;
        _refusal = _isChange ? IoError.None : error;
        return !_isChange;
    }

    /// <inheritdoc/>
    public override void Run(IoError error)
    {
        if (_held is not null)
        {
            server.Tell(this, _held, error.Failed ? IoError.Io : _refusal);
            return;
        }

        server.NoteWoken(this);
        if (error == IoError.NoMemory && server.AwaitsMemory(this))
            return;
        if (error == IoError.ReadOnly)
            server.Refuse(this, server.RefusalOf(Request));
        else if (error.Failed)
            server.Refuse(this, error);
        else
            server.Serve(this);
    }
}
