namespace Engine.Metadata;

/// <summary>Why a rank takes a step.</summary>
public enum RankEventKind
{
    /// <summary>A message arrived.</summary>
    Message,

    /// <summary>A peer's channel ended; no message of that instance follows, or, of a client, none that came by that channel.
    /// It comes before the first message of the client's next channel: a client that began anew would have the session of the
    /// one before it.</summary>
    PeerGone,

    /// <summary>A timer is due.</summary>
    Timer,

    /// <summary>A log operation is over.</summary>
    Log,

    /// <summary>An object operation is over.</summary>
    Object,

    /// <summary>Work that an earlier step left for later.</summary>
    Posted,
}
