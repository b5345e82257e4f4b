using Engine.Metadata;

namespace Engine.Migration;

/// <content>What clients have in a region that is this rank's and came to a former life of it: they said that to the exporter, as
/// far as they know whose it was. Source: migrator specification, 4.4.</content>
internal sealed partial class Importer
{
    /// <summary>A rank has handed over what clients came back to it with.</summary>
    public void CapsCame(RankId from, ulong tid)
    {
        foreach (ImportRecord record in _records.Values.ToList())
        {
            if (record.Peer == from && IsGathering(record) && tid >= record.GatherTid)
                EndGathering(record);
        }
    }

    private static bool IsGathering(ImportRecord record) =>
        record is { State: ImporterState.Finishing, AwaitsJournal: false, GatherTid: > 0 };

    /// <summary>An exporter that is away has as long to come back as clients have, and as long again: what clients say there
    /// later they may have as far as the locks allow it then.</summary>
    private bool IsGatheringOver(ImportRecord record, long nowMicros)
    {
        if (!IsGathering(record))
            return false;
        if (Rank.Map[record.Peer].IsUp)
            record.GatherAt = nowMicros;
        return nowMicros - record.GatherAt >= 2 * Rank.Options.ReconnectMicros;
    }

    private void EndGathering(ImportRecord record)
    {
        List<CapInode> inodes = [];
        foreach (Ino ino in record.Gathered)
        {
            if (Rank.Caps.Find(ino) is { } inode)
                inodes.Add(inode);
        }

        record.Gathered.Clear();
        // A rank that does not serve yet does that with all of its inodes.
        if (Rank.IsServing)
            Rank.RestoreLocks(inodes);
        End(record);
    }

    /// <summary>Does an inode lie in a region for which that is awaited?</summary>
    public bool AwaitsCapsOf(NodeId node) => Awaiting(node) is not null;

    /// <summary>Something comes of an inode of such a region.</summary>
    /// <returns>Has nobody anything of it that may be issued?</returns>
    public bool NoteGathered(NodeId node, Ino ino) => Awaiting(node) is { } record
        && (record.Gathered.Contains(ino) || (Rank.Caps.Find(ino) is null && record.Gathered.Add(ino)));

    private ImportRecord? Awaiting(NodeId node)
    {
        if (_records.Count == 0 || Cache.TryDirOf(node) is not { } dir || Cache.Subtrees.TryFindRoot(dir) is not { } root)
            return null;
        return _records.GetValueOrDefault(root.Name) is { State: ImporterState.Finishing, GatherTid: > 0 } record ? record : null;
    }
}
