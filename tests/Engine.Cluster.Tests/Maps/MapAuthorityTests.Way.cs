using Engine.Metadata;

namespace Engine.Cluster.Tests;

/// <content>The way of a rank from its beginning until it serves.</content>
public sealed partial class MapAuthorityTests
{
    /// <summary>A rank has copies given anew before it lets its clients come back; the numbers of the states are the other way
    /// round.</summary>
    [Fact]
    public void ARankGoesFromRejoinToReconnect_AndNotBack()
    {
        Say(10, "a");
        Settle();
        foreach (ClusterRankState state in (ClusterRankState[])
            [ClusterRankState.Replay, ClusterRankState.Rejoin, ClusterRankState.Reconnect])
        {
            Say(10, "a", rank: 0, incarnation: 1, state);
            Settle();
            Assert.Equal(state, Of(0).State);
        }

        Say(10, "a", rank: 0, incarnation: 1, ClusterRankState.Rejoin);
        Settle();
        Assert.Equal(ClusterRankState.Reconnect, Of(0).State);
        Say(10, "a", rank: 0, incarnation: 1, ClusterRankState.Active);
        Settle();
        Assert.Equal(ClusterRankState.Active, Of(0).State);
    }
}
