// Capabilities on inodes of other ranks: a client came back with them to a rank that had given the inode away. They go to the
// authority, by themselves or when it asks; until it has answered they bind nobody here, and what clients say of them is theirs
// to say there.
//
// Invariants: an inode is in the rank's list of displaced ones as long as it has a record here, or until the next tick; the rank
// gives nothing away and takes nothing in on such an inode; clients are told where their capabilities are when the authority has
// said so, and each is told.

using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Hands capabilities over to the authorities of their inodes. Source: migrator specification, 2.8 and 4.4.</summary>
internal sealed class CapsExporter(Migrator migrator)
{
    private readonly SortedDictionary<Ino, CapsExportRecord> _records = [];

    /// <summary>Ranks that begin anew and wait for what is theirs, with the numbers of their questions.</summary>
    private readonly SortedDictionary<int, ulong> _askers = [];

    private ulong _tid;

    /// <summary>Inodes whose capabilities are to go.</summary>
    public int Count => Rank.DisplacedCaps.Count;

    private RankServices Rank => migrator.Rank;

    /// <summary>Time passes: what could not be handed over, or was not answered, is tried again.</summary>
    public void Tick()
    {
        LookAll(isUrgent: false);
        AnswerAll();
    }

    /// <summary>The authority asks.</summary>
    public void Handle(GatherCaps message)
    {
        if (Rank.DisplacedCaps.Contains(message.Ino))
            Look(message.Ino, isUrgent: true);
    }

    /// <summary>A rank begins anew: it waits until nothing of its own is left here.</summary>
    public void Handle(RankId from, GatherAllCaps message)
    {
        _askers[from.Value] = message.Tid;
        LookAll(isUrgent: true);
        AnswerAll();
    }

    /// <summary>The authority has answered.</summary>
    public void Handle(RankId from, ExportCapsAck ack)
    {
        CapsExportRecord? record = _records.GetValueOrDefault(ack.Ino);
        if (record is not { State: CapsExportState.Asked } || record.Tid != ack.Tid || record.To != from)
        {
            migrator.NoteLate(ack);
            return;
        }

        record.State = CapsExportState.Waiting;
        migrator.Counters.CapsRefused += Math.Max(0, record.Count - ack.Imported.Count);
        if (ack.Refusal != MigrationRefusal.None || Rank.Caps.Find(ack.Ino) is not { } inode)
            return;
        if (inode.Count != record.Count)
        {
            // Another client has come back meanwhile.
            Look(ack.Ino, isUrgent: true);
            return;
        }

        migrator.Counters.CapsExported += ack.Imported.Count;
        LockObject on = inode.Object;
        Rank.Caps.FinishExport(inode, from, ack.Imported);
        // The authority may wait for this rank to have nothing of it.
        Rank.CapsReturned(on);
        Forget(ack.Ino);
        AnswerAll();
    }

    /// <summary>A life of a rank is over, or the channel to it: it may not have heard, or its answer be lost.</summary>
    public void PeerFailed(RankId rank)
    {
        _askers.Remove(rank.Value);
        foreach (CapsExportRecord record in _records.Values)
        {
            if (record.To == rank)
                record.State = CapsExportState.Waiting;
        }
    }

    private void LookAll(bool isUrgent)
    {
        if (Rank.DisplacedCaps.Count == 0)
            return;
        foreach (Ino ino in Rank.DisplacedCaps.ToArray())
            Look(ino, isUrgent);
    }

    private void AnswerAll()
    {
        if (_askers.Count == 0 || !Rank.AreClientsBack)
            return;
        foreach ((int rank, ulong tid) in _askers.ToArray())
        {
            if (HasOf(new RankId(rank)))
                continue;
            _askers.Remove(rank);
            Rank.Send(new RankId(rank), new GatherAllCapsAck(tid));
        }
    }

    /// <summary>Is something here that is a rank's, or may be?</summary>
    private bool HasOf(RankId rank)
    {
        if (migrator.IsGivingTo(rank))
            return true;
        foreach (Ino ino in Rank.DisplacedCaps)
        {
            if (Rank.Caps.Find(ino) is { } inode && MayBeOf(Rank.AuthorityOf(inode.Object.Node), rank))
                return true;
        }

        return false;
    }

    private static bool MayBeOf(Authority authority, RankId rank) =>
        authority.First == rank.Value || (authority.IsAmbiguous && (authority.Second == rank.Value || authority.First < 0));

    private void Look(Ino ino, bool isUrgent)
    {
        CapInode? inode = Rank.Caps.Find(ino);
        if (inode is null || Rank.Cache.IsAuth(inode.Object.Node))
        {
            // Its clients are gone, or it has come to this rank.
            if (inode is not null)
                Rank.Caps.CancelExport(inode);
            Forget(ino);
            return;
        }

        if (!_records.TryGetValue(ino, out CapsExportRecord? record))
            _records.Add(ino, record = new CapsExportRecord());
        bool isDue = isUrgent || record.Tid == 0 || Rank.NowMicros - record.AskedAt >= migrator.Options.ResendMicros;
        Authority authority = Rank.AuthorityOf(inode.Object.Node);
        bool isKnown = !authority.IsAmbiguous && authority.First >= 0 && authority.First != Rank.Me.Value
            && Rank.Map[new RankId(authority.First)].IsUp;
        if (isDue && isKnown)
            Ask(ino, inode, record, new RankId(authority.First));
    }

    private void Ask(Ino ino, CapInode inode, CapsExportRecord record, RankId authority)
    {
        List<CapExportRecord> caps = [];
        Rank.Caps.Export(inode, caps);
        List<ImportedClient> clients = [];
        foreach (CapExportRecord cap in caps)
            clients.Add(new ImportedClient(cap.Client, Rank.Sessions.Find(cap.Client)!.Address, []));
        record.State = CapsExportState.Asked;
        (record.Tid, record.To, record.AskedAt, record.Count) = (++_tid, authority, Rank.NowMicros, caps.Count);
        Rank.Send(authority, new ExportCaps(ino, record.Tid, caps, clients));
    }

    private void Forget(Ino ino)
    {
        _records.Remove(ino);
        Rank.NoLongerDisplaced(ino);
    }
}
