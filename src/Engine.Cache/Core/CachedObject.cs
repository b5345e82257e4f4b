namespace Engine.Cache;

/// <summary>An open object: its place in its set and its chunks, sorted by number.</summary>
internal struct CachedObject
{
    public long Number;

    /// <summary>Id of the owning set; 0 marks a free slot.</summary>
    public int Set;

    public int FirstChunk;

    /// <summary>Links of the set's list of objects.</summary>
    public int NextInSet;

    public int PreviousInSet;

    /// <summary>Blocks in the cache.</summary>
    public int Blocks;

    /// <summary>Blocks that are dirty or have a write in flight.</summary>
    public int ChargedBlocks;

    /// <summary>Discards and zeroings of the store under way.</summary>
    public int Fences;

    /// <summary>Writes of it that failed in a row; those that end together count as one.</summary>
    public int Failures;

    /// <summary>What its owner was asked about it and has not answered.</summary>
    public int Questions;

    /// <summary>Number of the last write that had been issued when one of it failed.</summary>
    public long FailedAt;

    /// <summary>Time stamp before which background writeback leaves it alone; 0 while it does not.</summary>
    public long HeldUntil;
}
