// One rank, its crashes and disks, and several clients, each in a tree of its own: every answer, and at the end everything that
// is there, must be what the reference namespace says. A request whose answer was lost is sent again until there is one, so that
// each operation happens exactly once whatever crashed when.
using System.Globalization;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>One rank, and clients that compare it with the reference namespace.</summary>
internal sealed class TreeScenario : IScenario, IChecker
{
    /// <summary>The scenario's name.</summary>
    public const string Name = "tree";

    /// <summary>Mark of a run: clients that checked nothing any more.</summary>
    public const string ClientsEvicted = "clients evicted";

    /// <summary>Virtual time that a step takes on the average, to place faults by.</summary>
    public const long MicrosPerStep = 60;

    private const int StepsPerOperation = 5;
    private const int AuditEvery = 64;
    private const int ShadowEvery = 512;
    private const int DividedOneIn = 3;

    private readonly List<SimProcess> _clients = [];
    private readonly RestWatch _rest = new();
    private SimWorld? _world;
    private RunSpec _spec = new();
    private SimProcess? _server;
    private long _rounds;
    private long _steps;

    public TreeScenario(TreeBug bug) => Bug = bug;

    /// <summary>What is planted.</summary>
    public TreeBug Bug { get; }

    public long OperationCount { get; private set; }

    public long OperationsEnd { get; private set; }

    public bool IsDone => _clients.TrueForAll(process => process.Life?.Actor is TreeClient { IsDone: true });

    public bool IsQuiescent => _server!.Life?.Actor is RankActor { Rank: var rank } && _rest.IsOver(
        _world!, rank, _clients.TrueForAll(process => process.Life?.Actor is TreeClient { IsBusy: false }));

    public SimWorldOptions Adjust(SimWorldOptions options, RunSpec spec) =>
        options with { Objects = DrawnOptions.StoreOf(spec) };

    public void Build(SimWorld world, RunSpec spec)
    {
        _world = world;
        _spec = spec;
        var random = new SeededRandom(spec.Seed);
        int clients = random.NextInt(1, 5);
        RankOptions options = DrawnOptions.Of(random, spec.Seed);
        if (random.NextInt(DividedOneIn) == 0)
            options = DrawnOptions.Divided(options, random);
        _rounds = (spec.Steps / StepsPerOperation / clients) + 1;
        _server = world.AddRank(new RankId(0), life => new RankActor(life, options));
        for (int i = 0; i < clients; i++)
        {
            int index = i;
            _clients.Add(world.AddClient(new ClientId(i + 1), life => new TreeClient(life, this, index)));
        }

        world.Watch(this);
    }

    /// <summary>Clients stay: what they expect is in their memory.</summary>
    public FaultPlanOptions FaultsOf(SimWorld world, RunSpec spec) => new()
    {
        HorizonMicros = spec.Steps * MicrosPerStep,
        Servers = [_server!.Number],
        Clients = [],
        Extra = FaultPlanOptions.ExtraOf(spec, Bug != TreeBug.None),
    };

    /// <summary>Number of the client's next operation; -1 when there is none.</summary>
    public long NextOperation(long client, ref long round)
    {
        if (round >= _rounds || _world!.IsSettling)
            return -1;
        long number = (round++ * _clients.Count) + client;
        OperationsEnd = Math.Max(OperationsEnd, number + 1);
        if (!_spec.Operations.Includes(number))
            return NextOperation(client, ref round);
        OperationCount++;
        return number;
    }

    /// <summary>Draws an operation.</summary>
    public TreeOperation Draw(long number) =>
        TreeOperation.Draw(new SeededRandom(TraceHash.Mix(_spec.Seed, (ulong)number)), _spec.FlagsRenames);

    /// <summary>A client's session was ended while a change of its was under way: what it knows of its tree ends there.</summary>
    public void Evicted() => _world!.Count(ClientsEvicted);

    /// <summary>A change was refused since the store is read-only.</summary>
    public void RefusedReadOnly() => _world!.Count(ReadOnlyWatch.ChangesRefused);

    /// <summary>A rank's answer is not the model's.</summary>
    public void Differs(TreeClient client, TreeOperation operation, string difference) =>
        _world!.Report("N1", $"{client}: {operation}: {difference}");

    public void AfterStep(SimWorld world, SimEnvironment? stepped)
    {
        if (stepped is not { IsAlive: true, Actor: RankActor actor })
            return;
        RankAudit.CheckStep(world, actor);
        // What the journal makes is whole only where the rank serves.
        if (actor.Rank.State != RankState.Active)
            return;
        if (++_steps % AuditEvery == 0)
            RankAudit.Check(world, actor.Rank);
        // One that was taken over may count as many events as its successor, which made others.
        if (_steps % ShadowEvery == 0 && _server!.Life == stepped)
            RankAudit.Shadow(world, actor.Rank, _server!.LogFile!);
    }

    public void AtQuiescence(SimWorld world)
    {
        if (_server!.Life?.Actor is RankActor actor)
            RankAudit.AtRest(world, actor, _server);
    }

    public void AtEnd(SimWorld world) => RankAudit.AtEnd(world, _server!);

    public bool HasEnded => _server!.Life?.Actor is RankActor { Rank: var rank }
        && (rank.Damage.Count > 0
            || (rank.State == RankState.Stopped && RankAudit.SegmentsOf(_server.LogFile!) == 1));

    /// <summary>What of a directory that cannot be read is in the journal stays there.</summary>
    public void End()
    {
        if (_server!.Life?.Actor is not RankActor { Rank: { Damage.Count: 0 } rank })
            return;
        _world!.Count(Met.HeldAtStop, rank.Caps.Count);
        rank.Stop();
    }

    public string DescribePending() => string.Create(
        CultureInfo.InvariantCulture,
        $"{string.Join("; ", _clients.Select(process => process.Life?.Actor))}; {_server!.Life?.Actor}");

    public void Dispose()
    {
    }
}
