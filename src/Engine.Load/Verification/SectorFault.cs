namespace Engine.Load;

/// <summary>One sector that is not what it should be.</summary>
/// <param name="State">In what way.</param>
/// <param name="Sector">Number of the 512-byte sector in the volume.</param>
/// <param name="Oldest">Oldest generation that would have been right.</param>
/// <param name="Newest">Newest generation that would have been right.</param>
/// <param name="Found">What the sector holds.</param>
public sealed record SectorFault(SectorState State, long Sector, uint Oldest, uint Newest, string Found)
{
    /// <summary>One line for reports.</summary>
    public override string ToString() =>
        $"sector {Sector} {State.ToString().ToLowerInvariant()}: expected generation "
            + $"{(Oldest == Newest ? $"{Newest}" : $"{Oldest} to {Newest}")}, "
        + $"found {Found}";
}
