namespace Engine.Cluster;

/// <summary>Why a connection ended.</summary>
public enum EndKind
{
    /// <summary>Both ends said goodbye: everything queued before has arrived.</summary>
    Orderly,

    /// <summary>The peer ended it, or the network did.</summary>
    Reset,

    /// <summary>Nothing was heard from the peer for too long.</summary>
    Silent,

    /// <summary>What came is not what a peer may send.</summary>
    Damaged,

    /// <summary>The peer did not let this end in.</summary>
    Refused,

    /// <summary>This end did not let the peer in.</summary>
    Rejected,

    /// <summary>A later connection of the same peer, or a later incarnation of it, took the place.</summary>
    Superseded,

    /// <summary>This end's owner gave it up.</summary>
    Stopped,

    /// <summary>More waited to be sent than may wait.</summary>
    Overflow,

    /// <summary>Greeting, or saying goodbye, took too long.</summary>
    TimedOut,

    /// <summary>Nobody answers at the address.</summary>
    Unreachable,
}
