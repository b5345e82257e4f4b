namespace Engine.Migration;

/// <summary>Numbers attempts to move a region, so that of all that cover a dirfrag the last can be told after a crash. A Lamport
/// clock of one life of a rank. Source: migrator specification, 4.6 (Δ21).</summary>
/// <param name="mapEpoch">The map epoch in which this life was given the rank: no attempt of an earlier life was numbered when so
/// great an epoch was known.</param>
public sealed class AttemptClock(ulong mapEpoch)
{
    /// <summary>The greatest number known.</summary>
    public ulong Last { get; private set; } = mapEpoch << 32;

    /// <summary>A number was read in a message or in the journal.</summary>
    public void Observe(ulong attempt) => Last = Math.Max(Last, attempt);

    /// <summary>A number for a region that is frozen and whose bounds are fixed; not earlier, since until then it can grow by
    /// what another rank gives to this one.</summary>
    public ulong Take() => ++Last;
}
