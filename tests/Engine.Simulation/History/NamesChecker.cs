namespace Engine.Simulation;

/// <summary>Decides whether operations on the names of one directory have an order that explains them. Names are looked at two by
/// two: a rename or exchange is one change of both of its names, and what happens to others is left out. A search over all names
/// at once finds no end where many operations were left without a response, since each may have happened at any time.</summary>
public static class NamesChecker
{
    /// <summary>Checks a history.</summary>
    /// <param name="names">How many names there are, numbered from 0.</param>
    /// <param name="entries">The operations.</param>
    /// <param name="first">The pair that has no order, or that was given up.</param>
    /// <param name="second">Its other name.</param>
    public static LinearizabilityVerdict Check(
        int names, IReadOnlyList<HistoryEntry<NameOperation>> entries, out int first, out int second)
    {
        (int First, int Second)? undecided = null;
        for (first = 0; first < names; first++)
        {
            for (second = first + 1; second < names; second++)
            {
                LinearizabilityVerdict verdict =
                    LinearizabilityChecker.Check(new NamesModel(2), Project(entries, first, second));
                if (verdict == LinearizabilityVerdict.Rejected)
                    return verdict;
                if (verdict == LinearizabilityVerdict.Undecided)
                    undecided = (first, second);
            }
        }

        (first, second) = undecided ?? default;
        return undecided is null ? LinearizabilityVerdict.Accepted : LinearizabilityVerdict.Undecided;
    }

    /// <summary>What happened to two names, which are 0 and 1 then.</summary>
    private static List<HistoryEntry<NameOperation>> Project(
        IReadOnlyList<HistoryEntry<NameOperation>> entries, int first, int second)
    {
        List<HistoryEntry<NameOperation>> projected = [];
        foreach (HistoryEntry<NameOperation> entry in entries)
        {
            NameOperation operation = entry.Operation;
            int name = PlaceOf(operation.Name);
            bool hasTwo = operation.Action is NameAction.Rename or NameAction.Exchange;
            int to = hasTwo ? PlaceOf(operation.To) : -1;
            if (name < 0 && (to < 0 || operation.Error.Failed))
                continue;
            operation = name < 0 ? operation with { Action = NameAction.Replace, Name = to, To = -1 }
                : hasTwo && to < 0
                    ? operation with { Action = Without(operation.Action), Name = name, To = -1 }
                    : operation with { Name = name, To = to };
            projected.Add(entry with { Operation = operation });
        }

        return projected;

        static NameAction Without(NameAction action) => action == NameAction.Rename ? NameAction.Unbind : NameAction.Change;

        int PlaceOf(int name) => name == first ? 0 : name == second ? 1 : -1;
    }
}
