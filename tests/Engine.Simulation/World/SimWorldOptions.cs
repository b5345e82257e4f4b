namespace Engine.Simulation;

/// <summary>What a simulated world is made from.</summary>
public sealed record SimWorldOptions
{
    /// <summary>Decides everything that is left to chance.</summary>
    public required ulong Seed { get; init; }

    /// <summary>How messages travel; null draws it from the seed.</summary>
    public NetworkOptions? Network { get; init; }

    /// <summary>How disks behave; null draws it from the seed.</summary>
    public DiskOptions? Disk { get; init; }

    /// <summary>How the object store behaves.</summary>
    public ObjectStoreOptions Objects { get; init; } = new();

    /// <summary>Links break their contract; see <see cref="NetworkOptions.BreaksFifo"/>.</summary>
    public bool BreaksFifo { get; init; }

    /// <summary>New lives open their logs without fencing off older ones: against the contract, to prove that checks
    /// notice.</summary>
    public bool OpensUnfenced { get; init; }

    /// <summary>Points of processes that have a name: what a fault chooses from.</summary>
    public ulong NamedPoints { get; init; } = 23;

    /// <summary>Takes the text of every step; null for none. Stays the caller's.</summary>
    public TextWriter? TraceText { get; init; }
}
