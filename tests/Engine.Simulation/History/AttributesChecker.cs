namespace Engine.Simulation;

/// <summary>Decides whether operations on the attributes of inodes have an order that explains them, inode by inode. One that
/// went by name and got no response may have been done to any of them.</summary>
public static class AttributesChecker
{
    /// <summary>An inode's history is short; where a search goes on for long, many flushes were left without an answer.</summary>
    private const int VisitedMax = 50_000;

    /// <summary>Checks a history.</summary>
    /// <param name="entries">The operations.</param>
    /// <param name="inodes">Inodes that were looked at.</param>
    /// <param name="undecided">Those of them whose search was given up.</param>
    /// <param name="ino">The inode that has no order, or was given up.</param>
    public static LinearizabilityVerdict Check(
        IReadOnlyList<HistoryEntry<AttributeOperation>> entries, out int inodes, out int undecided, out ulong ino)
    {
        SortedDictionary<ulong, List<HistoryEntry<AttributeOperation>>> known = [];
        List<HistoryEntry<AttributeOperation>> open = [];
        foreach (HistoryEntry<AttributeOperation> entry in entries)
        {
            ulong of = entry.Operation.Ino;
            if (of == 0 && !entry.IsKnown && entry.Operation.Action == AttributeAction.Set)
                open.Add(entry);
            else if (of != 0 && known.TryGetValue(of, out List<HistoryEntry<AttributeOperation>>? list))
                list.Add(entry);
            else if (of != 0)
                known.Add(of, [entry]);
        }

        inodes = known.Count;
        undecided = 0;
        ulong givenUp = 0;
        foreach ((ulong at, List<HistoryEntry<AttributeOperation>> list) in known)
        {
            ino = at;
            switch (LinearizabilityChecker.Check(new AttributesModel(), WithOpen(list, open), VisitedMax))
            {
                case LinearizabilityVerdict.Rejected:
                    return LinearizabilityVerdict.Rejected;
                case LinearizabilityVerdict.Undecided:
                    givenUp = at;
                    undecided++;
                    break;
            }
        }

        ino = givenUp;
        return undecided == 0 ? LinearizabilityVerdict.Accepted : LinearizabilityVerdict.Undecided;
    }

    /// <summary>With those that may have come between the first and the last of the inode's.</summary>
    private static List<HistoryEntry<AttributeOperation>> WithOpen(
        List<HistoryEntry<AttributeOperation>> entries, List<HistoryEntry<AttributeOperation>> open)
    {
        long first = long.MaxValue;
        long last = 0;
        foreach (HistoryEntry<AttributeOperation> entry in entries)
        {
            first = Math.Min(first, entry.InvokedAt);
            last = Math.Max(last, entry.IsKnown ? entry.RespondedAt : entry.InvokedAt);
        }

        return [.. entries, .. open.Where(entry => entry.InvokedAt < last && entry.ExpiredAt > first)];
    }
}
