using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>The authority over the cluster map: sees at once which lives there are, and says so again and again, since what it
/// sends may be lost. It lives for ever.</summary>
internal sealed class MapActor(SimEnvironment world, int ranks) : ISimActor
{
    private const long LookMicros = 2_000;
    private const int SayEvery = 8;

    private ClusterMap _map = ClusterMap.Empty;
    private long _looks;

    public bool HasStopped => false;

    public void Start() => Look();

    public void Step(in RankEvent item)
    {
        if (item.Kind == RankEventKind.Timer)
            Look();
    }

    public void Dispose()
    {
    }

    private void Look()
    {
        List<ClusterRank> known = [];
        bool isNew = _map.Ranks.Count == 0;
        for (int i = 0; i < ranks; i++)
        {
            ClusterRank before = _map[new RankId(i)];
            ClusterRank now = world.Find(PeerKind.Rank, i) is { } life
                ? new ClusterRank(ClusterRankState.Active, life.Incarnation, "", ulong.MaxValue)
                : before with { State = before.Incarnation > 0 ? ClusterRankState.Failed : ClusterRankState.None };
            isNew |= now.State != before.State || now.Incarnation != before.Incarnation;
            known.Add(now);
        }

        if (isNew)
            _map = new ClusterMap(_map.Epoch + 1, known);
        if (isNew || ++_looks % SayEvery == 0)
            Say();
        world.SetTimer(0, LookMicros);
    }

    private void Say()
    {
        for (int i = 0; i < ranks; i++)
        {
            if (world.Find(PeerKind.Rank, i) is { } life)
                world.Send(life, _map);
        }
    }
}
