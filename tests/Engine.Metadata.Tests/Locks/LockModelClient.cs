namespace Engine.Metadata.Tests.Locks;

/// <summary>A client of a <see cref="LockModel"/>, and its bits of the one lock.</summary>
internal sealed class LockModelClient(ClientId id, LockModelRank rank)
{
    public ClientId Id { get; } = id;

    public LockModelRank Rank { get; } = rank;

    public LockCaps Wanted { get; set; }

    /// <summary>What it has, and may be asked to give back.</summary>
    public LockCaps Issued { get; set; }

    /// <summary>What it was last told it may keep.</summary>
    public LockCaps Keeps { get; set; }
}
