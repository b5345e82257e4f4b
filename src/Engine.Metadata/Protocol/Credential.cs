namespace Engine.Metadata;

/// <summary>On whose behalf a request is made. Source: path_resolution(7), credentials(7).</summary>
/// <param name="Uid">User.</param>
/// <param name="Gid">Primary group.</param>
/// <param name="Groups">Further groups; null for none.</param>
public sealed record Credential(uint Uid, uint Gid, IReadOnlyList<uint>? Groups = null)
{
    /// <summary>The superuser.</summary>
    public static Credential Root { get; } = new(0, 0);

    /// <summary>May do everything.</summary>
    public bool IsRoot => Uid == 0;

    /// <summary>Is it in the group?</summary>
    public bool IsIn(uint group)
    {
        if (group == Gid)
            return true;
        for (int i = 0; i < (Groups?.Count ?? 0); i++)
        {
            if (Groups![i] == group)
                return true;
        }

        return false;
    }
}
