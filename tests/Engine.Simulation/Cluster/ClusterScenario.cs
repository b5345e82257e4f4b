// Several ranks that share one namespace, their crashes and disks, and clients, each in a tree of its own that one of the ranks
// was given before the storm: every answer, and at the end everything that is there, must be what the reference namespace says,
// whichever rank is asked; and the ranks must agree with one another.
using System.Globalization;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Migration;

namespace Engine.Simulation;

/// <summary>Several ranks, and clients that compare them with the reference namespace.</summary>
internal sealed partial class ClusterScenario : IScenario, IChecker
{
    /// <summary>The scenario's name.</summary>
    public const string Name = "cluster";

    /// <summary>Mark of a run: requests that were sent on to another rank.</summary>
    public const string Forwards = "requests sent on";

    /// <summary>Mark of a run: requests that were sent round until they were given up.</summary>
    public const string Rounds = "requests that went round";

    /// <summary>Mark of a run: times that all ranks were compared at rest.</summary>
    public const string Compared = "ranks compared at rest";

    private const long MicrosPerStep = 60;
    private const int StepsPerOperation = 12;
    private const int AuditEvery = 64;
    private const int BetweenEvery = 256;
    private const int ShadowEvery = 1024;
    private const long SetupStepsMax = 200_000;

    private readonly List<SimProcess> _ranks = [];
    private readonly List<SimProcess> _clients = [];
    private SimWorld? _world;
    private RunSpec _spec = new();
    private long _rounds;
    private long _steps;
    private long _restsSince = -1;

    public ClusterScenario(ClusterBug bug, bool migrates)
    {
        Bug = bug;
        Migrates = migrates;
    }

    /// <summary>What is planted.</summary>
    public ClusterBug Bug { get; }

    /// <summary>Ranks.</summary>
    public int RankCount => _ranks.Count;

    public long OperationCount { get; private set; }

    public long OperationsEnd { get; private set; }

    public bool IsDone => _clients.TrueForAll(process => process.Life?.Actor is ClusterClient { IsDone: true });

    public bool IsQuiescent
    {
        get
        {
            bool mayRest = _ranks.TrueForAll(process => RankOf(process) is
                    { State: RankState.Active, PeerTalkUnderWay: 0, FragmentationsUnderWay: 0 })
                && _clients.TrueForAll(process => process.Life?.Actor is ClusterClient { IsBusy: false })
                && AreOpenersDone && !AnyTalk() && HaveMigrationsEnded;
            if (!mayRest)
            {
                _restsSince = -1;
                return false;
            }

            _restsSince = _restsSince < 0 ? _world!.Simulator.NowMicros : _restsSince;
            return _ranks.TrueForAll(process => RankOf(process)!.AuditAtRest().Count == 0)
                || _world!.Simulator.NowMicros - _restsSince > 30_000_000;
        }
    }

    public SimWorldOptions Adjust(SimWorldOptions options, RunSpec spec) =>
        options with
        {
            Objects = DrawnOptions.StoreOf(spec),
            BreaksFifo = Bug == ClusterBug.BreaksFifo,
            NamedPoints = options.NamedPoints + (IsStaging(spec) ? PointsOfStaging : 0UL),
        };

    public void Build(SimWorld world, RunSpec spec)
    {
        _world = world;
        _spec = spec;
        _caps = new CapChecks(world);
        var random = new SeededRandom(spec.Seed);
        int openers = DrawOpeners(out SeededRandom drawn);
        HasOpeners = openers > 0;
        int ranks = random.NextInt(2, 5);
        if (HasOpeners)
            ranks = drawn.NextInt(RanksMin, RanksMax + 1);
        int clients = random.NextInt(1, 5);
        RankOptions options = DrawnOptions.Of(random, spec.Seed) with { TickMicros = 10_000, ReconnectMicros = 50_000 };
        options = HasOpeners ? WithSessions(options) : options;
        if (Migrates && spec.IsWide)
            options = Widen(options, ref ranks);
        _rounds = (spec.Steps / StepsPerOperation / clients) + 1;
        for (int i = 0; i < ranks; i++)
        {
            RankOptions own = options with { Id = new RankId(i) };
            _ranks.Add(world.AddRank(own.Id, life => new ClusterRankActor(life, own, this)));
        }

        world.Add(PeerKind.Map, 0, life => new MapActor(life, ranks), hasDisk: false);
        int[] owners = [.. Enumerable.Range(0, clients).Select(_ => random.NextInt(ranks))];
        if (HasOpeners)
            owners = [.. owners, drawn.NextInt(ranks)];
        Prepare(world, owners);
        _isReady = true;
        for (int i = 0; i < clients; i++)
        {
            int index = i;
            _clients.Add(world.AddClient(new ClientId(i + 1), life => new ClusterClient(life, this, index)));
        }

        AddOpeners(world, openers);
        world.Watch(this);
    }

