using Engine.Metadata;
using Engine.Objects;

namespace Engine.Simulation;

/// <summary>A life's world, in which a planted bug changes what ranks say to one another.</summary>
internal sealed class ClusterTap(SimEnvironment world, ClusterBug bug) : IRankEnvironment
{
    public long NowMicros => world.NowMicros;

    public ILog Log => world.Log;

    public IObjectBackend Objects => world.Objects;

    public ulong NextRandom() => world.NextRandom();

    public void SetTimer(ulong token, long delayMicros) => world.SetTimer(token, delayMicros);

    public void Post(in RankEvent item) => world.Post(item);

    public void Send(Peer to, Message message)
    {
        switch (bug, message)
        {
            case (ClusterBug.LosesExpires, CacheExpire):
                break;
            case (ClusterBug.LosesShares, LockMessage { Action: LockAction.LockAck or LockAction.SyncAck } answer):
                world.Send(to, answer with { Value = default });
                break;
            case (ClusterBug.ForgetsCopies, ReplicaRecall recall):
                world.Post(new RankEvent(RankEventKind.Message, From: to, Message: Expired(recall)));
                break;
            default:
                world.Send(to, message);
                break;
        }
    }

    /// <summary>The first copy of the entry is dropped, as it seems.</summary>
    private static CacheExpire Expired(ReplicaRecall recall) => new(
        [new ExpireRealm(recall.Dir, [new ExpiredEntry(recall.Dir, recall.Name, 1)], [])]);
}
