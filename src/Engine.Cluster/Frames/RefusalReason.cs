namespace Engine.Cluster;

/// <summary>Why a connection is not let in. Values are sent and never used again.</summary>
public enum RefusalReason : ushort
{
    /// <summary>It is let in.</summary>
    None = 0,

    /// <summary>The ends speak no common version.</summary>
    Version = 1,

    /// <summary>The ends belong to different clusters.</summary>
    Cluster = 2,

    /// <summary>Another rank, or no rank, answers here.</summary>
    Address = 3,

    /// <summary>Who dialled has been replaced by a later incarnation.</summary>
    Replaced = 4,

    /// <summary>Who was dialled is not the incarnation that was meant.</summary>
    Incarnation = 5,

    /// <summary>Who dialled is not known here, or may not come.</summary>
    Unknown = 6,

    /// <summary>Both dialled at once: the other connection stays.</summary>
    Crossed = 7,

    /// <summary>There are as many connections as there may be.</summary>
    Full = 8,

    /// <summary>Who was dialled is about to end.</summary>
    Stopping = 9,

    /// <summary>The greeting made no sense.</summary>
    Malformed = 10,
}
