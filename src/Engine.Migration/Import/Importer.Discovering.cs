using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <content>Is the directory known here? Source: migrator specification, 2.4 (I1).</content>
internal sealed partial class Importer
{
    private void Discover(RankId from, ExportDiscover discover)
    {
        // What clients came back with is with its authority before that is this rank.
        MigrationRefusal refusal = Rank.Map[Rank.Me].State != ClusterRankState.Active ? MigrationRefusal.NotActive
            : Rank.DisplacedCaps.Count > 0 ? MigrationRefusal.Busy
            : Rank.IsReadOnly ? MigrationRefusal.ReadOnly
            : discover.Bytes > (ulong)(Cache.Pool.BytesMax / 2) ? MigrationRefusal.TooBig
            : MigrationRefusal.None;
        if (refusal != MigrationRefusal.None)
        {
            // What is too large may come in parts of what there is room for.
            ulong room = refusal == MigrationRefusal.TooBig ? (ulong)StagingBytesMax : 0;
            Rank.Send(from, new ExportDiscoverAck(discover.Id, discover.Base, refusal, room));
            return;
        }

        ImportRecord record = new(discover.Id, discover.Base, from, new LockSet(Rank.Locks, Rank.LockHost), Now)
        {
            FailuresBefore = migrator.Failures,
        };
        _records.Add(discover.Base, record);
        Find(record, discover, IoError.None);
    }

    /// <summary>Looks for the directory's inode, as often as an answer brings copies of what leads to it.</summary>
    private void Find(ImportRecord record, ExportDiscover discover, IoError error)
    {
        migrator.Note(KillPoint.Import1);
        bool isActive = Rank.Map[Rank.Me].State == ClusterRankState.Active;
        NodeId inode = default;
        if (error.IsNone && isActive)
        {
            Later again = new(this, record, ImporterState.Discovering, (each, outcome) => Find(each, discover, outcome));
            error = Rank.Locate(again, discover.From, discover.Path, out inode);
            if (error == IoError.Again)
                return;
        }

        bool isFound = isActive && error.IsNone && Cache.Inode(inode).Ino == discover.Base.Ino && Cache.IsDirectory(inode);
        if (!isFound)
        {
            record.Refusal = isActive ? MigrationRefusal.UnknownPath : MigrationRefusal.NotActive;
            Erase(record);
            Rank.Send(record.Peer, new ExportDiscoverAck(discover.Id, discover.Base, record.Refusal, 0));
            return;
        }

        long staging = StagingBytesMax;
        if (staging > 0)
            record.Staging = new StagingArea(Cache, staging);
        record.Inode = inode;
        record.Path = Cache.PathOf(inode);
        Cache.Pin(inode, PinKind.Importing);
        Enter(record, ImporterState.Discovered);
        Agree(record);
        migrator.Note(KillPoint.Import2);
    }

    private void Agree(ImportRecord record) =>
        Rank.Send(
            record.Peer,
            new ExportDiscoverAck(
                record.Id, record.Base, MigrationRefusal.None, (ulong)(record.Staging?.BytesMax ?? 0)));
}
