using System.Globalization;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Objects;

namespace Engine.Simulation;

/// <summary>A server that keeps a few values, and clients that read and write them: the canary of the simulation, and the
/// example of how a scenario is made.</summary>
internal sealed class ToyScenario : IScenario, IChecker
{
    /// <summary>The scenario's name.</summary>
    public const string Name = "toy";

    private const int PoolBlocks = 500;
    private const long MicrosPerStep = 40;
    private const int StepsPerOperation = 6;

    private readonly ToyBug _bug;
    private readonly BufferPool _pool = new(new BufferPoolOptions { BlockCount = PoolBlocks, HugePages = false });
    private readonly List<SimProcess> _clients = [];
    private SimWorld? _world;
    private RunSpec _spec = new();
    private SimProcess? _server;
    private long _rounds;

    public ToyScenario(ToyBug bug) => _bug = bug;

    public History<RegisterOperation> History { get; } = new();

    public long OperationCount => History.Count;

    public long OperationsEnd { get; private set; }

    public bool IsDone => _clients.TrueForAll(process => ClientOf(process) is { IsDone: true });

    public bool IsQuiescent =>
        _clients.TrueForAll(process => ClientOf(process) is { IsBusy: false }) && _server!.Life?.Actor is ToyServer
        {
            WaitingCount: 0,
        };

    /// <summary>Blocks that are not given back; 0 once the world is disposed.</summary>
    public int BlocksRented => _pool.RentedCount;

    public SimWorldOptions Adjust(SimWorldOptions options, RunSpec spec) => options with
    {
        OpensUnfenced = _bug == ToyBug.DoesNotFence,
        BreaksFifo = _bug == ToyBug.BreaksFifo,
        Objects = new ObjectStoreOptions { Capabilities = new BackendCapabilities(), IsAtomic = false },
    };

    public void Build(SimWorld world, RunSpec spec)
    {
        _world = world;
        _spec = spec;
        var random = new SeededRandom(spec.Seed);
        int clients = random.NextInt(2, 9);
        int keys = random.NextInt(1, 9);
        int snapshotRecords = 1 << random.NextInt(3, 12);
        _rounds = (spec.Steps / StepsPerOperation / clients) + 1;
        world.Network.DigestOf = static message => ((ToyMessage)message).Digest();
        _server = world.AddRank(new RankId(0), life => new ToyServer(life, _pool, keys, snapshotRecords, _bug));
        for (int i = 0; i < clients; i++)
        {
            int index = i;
            _clients.Add(world.AddClient(new ClientId(i), life => new ToyClient(life, this, index, keys)));
        }

        world.Watch(this);
    }

    public FaultPlanOptions FaultsOf(SimWorld world, RunSpec spec) => new()
    {
        HorizonMicros = spec.Steps * MicrosPerStep,
        Servers = [_server!.Number],
        Clients = [.. _clients.Select(process => process.Number)],
    };

    /// <summary>Number of the client's next operation; -1 when there is none.</summary>
    public long NextOperation(long client, ref long round)
    {
        if (round >= _rounds || _world!.IsSettling)
            return -1;
        long number = (round++ * _clients.Count) + client;
        OperationsEnd = Math.Max(OperationsEnd, number + 1);
        return number;
    }

    /// <summary>Does it take place? One that does not leaves a pause in its place, so that the others keep theirs.</summary>
    public bool Includes(long operation) => _spec.Operations.Includes(operation);

    public ulong SeedOf(long operation) => TraceHash.Mix(_spec.Seed, (ulong)operation);

    public void AfterStep(SimWorld world, SimEnvironment? stepped)
    {
        if (stepped?.Actor is ToyServer server
            && server.AcknowledgedEnd > stepped.Process.LogFile!.Durable)
        {
            world.Report(
                "J3", $"acknowledged up to {server.AcknowledgedEnd}, durable up to {stepped.Process.LogFile.Durable}");
        }
    }

    public void AtQuiescence(SimWorld world)
    {
        // A toy at rest has nothing that its clients' histories do not tell.
    }

    public void AtEnd(SimWorld world)
    {
        var model = new RegisterModel();
        foreach (long key in History.Objects)
        {
            if (LinearizabilityChecker.Check(model, History.Of(key)) == LinearizabilityVerdict.Rejected)
                world.Report(Invariants.NotLinearizable, $"key {key} of {History.Of(key).Count} operations");
        }
    }

    public bool HasEnded => true;

    public void End()
    {
        // A toy knows no end but a crash.
    }

    public string DescribePending() => string.Create(
        CultureInfo.InvariantCulture,
        $"{History.OpenCount} operations wait: {string.Join("; ", _clients.Select(process => ClientOf(process)))}");

    public void Dispose() => _pool.Dispose();

    private static ToyClient? ClientOf(SimProcess process) => process.Life?.Actor as ToyClient;
}
