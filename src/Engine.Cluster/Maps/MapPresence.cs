namespace Engine.Cluster;

/// <summary>What answers where the authority over a cluster's map is said to be.</summary>
public enum MapPresence
{
    /// <summary>Nobody, or somebody else.</summary>
    Absent,

    /// <summary>Somebody takes calls there and says nothing: a process that is halted, or a machine that is.</summary>
    Silent,

    /// <summary>The authority over that cluster's map.</summary>
    Serves,
}
