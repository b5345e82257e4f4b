namespace Engine.Metadata;

/// <summary>How far a rank is, as the cluster map says. Values are sent. Source: migrator specification, 1.15.</summary>
public enum ClusterRankState : byte
{
    /// <summary>There is no such rank, or it has never been given to anybody.</summary>
    None,

    /// <summary>Its life is over, and nobody has it: its journal takes nothing any more.</summary>
    Failed,

    /// <summary>As <see cref="Failed"/>, and its journal or what it needs is damaged: somebody has to look at it.</summary>
    Damaged,

    /// <summary>Ended in order: it owns nothing.</summary>
    Stopped,

    /// <summary>Makes its first directories.</summary>
    Creating,

    /// <summary>Begins.</summary>
    Starting,

    /// <summary>Reads its journal.</summary>
    Replay,

    /// <summary>Learns what became of what was on its way between it and others.</summary>
    Resolve,

    /// <summary>Waits for its clients.</summary>
    Reconnect,

    /// <summary>Makes copies, locks and capabilities agree with the other ranks' again.</summary>
    Rejoin,

    /// <summary>Does again what clients asked and had no safe answer to.</summary>
    ClientReplay,

    /// <summary>Serves.</summary>
    Active,

    /// <summary>Serves, and gives away what it owns.</summary>
    Stopping,
}
