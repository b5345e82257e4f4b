namespace Engine.Migration;

/// <summary>Limits and deadlines of a rank's migrations. Times in microseconds. A change holds for phases that begin after it.
/// Source: migrator specification, 5.4 (Δ13) and appendix F.</summary>
public sealed record MigrationOptions
{
    private const long Second = 1_000_000;

    /// <summary>Exports at once; more wait in the queue.</summary>
    public int ConcurrentMax { get; init; } = 4;

    /// <summary>Bytes of pages of all exports at once. One that is larger goes alone, and what waits behind one for which there
    /// is no room does not pass it.</summary>
    public long InflightBytesMax { get; init; } = 32 << 20;

    /// <summary>The same of exports to one rank.</summary>
    public long InflightToRankBytesMax { get; init; } = 32 << 20;

    /// <summary>Exports that may wait.</summary>
    public int QueueMax { get; init; } = 1024;

    /// <summary>Time for the locks of the path.</summary>
    public long LockingMicros { get; init; } = 10 * Second;

    /// <summary>Time for the importer to find the directory.</summary>
    public long DiscoverMicros { get; init; } = 10 * Second;

    /// <summary>Time for what goes ahead, beside that for its bytes.</summary>
    public long StagingMicros { get; init; } = 10 * Second;

    /// <summary>Time for the region to come to rest.</summary>
    public long FreezeMicros { get; init; } = 5 * Second;

    /// <summary>Time for the importer to open the bounds.</summary>
    public long PrepMicros { get; init; } = 10 * Second;

    /// <summary>Time for clients to flush and for ranks with copies to acknowledge the warning.</summary>
    public long WarningMicros { get; init; } = 5 * Second;

    /// <summary>Time for the importer to have the region durably, beside that for its bytes.</summary>
    public long ExportingMicros { get; init; } = 10 * Second;

    /// <summary>Bytes a second that a transfer is at least expected to make.</summary>
    public long BytesPerSecondMin { get; init; } = 10 << 20;

    /// <summary>Bytes of pages that this rank takes of a region ahead, before it is frozen; 0 for none.</summary>
    public long StagingBytesMax { get; init; } = 1L << 30;

    /// <summary>Rounds in which pages go ahead before the region is frozen, each with those that have changed since the one
    /// before; 0 sends nothing ahead.</summary>
    public int StagingRoundsMax { get; init; } = 3;

    /// <summary>A round that sent no more than so many bytes is the last.</summary>
    public long StagingStopBytes { get; init; } = 256 << 10;

    /// <summary>Bytes of pages that go at once to a rank that takes fewer ahead; what is larger goes in parts.</summary>
    public long ExportBytesMax { get; init; } = 16 << 20;

    /// <summary>Does what is larger than what goes at once go in parts, its directories divided where that takes it? Otherwise it
    /// is refused.</summary>
    public bool Splits { get; init; } = true;

    /// <summary>Bytes of pages in a message that goes ahead.</summary>
    public long StageBytes { get; init; } = 4 << 20;

    /// <summary>Bytes of such messages that are not answered; a dirfrag that is larger goes alone.</summary>
    public long StageBytesMax { get; init; } = 8 << 20;

    /// <summary>Such messages that the importer may be sent at once: while it writes one down, it takes the next.</summary>
    public uint StageMessagesMax { get; init; } = 2;

    /// <summary>A freeze during which nothing has changed for so long is given up where it can be one of several that wait for
    /// each other: where another rank waits for the region, or what lies around it freezes too. Unless <see cref="FreezeMicros"/>
    /// is longer, that ends it first, whatever the reason.</summary>
    public long FreezeStaleMicros { get; init; } = 30 * Second;

    /// <summary>After an export that came to nothing the same one is not begun by itself again for so long, and after each
    /// further one for twice as long as before; 0 for no such wait, and no export that is begun again by itself. Who asks for
    /// one anew need not wait.</summary>
    public long BackOffMicros { get; init; } = Second;

    /// <summary>Most of that.</summary>
    public long BackOffMaxMicros { get; init; } = 60 * Second;

    /// <summary>How often an export is begun again by itself that came to nothing for a reason that passes.</summary>
    public int RetriesMax { get; init; } = 3;

    /// <summary>Do exports begin while a rank of the cluster has failed or is not serving again yet? Each could keep that one
    /// from becoming whole for as long as its deadlines are.</summary>
    public bool BeginsWhileDegraded { get; init; }

    /// <summary>The wish to give to a rank is half forgotten after so long.</summary>
    public double TargetDecaySeconds { get; init; } = 10;

    /// <summary>A subtree that has been empty for so long goes back to the rank that has what is around it.</summary>
    public long MinResidencyMicros { get; init; } = 30 * Second;

    /// <summary>Exports of something to somebody that are begun at every tick, each with a bound where it can have one: for
    /// tests; 0 for none.</summary>
    public int ThrashExports { get; init; }

    /// <summary>What is not answered is sent again after this long.</summary>
    public long ResendMicros { get; init; } = Second;
}
