namespace Engine.Simulation;

/// <summary>The names under which violations are reported: those of section 6 of the migrator specification, and three of the
/// simulation's own.</summary>
public static class Invariants
{
    /// <summary>No sequential order of an object's operations explains what clients saw.</summary>
    public const string NotLinearizable = "L1";

    /// <summary>An actor threw.</summary>
    public const string Threw = "E1";

    /// <summary>Bytes handed to a log or store changed before the operation was over.</summary>
    public const string BufferChanged = "B1";

    /// <summary>What, of the groups A, M, F, P, N, J and C, says something of two ranks only, and why: it can neither be stated
    /// nor broken while there is one. Every other number of these groups is checked, and planted once for its check to
    /// find.</summary>
    public static IReadOnlyDictionary<string, string> BetweenRanks { get; } = new Dictionary<string, string>
    {
        ["J1"] = "an importer acknowledges once its event is durable; one rank imports nothing and has no such event",
        ["J2"] = "an exporter's last messages follow its durable event; one rank exports nothing and has no such event",
        ["J4"] = "the journals of a migration's two ends agree; that of one rank has no events of migrations",
    };

    private static readonly (char Letter, int Count)[] s_groups =
    [
        ('A', 8), ('M', 4), ('F', 6), ('P', 2), ('N', 5), ('J', 7), ('R', 6), ('C', 7), ('X', 5), ('W', 1), ('V', 7), ('L', 1),
        ('E', 1), ('B', 1),
    ];

    /// <summary>Is it a name that exists?</summary>
    public static bool IsKnown(string name) =>
        name.Length == 2 && s_groups.Any(group => group.Letter == name[0] && name[1] >= '1' && name[1] <= '0' + group.Count);
}
