namespace Engine.Metadata.Tests.Locks;

/// <summary>An operation of a <see cref="LockModel"/>: it takes the lock once and gives it back.</summary>
internal sealed class LockModelOperation(ulong id, LockModelRank rank, LockMode mode, ClientId client)
{
    public ulong Id { get; } = id;

    public LockModelRank Rank { get; } = rank;

    public LockMode Mode { get; } = mode;

    public ClientId Client { get; } = client;

    public LockWaits WaitsFor { get; set; }

    public bool WaitsForUnfreeze { get; set; }

    public bool IsHolding { get; set; }

    public bool IsMade { get; set; }
}
