namespace Engine.Simulation;

/// <summary>What is planted into a run of several ranks: on the way between two of them.</summary>
public enum ClusterBug
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Nobody is told which copies were dropped.</summary>
    LosesExpires,

    /// <summary>A copy's answer about a lock comes without its share.</summary>
    LosesShares,

    /// <summary>Nobody is asked to drop a copy of what is about to change: it seems to be dropped.</summary>
    ForgetsCopies,

    /// <summary>An importer serves once it has written the region down, whatever the exporter says.</summary>
    ServesBeforeTheWord,

    /// <summary>An exporter forgets what it gave away: who asks is told that it came to nothing.</summary>
    ForgetsWhatItGave,

    /// <summary>An exporter tells everybody who asks that the region is his.</summary>
    GivesToEverybody,

    /// <summary>Ranks with copies are not told that a region changes hands: they seem to have answered.</summary>
    LosesNotices,

    /// <summary>Messages overtake one another on their channels, which nobody has promised to bear: what the checks are worth
    /// shows in such runs.</summary>
    BreaksFifo,
}
