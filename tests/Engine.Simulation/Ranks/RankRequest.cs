namespace Engine.Simulation;

/// <summary>What a client of the rank scenario asks something for.</summary>
internal enum RankRequest
{
    /// <summary>An operation of its own.</summary>
    Operation,

    /// <summary>To have the directory that all work in.</summary>
    Home,

    /// <summary>To have that directory divided anew.</summary>
    Divide,

    /// <summary>To have what it did made durable.</summary>
    Sync,
}
