namespace Engine.Simulation;

/// <summary>What a linearizability check found.</summary>
public enum LinearizabilityVerdict
{
    /// <summary>Some order of the operations explains every result.</summary>
    Accepted,

    /// <summary>No order does.</summary>
    Rejected,

    /// <summary>The search reached its limit before it knew.</summary>
    Undecided,
}
