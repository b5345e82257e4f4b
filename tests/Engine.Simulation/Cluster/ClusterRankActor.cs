using System.Globalization;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>One life of one rank of several.</summary>
internal sealed class ClusterRankActor : ISimActor
{
    public ClusterRankActor(SimEnvironment life, RankOptions options, ClusterBug bug)
    {
        Rank = new Rank(options with { Incarnation = life.Incarnation }, new ClusterTap(life, bug));
        Rank.Add(Giver);
    }

    public Rank Rank { get; }

    public SubtreeGiver Giver { get; } = new();

    public bool HasStopped => Rank.State == RankState.Failed;

    public void Start() => Rank.Start();

    public void Step(in RankEvent item) => Rank.Step(item);

    public void Dispose() => Rank.Dispose();

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Rank.Cache.Me} is {Rank.State}, map {Rank.Map.Epoch}, {Rank.LockCount} locks, {Rank.Cache.DirtyDirCount} dirfrags "
        + $"dirty, the store {Rank.StoreError.Name}");
}
