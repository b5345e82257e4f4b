namespace Engine.Simulation;

/// <summary>What is planted into a run of the cluster scenario: on the way between two ranks.</summary>
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
}
