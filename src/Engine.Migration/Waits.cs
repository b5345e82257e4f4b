using System.Numerics;
using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Words for whom a migration waits.</summary>
internal static class Waits
{
    /// <summary>Ranks, bit r for rank r; empty where there are none.</summary>
    public static string Ranks(ulong ranks, string what)
    {
        List<string> names = [];
        for (ulong left = ranks; left != 0; left &= left - 1)
            names.Add(new RankId(BitOperations.TrailingZeroCount(left)).ToString());
        return names.Count == 0 ? "" : $"{string.Join(", ", names)}, {what}";
    }

    /// <summary>Clients; empty where there are none.</summary>
    public static string Clients(IReadOnlyCollection<ClientId> clients, string what) => clients.Count == 0 ? ""
        : $"{string.Join(", ", clients.Order())}, {what}";

    /// <summary>Those that are not empty.</summary>
    public static string Join(params ReadOnlySpan<string> waits)
    {
        List<string> said = [];
        foreach (string wait in waits)
        {
            if (wait.Length > 0)
                said.Add(wait);
        }

        return string.Join("; ", said);
    }
}
