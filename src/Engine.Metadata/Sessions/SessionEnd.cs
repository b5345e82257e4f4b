namespace Engine.Metadata;

/// <summary>Why a client has no session. Values are sent.</summary>
public enum SessionEnd : byte
{
    /// <summary>It asked for that.</summary>
    Closed,

    /// <summary>It was not heard of for too long, did not give something back, or an operator said so.</summary>
    Evicted,

    /// <summary>There is none.</summary>
    Unknown,

    /// <summary>It asked for one that cannot be begun: the journal is full, and the rank can make no room. To be asked for again
    /// later.</summary>
    NoRoom,
}
