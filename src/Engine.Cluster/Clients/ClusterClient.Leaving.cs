using Engine.Metadata;

namespace Engine.Cluster;

/// <content>Ranks that left: others have what was theirs.</content>
public sealed partial class ClusterClient
{
    /// <summary>A rank ended in order. What it cannot have done is asked of others, once; whatever else was asked of it waits
    /// for its next life, which knows.</summary>
    private void Divert(ClusterLink link)
    {
        _routes.Forget(link.Rank);
        foreach (ClientCall call in _calls.Values.ToList())
        {
            bool isUndone = call.Request.Op < ClientOp.MakeDirectory || !call.MayBeDone || call.Refusal.Failed;
            if (call.Link != link || !isUndone || !TryLetGo(link, call.Tid, out _))
                continue;
            call.BeginAnew();
            Put(call, _routes.Find(call.Request));
        }
    }

    /// <summary>What waits for a rank goes to it now.</summary>
    private void NoteSent(ClusterLink link)
    {
        foreach (ClientCall call in _calls.Values)
            call.MayBeDone |= call.Link == link;
    }
}
