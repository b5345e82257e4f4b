namespace Engine.Metadata;

/// <summary>Why a <see cref="Discover"/> was not answered yet.</summary>
public enum DiscoverStop
{
    /// <summary>It was.</summary>
    None,

    /// <summary>Something is frozen: answer again when <see cref="WaitMask.Unfreeze"/> comes at the node.</summary>
    Frozen,

    /// <summary>It is in doubt whether the entry stays: answer again when <see cref="WaitMask.SingleAuth"/> comes at it.
    /// </summary>
    InDoubt,

    /// <summary>A dirfrag of the node is not in memory: read it, then answer again.</summary>
    Fetch,

    /// <summary>The entry is exclusively locked: answer again when it is not.</summary>
    Locked,

    /// <summary>No memory for the bookkeeping of copies: answer again later.</summary>
    Memory,
}
