using System.Globalization;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>One life of a rank as the simulation drives it; a planted bug changes the messages on their way in and out.</summary>
internal sealed class RankActor : ISimActor
{
    private readonly RankTap _tap;

    public RankActor(SimEnvironment life, RankOptions options, RankBug bug = RankBug.None)
    {
        _tap = new RankTap(life, bug);
        Rank = new Rank(options with { Incarnation = life.Incarnation }, _tap);
    }

    public Rank Rank { get; }

    public bool HasStopped => Rank.State == RankState.Failed;

    public void Start() => Rank.Start();

    public void Step(in RankEvent item)
    {
        foreach (RankEvent taken in _tap.Take(item))
            Rank.Step(taken);
    }

    public void Dispose() => Rank.Dispose();

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"the rank is {Rank.State}, {Rank.Cache.Pool.BytesUsed} bytes of {Rank.Cache.Pool.BytesMax} in use, "
        + $"{Rank.Cache.DirtyDirCount} dirfrags dirty, the store {Rank.StoreError.Name}, {Rank.Damage.Count} damaged");
}
