using Engine.Metadata;

namespace Engine.Migration;

/// <summary>An import under way.</summary>
/// <param name="id">Which.</param>
/// <param name="name">The root of what moves.</param>
/// <param name="peer">Wherefrom.</param>
/// <param name="locks">Its locks.</param>
/// <param name="nowMicros">When it began.</param>
internal sealed class ImportRecord(MigrationId id, DirFrag name, RankId peer, LockSet locks, long nowMicros)
{
    /// <summary>Which.</summary>
    public MigrationId Id => id;

    /// <summary>The root of what moves.</summary>
    public DirFrag Base => name;

    /// <summary>Wherefrom.</summary>
    public RankId Peer => peer;

    /// <summary>Its locks.</summary>
    public LockSet Locks => locks;

    /// <summary>Failures that there were when it began; -1 for one that a former life began.</summary>
    public long FailuresBefore { get; init; }

    /// <summary>Did a former life begin it? Who has capabilities of the region is not known here then.</summary>
    public bool IsRestored => FailuresBefore < 0;

    /// <summary>Number of the question to the exporter what clients came back to it with; 0 before.</summary>
    public ulong GatherTid { get; set; }

    /// <summary>When it could have answered last.</summary>
    public long GatherAt { get; set; }

    /// <summary>Inodes of which something came with the answer, and nothing was here before.</summary>
    public SortedSet<Ino> Gathered { get; } = [];

    /// <summary>States and times.</summary>
    public PhaseClock<ImporterState> Phases { get; } = new(ImporterState.Discovering, nowMicros);

    /// <summary>How far it is.</summary>
    public ImporterState State => Phases.State;

    /// <summary>Where the directory lies, once that is known.</summary>
    public string Path { get; set; } = "";

    /// <summary>The directory's inode, pinned from <see cref="ImporterState.Discovered"/> on.</summary>
    public NodeId Inode { get; set; }

    /// <summary>The root, pinned from <see cref="ImporterState.Prepping"/> on.</summary>
    public Dir? Dir { get; set; }

    /// <summary>Are inode, root and bounds pinned no more?</summary>
    public bool HasLetGo { get; set; }

    /// <summary>What the journal knows of it, from then on.</summary>
    public Metadata.Migration? Migration { get; set; }

    /// <summary>Bounds that were asked for.</summary>
    public HashSet<DirFrag> AskedFor { get; } = [];

    /// <summary>Where the region ends; those that are open, pinned.</summary>
    public List<Dir> Bounds { get; } = [];

    /// <summary>Ranks with copies, bit r for rank r.</summary>
    public ulong Bystanders { get; set; }

    /// <summary>Of those, who has yet to say that it knows of the end.</summary>
    public ulong Untold { get; set; }

    /// <summary>Has the journal to take the end yet, or, where the import came to nothing, to make it durable?</summary>
    public bool AwaitsJournal { get; set; }

    /// <summary>Has the exporter asked for the end, and waits for an answer?</summary>
    public bool OwesCancelAck { get; set; }

    /// <summary>Clients whose sessions are held.</summary>
    public List<ClientId> Clients { get; } = [];

    /// <summary>Capabilities that came.</summary>
    public IReadOnlyList<ExportedCaps> Caps { get; set; } = [];

    /// <summary>What became of them here, from <see cref="ImporterState.Acking"/> on.</summary>
    public List<ImportedCaps> Imported { get; } = [];

    /// <summary>Locks that came and are not at rest.</summary>
    public IReadOnlyList<ExportedLock> LocksThatCame { get; set; } = [];

    /// <summary>The numbers of copies that were here before.</summary>
    public FormerCopies Former { get; } = new();

    /// <summary>Has a life of the exporter, or a channel to it, ended since? It has forgotten those copies then.</summary>
    public bool HasLostPeer { get; set; }

    /// <summary>Number of the event that says that the region has arrived.</summary>
    public long StartSeq { get; set; }

    /// <summary>Inodes that came.</summary>
    public long Inodes { get; set; }

    /// <summary>Bytes of pages that came.</summary>
    public long Bytes { get; set; }

    /// <summary>Pages that came ahead; null where none may.</summary>
    public StagingArea? Staging { get; set; }

    /// <summary>What came ahead and is not durable, in order.</summary>
    public Queue<StagedNews> Ahead { get; } = new();

    /// <summary>Has the journal to take some of that yet, and is waited for?</summary>
    public bool AwaitsRoom { get; set; }

    /// <summary>Bytes that came while the region stood still.</summary>
    public long FrozenBytes { get; set; }

    /// <summary>When the region stood still here; 0 before.</summary>
    public long FrozenAt { get; set; }

    /// <summary>Why it comes to nothing.</summary>
    public MigrationRefusal Refusal { get; set; }
}
