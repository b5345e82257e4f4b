using System.Globalization;
using Engine.Metadata;
using Engine.Migration;

namespace Engine.Simulation;

/// <summary>One life of one rank of several.</summary>
internal sealed class ClusterRankActor : ISimActor
{
    private const ulong MoveToken = ulong.MaxValue - 1;
    private const ulong MoveMicrosMin = 500;
    private const ulong MoveMicrosMore = 8_000;
    private const ulong CancelOneIn = 6;

    private readonly SimEnvironment _life;
    private readonly ClusterScenario _scenario;

    public ClusterRankActor(SimEnvironment life, RankOptions options, ClusterScenario scenario)
    {
        _life = life;
        _scenario = scenario;
        Rank = new Rank(options with { Incarnation = life.Incarnation }, new ClusterTap(life, scenario));
        Rank.Add(Giver);
        if (!scenario.Migrates)
            return;
        Migrator = new Migrator(scenario.MigrationOptions)
        {
            Reached = point => life.NoteReached(NumberOf(point), $"{point}"),
        };
        Rank.Add(Migrator);
        scenario.Note(Migrator);
    }

    public Rank Rank { get; }

    public SubtreeGiver Giver { get; } = new();

    /// <summary>Null where subtrees stay where they are.</summary>
    public Migrator? Migrator { get; }

    public bool HasStopped => Rank.State == RankState.Failed;

    public void Start()
    {
        Rank.Start();
        if (Migrator is not null)
            SetMoveTimer();
    }

    public void Step(in RankEvent item)
    {
        if (item is { Kind: RankEventKind.Timer, Token: MoveToken })
        {
            SetMoveTimer();
            if (!_scenario.MayMove || Rank.State != RankState.Active)
                return;
            Move(_life.NextRandom());
            Rank.Step(new RankEvent(RankEventKind.Posted));
        }
        else if (item.Message is not PagesInTransit sent)
        {
            Rank.Step(item);
        }
        else if (sent.TryArrive(Rank.Cache.Pool) is { } message)
        {
            Rank.Step(item with { Message = message });
        }
        else
        {
            _scenario.PagesLost();
        }
    }

    public void Dispose()
    {
        if (!_life.Process.World.IsOver)
            CountDivisions();
        Rank.Dispose();
    }

    /// <summary>The life's divisions are over, or the run is.</summary>
    public void CountDivisions()
    {
        (long splits, long merges, _) = Rank.Fragmentations;
        _life.Process.World.Count(ClusterScenario.Divisions, splits);
        _life.Process.World.Count(ClusterScenario.Merges, merges);
    }

    public override string ToString()
    {
        IEnumerable<string> requests =
            Rank.Operations.Select(static each => $"{each.Op} {each.Path} ({each.WaitsFor} {each.At})");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Rank.Cache.Me} is {Rank.State}, map {Rank.Map.Epoch}, {Rank.LockCount} locks, {Rank.Cache.DirtyDirCount} dirfrags "
            + $"dirty, the store {Rank.StoreError.Name}, {Rank.PeerTalkUnderWay} talks, "
            + $"migrations: {string.Join(", ", Migrator?.Live() ?? [])}, requests: {string.Join(", ", requests)}");
    }

    /// <summary>Named points by number: the exporter's 13 and the importer's 10 of the reference, then what is new.</summary>
    public static int NumberOf(KillPoint point) => point switch
    {
        KillPoint.Export14 => 23,
        KillPoint.Import11 => 24,
        KillPoint.Import12 => 25,
        < KillPoint.Import1 => (int)point - 1,
        _ => (int)point - 101 + 13,
    };

    private void SetMoveTimer() =>
        _life.SetTimer(MoveToken, (long)(MoveMicrosMin + (_life.NextRandom() % MoveMicrosMore)));

    /// <summary>Gives some directory to some rank, or takes that back.</summary>
    private void Move(ulong chance)
    {
        List<MigrationId> live = [.. Migrator!.Live().Where(each => each.Side == MigrationSide.Export).Select(each => each.Id)];
        if (live.Count > 0 && chance % CancelOneIn == 0)
        {
            Migrator.TryCancel(live[(int)((chance >> 8) % (ulong)live.Count)]);
            return;
        }

        List<DirFrag> dirs = [.. Rank.Cache.Dirs.Where(dir => dir.IsAuth && !dir.Name.Ino.IsBase).Select(dir => dir.Name)];
        if (dirs.Count == 0)
            return;
        RankId to = new((int)((chance >> 40) % (ulong)_scenario.RankCount));
        Migrator.Export(dirs[(int)((chance >> 8) % (ulong)dirs.Count)], to);
    }
}
