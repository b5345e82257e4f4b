namespace Engine.Simulation;

/// <summary>Bugs planted into the toy, to prove that the simulation finds such bugs.</summary>
public enum ToyBug
{
    /// <summary>None.</summary>
    None,

    /// <summary>A write is acknowledged when it is in the log, not when it is durable.</summary>
    AcknowledgesEarly,

    /// <summary>The network reorders messages, which the recall of leases relies on.</summary>
    BreaksFifo,

    /// <summary>The log is trimmed before the snapshot that replaces it, in the same step.</summary>
    TrimsFirst,

    /// <summary>The log is opened by a new life without fencing off the one before it.</summary>
    DoesNotFence,

    /// <summary>The lease of a client that is gone is waited for without end.</summary>
    WaitsForTheGone,

    /// <summary>A request that is sent again is carried out again.</summary>
    ForgetsRequests,
}
