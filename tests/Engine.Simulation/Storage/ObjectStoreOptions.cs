using Engine.Objects;

namespace Engine.Simulation;

/// <summary>How a simulated object store behaves.</summary>
public sealed record ObjectStoreOptions
{
    /// <summary>What it can do and asks for: at first what a store of a file for each object does. Where a commit is not
    /// durable, a crash loses what no flush covered.</summary>
    public BackendCapabilities Capabilities { get; init; } =
        new() { CommitIsDurable = true, HasReplace = true, HasPartialWrites = false };

    /// <summary>It says that its commits are durable though they are not: against the contract, to prove that checks
    /// notice.</summary>
    public bool ClaimsDurable { get; init; }

    /// <summary>A crash leaves any write either whole or absent; otherwise one that does not replace the object is left in any
    /// mix of its sectors.</summary>
    public bool IsAtomic { get; init; } = true;
}
