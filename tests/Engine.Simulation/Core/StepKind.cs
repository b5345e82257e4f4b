namespace Engine.Simulation;

/// <summary>What a step of the simulation is; folded into the trace.</summary>
public enum StepKind
{
    /// <summary>A process begins a life.</summary>
    Start,

    /// <summary>The head of a link arrives: a message, or the news that the channel ended.</summary>
    Link,

    /// <summary>A timer of a process is due.</summary>
    Timer,

    /// <summary>An operation of a log is over.</summary>
    Log,

    /// <summary>An operation of an object store is over.</summary>
    Object,

    /// <summary>Work that a process left for later.</summary>
    Posted,

    /// <summary>An entry of the fault plan strikes.</summary>
    Fault,

    /// <summary>What an earlier fault set is taken back: a restart, the end of a takeover.</summary>
    Mend,
}
