namespace Engine.Simulation;

/// <summary>What can go wrong. The words of a fault entry mean what is said with each kind; durations are in
/// microseconds.</summary>
public enum FaultKind
{
    /// <summary>The process dies between two steps; a new life begins after Amount.</summary>
    Crash,

    /// <summary>The process dies within a step, after Count effects of it; a new life begins after Amount.</summary>
    CrashInStep,

    /// <summary>A new life is started while the old one, cut off from everybody, still runs for Amount.</summary>
    Takeover,

    /// <summary>Every channel between the two processes ends; queues are cut, both are told.</summary>
    Reset,

    /// <summary>Nothing passes between the two processes for Amount, then everything does.</summary>
    Partition,

    /// <summary>Nothing passes from the first process to the other for Amount.</summary>
    Clog,

    /// <summary>Messages between the two take Count microseconds longer, for Amount.</summary>
    SlowLink,

    /// <summary>The process's disk completes nothing for Amount.</summary>
    DiskStall,

    /// <summary>The next Count flushes or writes of the process's log fail; its log is of no use any more in this life.</summary>
    LogError,

    /// <summary>The next Count writes or flushes of objects by the process fail.</summary>
    ObjectError,

    /// <summary>The process's disk is full for Amount.</summary>
    DiskFull,

    /// <summary>The next Count reads by the process fail or, of objects, bring one wrong bit.</summary>
    ReadError,

    /// <summary>One bit of what is kept durably changes for good; only for scenarios that say what is then lost.</summary>
    BitFlip,

    /// <summary>Timers of the process fire up to Count microseconds late, for Amount.</summary>
    LateTimers,

    /// <summary>A client dies, and what it knew with it; a new life begins after Amount. Only for scenarios whose clients expect
    /// nothing that they would have to remember.</summary>
    ClientCrash,

    /// <summary>The process dies at a point of its code that has a name, the next one or one that Salt chooses, after Count
    /// effects of that step; a new life begins after Amount. Only for scenarios that have such points.</summary>
    Kill,

    /// <summary>The process's store of objects is read-only for Amount: changes and flushes are refused, reads go on, and so does
    /// its log.</summary>
    StoreReadOnly,
}
