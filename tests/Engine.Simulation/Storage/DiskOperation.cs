namespace Engine.Simulation;

/// <summary>What is asked of a simulated disk; each fails by its own faults.</summary>
public enum DiskOperation
{
    /// <summary>Reading a log or an object.</summary>
    Read,

    /// <summary>Writing or flushing a log.</summary>
    LogWrite,

    /// <summary>Writing or flushing objects.</summary>
    ObjectWrite,
}
