using Engine.Metadata;

namespace Engine.Migration;

/// <summary>An export under way.</summary>
/// <param name="id">Which.</param>
/// <param name="dir">The root of what moves.</param>
/// <param name="peer">Whereto.</param>
/// <param name="locks">Its locks.</param>
/// <param name="nowMicros">When it began.</param>
internal sealed class ExportRecord(MigrationId id, Dir dir, RankId peer, LockSet locks, long nowMicros)
{
    /// <summary>Which.</summary>
    public MigrationId Id => id;

    /// <summary>The root of what moves.</summary>
    public Dir Dir => dir;

    /// <summary>Its name.</summary>
    public DirFrag Base { get; } = dir.Name;

    /// <summary>Whereto.</summary>
    public RankId Peer => peer;

    /// <summary>Is it before those that are not, when it has to be begun again?</summary>
    public bool IsUrgent { get; init; }

    /// <summary>Its locks.</summary>
    public LockSet Locks => locks;

    /// <summary>Has the importer's life ended? What it said of capabilities is void.</summary>
    public bool HasLostPeer { get; set; }

    /// <summary>Failures that there were when it began.</summary>
    public long FailuresBefore { get; init; }

    /// <summary>States and times.</summary>
    public PhaseClock<ExporterState> Phases { get; } = new(ExporterState.Locking, nowMicros);

    /// <summary>How far it is.</summary>
    public ExporterState State => Phases.State;

    /// <summary>What holds for the phase that it is in.</summary>
    public required MigrationOptions Rules { get; set; }

    /// <summary>Does it wait for a map that lets this rank give to <see cref="Peer"/>?</summary>
    public bool AwaitsTarget { get; set; }

    /// <summary>Maps that came meanwhile and do not.</summary>
    public int MapsSeen { get; set; }

    /// <summary>Auth pins in what is being frozen, when that was looked at last.</summary>
    public int FreezePins { get; set; } = -1;

    /// <summary>Since when they are as many.</summary>
    public long FreezePinsAt { get; set; }

    /// <summary>Does it hold an auth pin on <see cref="Dir"/>, beside what the freeze holds?</summary>
    public bool IsPinned { get; set; }

    /// <summary>What the journal knows of it, once it is frozen.</summary>
    public Metadata.Migration? Migration { get; set; }

    /// <summary>Where the region ends, once it is frozen.</summary>
    public List<Dir> Bounds { get; } = [];

    /// <summary>Ranks whose answer to the warning is awaited, bit r for rank r.</summary>
    public ulong Unwarned { get; set; }

    /// <summary>Ranks that were warned and have to be told the end, or whose answer to that is awaited.</summary>
    public ulong Untold { get; set; }

    /// <summary>Clients that have yet to say that they know of all that they were told.</summary>
    public HashSet<ClientId> Unflushed { get; } = [];

    /// <summary>Inodes whose capabilities are on their way, from <see cref="ExporterState.Exporting"/> on.</summary>
    public List<CapInode> Caps { get; set; } = [];

    /// <summary>What became of them at the importer.</summary>
    public Dictionary<Ino, IReadOnlyList<CapImportRecord>> Imported { get; } = [];

    /// <summary>Is all durable that the region relies on?</summary>
    public bool IsSynced { get; set; }

    /// <summary>Has the importer to say that it has forgotten the migration?</summary>
    public bool AwaitsCancelAck { get; set; }

    /// <summary>When the region stood still; 0 before.</summary>
    public long FrozenAt { get; set; }

    /// <summary>How long it did.</summary>
    public long FrozenMicros { get; set; }

    /// <summary>Inodes that were sent.</summary>
    public long Inodes { get; set; }

    /// <summary>Bytes of the region's pages; an estimate before it was sent.</summary>
    public long Bytes { get; set; }

    /// <summary>What the importer has of the region before it is frozen; null when nothing goes ahead.</summary>
    public StagedRegion? Staged { get; set; }

    /// <summary>Bytes that were sent while the region stood still.</summary>
    public long FrozenBytes { get; set; }

    /// <summary>Why it comes to nothing.</summary>
    public MigrationRefusal Refusal { get; set; }
}
