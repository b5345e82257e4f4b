namespace Engine.Metadata;

/// <summary>What a continuation waits for on an object. Source: migrator specification, 1.8.</summary>
[Flags]
public enum WaitMask : ulong
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The end of freezing or frozenness; waits at the object that is freezing or frozen.</summary>
    Unfreeze = 1 << 0,

    /// <summary>One authority, no doubt; waits at the root of the subtree.</summary>
    SingleAuth = 1 << 1,

    /// <summary>A freeze's completion, or its end with an error.</summary>
    Frozen = 1 << 2,

    /// <summary>An entry of a dirfrag, key: hash of its name.</summary>
    Entry = 1 << 3,

    /// <summary>A dirfrag's contents are wholly in memory.</summary>
    Complete = 1 << 4,

    /// <summary>A dirfrag's creation is durable.</summary>
    Created = 1 << 5,

    /// <summary>A dirfrag of an inode, key: the frag.</summary>
    DirFrag = 1 << 6,

    /// <summary>The end of a commit that is under way, good or bad.</summary>
    Committed = 1 << 7,

    /// <summary>No other rank has a copy of a node any more; an error when one keeps its copy.</summary>
    Unreplicated = 1 << 8,

    /// <summary>Another rank gets a copy of a node.</summary>
    Replica = 1 << 9,

    /// <summary>The end of an export of a dirfrag, whether it went or not.</summary>
    Exported = 1 << 10,

    /// <summary>Something below a directory is another rank's than before.</summary>
    Owner = 1 << 11,

    /// <summary>Clients have given back of an inode what they may not have now, or have nothing of it any more.</summary>
    Returned = 1 << 12,

    /// <summary>The first of the bits that belong to locks; this and all above are given out by the lock tables.</summary>
    LockFirst = 1 << 16,

    /// <summary>Everything.</summary>
    Any = ulong.MaxValue,
}
