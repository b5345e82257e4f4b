namespace Engine.Simulation;

/// <summary>Who does an operation.</summary>
/// <param name="Uid">User; 0 may do everything.</param>
/// <param name="Gid">Group.</param>
/// <param name="Groups">Further groups; null for none.</param>
public sealed record ModelCredential(uint Uid, uint Gid, IReadOnlyList<uint>? Groups = null)
{
    /// <summary>The superuser.</summary>
    public static ModelCredential Root { get; } = new(0, 0);

    /// <summary>Is it a member of the group?</summary>
    public bool IsIn(uint gid) => Gid == gid || (Groups is not null && Groups.Contains(gid));
}
