using Engine.Metadata;
using Engine.Migration;
using Engine.Objects;

namespace Engine.Simulation;

/// <summary>A life's world, in which a planted bug changes what ranks say to one another.</summary>
internal sealed class ClusterTap(SimEnvironment world, ClusterScenario scenario) : IRankEnvironment
{
    public long NowMicros => world.NowMicros;

    public ILog Log => world.Log;

    public IObjectBackend Objects => world.Objects;

    public ulong NextRandom() => world.NextRandom();

    public void SetTimer(ulong token, long delayMicros) => world.SetTimer(token, delayMicros);

    public void Post(in RankEvent item) => world.Post(item);

    public void Send(Peer to, Message message)
    {
        scenario.Saw(message);
        switch (scenario.Bug, message)
        {
            case (ClusterBug.LosesExpires, CacheExpire):
                break;
            case (ClusterBug.LosesShares, LockMessage { Action: LockAction.LockAck or LockAction.SyncAck } answer):
                world.Send(to, answer with { Value = default });
                break;
            case (ClusterBug.ForgetsCopies, ReplicaRecall recall):
                Seem(to, Expired(recall));
                break;
            case (ClusterBug.ServesBeforeTheWord, ExportAck { Refusal: MigrationRefusal.None } ack):
                world.Send(to, ack);
                Seem(to, new ExportFinish(ack.Id, ack.Base, IsLast: true, [], []));
                break;
            case (ClusterBug.ForgetsWhatItGave, ExportFinish { IsLast: true, Entries.Count: 0, Dirs.Count: 0 } answer):
                world.Send(to, new ExportCancel(answer.Id, answer.Base, MigrationRefusal.PeerFailed));
                break;
            case (ClusterBug.GivesToEverybody, ExportCancel { Reason: MigrationRefusal.PeerFailed } answer):
                world.Send(to, new ExportFinish(answer.Id, answer.Base, IsLast: true, [], []));
                break;
            case (ClusterBug.LosesNotices, ExportNotify notice):
                Seem(to, new ExportNotifyAck(notice.Id, notice.Base, notice.New));
                break;
            default:
                world.Send(to, message is PagesMessage pages ? new PagesInTransit(pages) : message);
                break;
        }
    }

    /// <summary>The other rank seems to have sent this.</summary>
    private void Seem(Peer from, Message message) =>
        world.Post(new RankEvent(RankEventKind.Message, From: from, Message: message));

    /// <summary>The first copy of the entry is dropped, as it seems.</summary>
    private static CacheExpire Expired(ReplicaRecall recall) => new(
        [new ExpireRealm(recall.Dir, [new ExpiredEntry(recall.Dir, recall.Name, 1)], [])]);
}
