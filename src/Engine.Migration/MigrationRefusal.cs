namespace Engine.Migration;

/// <summary>Why a migration was refused or ended. Numbers travel. Source: migrator specification, 2.2 (Δ8) and 2.3.</summary>
public enum MigrationRefusal
{
    /// <summary>It was not.</summary>
    None = 0,

    /// <summary>The rank does not serve, or is stopping.</summary>
    NotActive = 1,

    /// <summary>The rank's store takes no changes.</summary>
    ReadOnly = 2,

    /// <summary>Locks could not be had at once.</summary>
    Locks = 3,

    /// <summary>Another migration of the dirfrag is not over.</summary>
    Busy = 4,

    /// <summary>The path does not lead to the directory.</summary>
    UnknownPath = 5,

    /// <summary>The region does not fit: into memory, or into the journal.</summary>
    TooBig = 6,

    /// <summary>What was sent is damaged or contradicts itself.</summary>
    Damaged = 7,

    /// <summary>The other rank is this one, unknown or down.</summary>
    NoSuchRank = 8,

    /// <summary>This rank is not the authority.</summary>
    NotAuthority = 9,

    /// <summary>The directory is one of the system's, or a removed one.</summary>
    NotMovable = 10,

    /// <summary>The directory is pinned to another rank.</summary>
    Pinned = 11,

    /// <summary>The directory is frozen, or being frozen.</summary>
    Frozen = 12,

    /// <summary>A wait took longer than it may.</summary>
    Deadline = 13,

    /// <summary>A rank that has to do with it failed.</summary>
    PeerFailed = 14,

    /// <summary>Somebody asked for the end of it.</summary>
    Asked = 15,

    /// <summary>Operations that wait for one another across ranks hold the freeze up.</summary>
    StaleFreeze = 16,

    /// <summary>The journal failed.</summary>
    Journal = 17,

    /// <summary>A rank of the cluster has failed, or is not serving again yet: nothing begins to move until all do.</summary>
    Degraded = 18,

    /// <summary>The map does not let this rank give anything to that one, though it was asked to.</summary>
    NotTarget = 19,

    /// <summary>The region is larger than what goes at once, and goes in parts.</summary>
    InParts = 20,
}
