namespace Engine.Objects;

/// <summary>
/// The snapshots that exist when a write is made, newest first: a store clones what a snapshot still needs before it applies
/// the write. <see cref="None"/> for stores without snapshots.
/// </summary>
public sealed record SnapContext(ulong Sequence, IReadOnlyList<ulong> Snapshots)
{
    /// <summary>No snapshots: sequence 0.</summary>
    public static SnapContext None { get; } = new(0, []);
}
