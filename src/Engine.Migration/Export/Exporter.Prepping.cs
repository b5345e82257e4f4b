using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <content>Limits of the region, and copies that the importer needs. Source: migrator specification, 2.3 (X4, X6) and 2.5.
/// </content>
internal sealed partial class Exporter
{
    private void Prepare(ExportRecord record)
    {
        Cache.Subtrees.AddBounds(record.Dir, record.Bounds);
        foreach (Dir bound in record.Bounds)
        {
            Cache.Pin(bound, PinKind.ExportBound);
            MetadataCache.SetState(bound, DirState.ExportBound, true);
        }

        ulong attempt = _migrator.Clock.Take();
        _migrator.Note(record.Base, attempt);
        record.Migration = new Metadata.Migration(
            record.Id, record.Base, attempt, record.Peer, [.. record.Bounds.Select(static each => each.Name)]);
        ulong bystanders = (Cache.ReplicasOf(record.Dir) | CountingRank(record)) & ~Bit(record.Peer);
        List<ReplicaStep> trace = [];
        Enter(record, ExporterState.Prepping);
        if (Rank.TryCopy(record.Dir, record.Peer, out DirReplica? root).Failed || !TryTrace(record, trace))
        {
            Cancel(record, MigrationRefusal.TooBig, tellsPeer: true);
            return;
        }

        record.Unwarned = bystanders;
        Rank.Send(
            record.Peer,
            new ExportPrep(record.Id, record.Base, attempt, root!, record.Migration.Bounds, trace, bystanders));
        _migrator.Note(KillPoint.Export4);
        FlushClients(record);
    }

    /// <summary>The authority over the root's inode, which takes what the root counts from its owner only. After the end of a
    /// channel it may have a copy of which this rank does not know.</summary>
    private ulong CountingRank(ExportRecord record)
    {
        Authority counts = Rank.AuthorityOf(record.Dir.Inode);
        bool isOther = !counts.IsAmbiguous && counts.First >= 0 && counts.First != Rank.Me.Value;
        return isOther && Rank.Map[new RankId(counts.First)].IsUp ? 1UL << counts.First : 0;
    }

    /// <summary>Every capability that a client is told is elsewhere is one that it knows of.</summary>
    private void FlushClients(ExportRecord record)
    {
        SortedSet<ClientId> clients = [];
        List<Cap> caps = [];
        foreach (CapInode inode in Rank.CapsIn(record.Dir))
        {
            caps.Clear();
            Rank.Caps.List(inode, caps);
            clients.UnionWith(caps.Select(static cap => cap.Client));
        }

        foreach (ClientId client in clients)
        {
            record.Unflushed.Add(client);
            if (!Rank.Sessions.TryFlush(client, record.Id.Number))
                record.Unflushed.Remove(client);
        }
    }

    /// <summary>A client knows of all that it was told, or is gone.</summary>
    public void Flushed(ClientId client, ulong token)
    {
        MigrationId id = new(Rank.Me, Rank.Options.Incarnation, (uint)token);
        if (_records.GetValueOrDefault(id) is { } record && record.Unflushed.Remove(client))
            TrySend(record);
    }

    /// <summary>Copies everything between the root and the inodes of the bounds, each once and behind what it lies in.</summary>
    private bool TryTrace(ExportRecord record, List<ReplicaStep> trace)
    {
        HashSet<NodeId> known = [];
        List<NodeId> way = [];
        foreach (Dir bound in record.Bounds)
        {
            way.Clear();
            for (NodeId at = bound.Inode; known.Add(at); at = Cache.DirOf(at).Inode)
            {
                way.Add(at);
                if (Cache.DirOf(at) == record.Dir)
                    break;
            }

            for (int i = way.Count - 1; i >= 0; i--)
            {
                if (!TryTrace(record, way[i], trace))
                    return false;
            }
        }

        return true;
    }

    private bool TryTrace(ExportRecord record, NodeId node, List<ReplicaStep> trace)
    {
        Dir dir = Cache.DirOf(node);
        if (dir != record.Dir && !trace.OfType<DirReplica>().Any(step => step.Name == dir.Name))
        {
            if (Rank.TryCopy(dir, record.Peer, out DirReplica? copy).Failed)
                return false;
            trace.Add(copy!);
        }

        bool isCopied = Rank.TryCopy(node, record.Peer, out ReplicaStep? step).IsNone;
        if (isCopied)
            trace.Add(step!);
        return isCopied;
    }

    private void Prepped(ExportRecord record, ExportPrepAck ack)
    {
        if (ack.Refusal != MigrationRefusal.None)
            Cancel(record, ack.Refusal, tellsPeer: false);
        else
            Warn(record);
    }

    private static ulong Bit(RankId rank) => 1UL << rank.Value;
}
