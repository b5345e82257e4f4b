namespace Engine.Simulation;

/// <summary>What a run shall show.</summary>
public enum SimMode
{
    /// <summary>Nothing wrong happens, while faults strike to the end.</summary>
    Safety,

    /// <summary>After a storm of faults everything is mended; then all that was begun ends in time.</summary>
    Liveness,
}