    /// <summary>Clients that compare stay: what they expect is in their memory.</summary>
    public FaultPlanOptions FaultsOf(SimWorld world, RunSpec spec) => new()
    {
        HorizonMicros = world.Simulator.NowMicros + (spec.Steps * MicrosPerStep),
        Servers = [.. _ranks.Select(process => process.Number)],
        Clients = [.. _openers.Select(process => process.Number)],
        Kinds =
        [
            .. FaultPlanOptions.Survivable, .. Migrates ? [FaultKind.Kill] : (FaultKind[])[],
            .. HasOpeners ? [FaultKind.ClientCrash] : (FaultKind[])[],
        ],
    };

    /// <summary>Number of the client's next operation; -1 when there is none.</summary>
    public long NextOperation(long client, ref long round)
    {
        while (round < _rounds && !_world!.IsSettling)
        {
            long number = (round++ * _clients.Count) + client;
            OperationsEnd = Math.Max(OperationsEnd, number + 1);
            if (!_spec.Operations.Includes(number))
                continue;
            OperationCount++;
            return number;
        }

        return -1;
    }

    /// <summary>What decides everything about an operation.</summary>
    public ulong SeedOf(long number) => TraceHash.Mix(_spec.Seed, (ulong)number);

    /// <summary>Draws an operation. Where clients hold capabilities, no rename has flags yet: with them a client loses what it
    /// changed (C6) in seeds that hold without.</summary>
    public TreeOperation Draw(long number)
    {
        bool isMove = Migrates && TraceHash.Mix(SeedOf(number), MoveSalt) % MoveOneIn == 0;
        SeededRandom random = new(SeedOf(number));
        return isMove ? TreeOperation.DrawMove(random) : TreeOperation.Draw(random, _spec.FlagsRenames && !HasOpeners);
    }

    /// <summary>A request was sent on.</summary>
    public void Forwarded() => _world!.Count(Forwards);

    /// <summary>A request was sent on until it was given up.</summary>
    public void Lost() => _world!.Count(Rounds);

    /// <summary>A client's session was ended while a change of its was under way.</summary>
    public void Evicted() => _world!.Count(TreeScenario.ClientsEvicted);

    /// <summary>A rank's answer is not the model's.</summary>
    public void Differs(ClusterClient client, TreeOperation operation, string difference) =>
        _world!.Report("N1", $"{client}: {operation}: {difference}");

    public void AfterStep(SimWorld world, SimEnvironment? stepped)
    {
        if (stepped is not { IsAlive: true, Actor: ClusterRankActor { Rank.State: RankState.Active } actor }
            || stepped.Process.Life != stepped)
            return;
        _steps++;
        if (_steps % AuditEvery == 0)
            RankAudit.Check(world, actor.Rank);
        if (HasOpeners && _steps % BeliefEvery == 0)
            CheckCaps(actor.Rank, stepped.Self, isQuiescent: false);
        if (_steps % BetweenEvery == 0)
            Between(world, isQuiescent: false);
        // What moves is not as the journal has it: it is in its own right from the start of the freeze on.
        if (_steps % ShadowEvery == 0 && actor.Migrator?.Live().Any() != true)
            RankAudit.Shadow(world, actor.Rank, stepped.Process.LogFile!);
    }

