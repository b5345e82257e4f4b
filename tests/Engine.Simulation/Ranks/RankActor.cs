using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>One life of a rank as the simulation drives it.</summary>
internal sealed class RankActor : ISimActor
{
    public RankActor(SimEnvironment life, RankOptions options)
    {
        Rank = new Rank(options with { Incarnation = life.Incarnation }, life);
    }

    public Rank Rank { get; }

    public bool HasStopped => Rank.State == RankState.Failed;

    public void Start() => Rank.Start();

    public void Step(in RankEvent item) => Rank.Step(item);

    public void Dispose() => Rank.Dispose();
}
