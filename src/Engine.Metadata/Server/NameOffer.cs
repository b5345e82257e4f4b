using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>A name that another rank wants, until it is decided whether it goes: tried from its beginning until it is promised,
/// and again from there until it has gone or stays.</summary>
internal sealed class NameOffer : RequestContext
{
    private readonly NamespaceServer _server;

    public NameOffer(NamespaceServer server, NameClaim claim)
        : base(server, Peer.Of(claim.Client), new Session(claim.Client, string.Empty), RequestOf(claim))
    {
        _server = server;
        Id = claim.Id;
        Claim = claim;
    }

    /// <summary>The change.</summary>
    public UpdateId Id { get; }

    /// <summary>What is wanted.</summary>
    public NameClaim Claim { get; }

    /// <summary>What of an inode's number of names is wanted; null where the name is wanted, or after a restart.</summary>
    public LinkClaim? Link { get; init; }

    /// <summary>What becomes of the entry, if it is decided.</summary>
    public UpdateKind Kind { get; set; }

    /// <summary>The rank that decides.</summary>
    public RankId Coordinator => Id.Coordinator;

    /// <summary>The entry, auth-pinned, once it is promised.</summary>
    public NodeId Entry { get; set; }

    /// <summary>The inode of which clients may have no more than <see cref="MayHave"/> until the offer is over; none while there
    /// is none.</summary>
    public Ino Withheld { get; set; }

    /// <summary>What clients may have of the inode meanwhile: of one that may go, that they have it; of one that may have a name
    /// more or less, all but its count of names.</summary>
    public CapBits MayHave => Kind is UpdateKind.LinkAdded or UpdateKind.LinkRemoved
        ? CapBits.All & ~(CapBits.LinkShared | CapBits.LinkExclusive | CapBits.AuthExclusive)
        : CapBits.Pin;

    /// <summary>The promise, to be sent again; null while there is none.</summary>
    public NameOffered? Promise { get; set; }

    /// <summary>Number of the event that promised it.</summary>
    public long Seq { get; set; }

    /// <summary>Has that event.</summary>
    public JournalSegment? Segment { get; set; }

    /// <summary>When the coordinator was told last.</summary>
    public long ToldAtMicros { get; set; }

    /// <summary>The name goes; nothing undoes that.</summary>
    public bool Goes { get; set; }

    /// <summary>The name stays, and the journal has to be told; nothing undoes that.</summary>
    public bool Stays { get; set; }

    /// <summary>It goes or stays, and could not when it was tried last.</summary>
    public bool WaitsForTick { get; set; }

    /// <summary>It was found that a directory is wanted.</summary>
    public bool IsOfDirectory { get; set; }

    /// <summary>Where a directory goes: the names from the root on.</summary>
    public IReadOnlyList<byte[]> Way { get; set; } = [];

    /// <summary>A directory has gone, and the journal has that; a copy of it from its new place is waited for.</summary>
    public bool HasGone { get; set; }

    /// <summary>That directory.</summary>
    public Ino Moved { get; set; }

    /// <summary>Was that copy asked for, since it was tried last?</summary>
    public bool HasAsked { get; set; }

    /// <summary>Nothing came of it, or everything is done.</summary>
    public bool IsOver { get; set; }

    /// <inheritdoc/>
    public override ClientId Client => default;

    /// <inheritdoc/>
    public override void Run(IoError error) => _server.Serve(this, error);

    /// <summary>Never sent on to another rank.</summary>
    private static ClientRequest RequestOf(NameClaim claim) =>
        new(0, ClientOp.Rename) { Caller = claim.Caller, Base = claim.Directory, Path = claim.Name, Hops = byte.MaxValue };
}