    public void AtQuiescence(SimWorld world)
    {
        foreach (SimProcess process in _ranks)
        {
            Rank rank = RankOf(process)!;
            RankAudit.Check(world, rank);
            if (HasOpeners)
                CheckCaps(rank, process.Life!.Self, isQuiescent: true);
            RankAudit.Shadow(world, rank, process.LogFile!);
            foreach (string problem in rank.AuditAtRest())
                RankAudit.Report(world, problem);
        }

        Between(world, isQuiescent: true);
        world.Count(Compared);
    }

    public void AtEnd(SimWorld world)
    {
        foreach (SimProcess process in _ranks)
        {
            if (process.Broken is not null)
                world.Count(RankAudit.LogsRefused);
            (process.Life?.Actor as ClusterRankActor)?.CountDivisions();
        }

        CountMigrations(world);
    }

    public bool HasEnded => true;

    public void End()
    {
        // A subtree would have to go elsewhere first.
    }

    public string DescribePending() => string.Create(
        CultureInfo.InvariantCulture,
        $"{string.Join("; ", _clients.Concat(_openers).Select(process => process.Life?.Actor))}; "
        + $"{string.Join("; ", _ranks.Select(process => process.Life?.Actor))}; "
        + $"between ranks: {string.Join("; ", ClusterAudit.Find(Serving(), isQuiescent: true))}");

    public void Dispose()
    {
    }

    private static Rank? RankOf(SimProcess process) => (process.Life?.Actor as ClusterRankActor)?.Rank;

    private static void Tell(SimProcess rank, SimProcess from, Message message) => rank.Life!.Take(new RankEvent(
        RankEventKind.Message, From: Peer.Of(new RankId((int)from.Id), from.Incarnation), Message: message));

    /// <summary>Makes the trees and gives each to its rank: all of that is over, and durable, before anything else begins.
    /// </summary>
    private void Prepare(SimWorld world, int[] owners)
    {
        SimProcess process = world.AddClient(new ClientId(100), life => new ClusterSetup(life, owners));
        RunUntil(world, () => process.Life!.Actor is ClusterSetup { IsDone: true });
        var setup = (ClusterSetup)process.Life!.Actor!;
        for (int i = 0; i < owners.Length; i++)
        {
            if (owners[i] != 0)
                Give(world, new DirFrag(setup.Roots[i], Frag.Root), _ranks[owners[i]]);
        }

        RunUntil(world, () => _ranks.TrueForAll(rank => RankOf(rank) is { } each && each.DurableSeq == each.LastSeq));
    }

    private void Give(SimWorld world, DirFrag root, SimProcess to)
    {
        SimProcess from = _ranks[0];
        var giver = (ClusterRankActor)from.Life!.Actor!;
        var taker = (ClusterRankActor)to.Life!.Actor!;
        giver.Giver.Rank!.WritesBackAtOnce = true;
        RunUntil(world, () =>
        {
            Tell(from, to, new GiveSubtree(root, new RankId((int)to.Id)));
            return giver.Giver.Error.IsNone;
        });
        giver.Giver.Rank.WritesBackAtOnce = false;
        Tell(to, from, new TakeSubtree(root, new RankId(0)));
        Invariant.That(taker.Giver.Error.IsNone, taker.Giver.Error.Name);
    }

    private static void RunUntil(SimWorld world, Func<bool> isOver)
    {
        Simulator simulator = world.Simulator;
        long stepsMax = simulator.Steps + SetupStepsMax;
        while (!isOver())
        {
            bool goesOn = simulator.Steps < stepsMax && world.Violation is null && simulator.Step();
            Invariant.That(goesOn, $"the cluster does not get ready: {world.Violation?.What}");
        }
    }

    /// <summary>Is something on its way between two ranks?</summary>
    private bool AnyTalk()
    {
        foreach (SimProcess from in _ranks)
        {
            foreach (SimProcess to in _ranks)
            {
                if (from != to && _world!.Network.InFlight(from.Life!.Self, to.Life!.Self) > 0)
                    return true;
            }
        }

        return false;
    }

    private void Between(SimWorld world, bool isQuiescent)
    {
        foreach (string problem in ClusterAudit.Find(Serving(), isQuiescent))
            RankAudit.Report(world, problem);
    }

    private List<Rank> Serving() =>
        [.. _ranks.Select(RankOf).OfType<Rank>().Where(static rank => rank.State == RankState.Active)];
}
