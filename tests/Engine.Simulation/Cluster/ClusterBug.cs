namespace Engine.Simulation;

/// <summary>What is planted into a run of the cluster scenario.</summary>
public enum ClusterBug
{
    /// <summary>Nothing.</summary>
    None,
}
