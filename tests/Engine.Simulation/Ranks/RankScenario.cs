// One rank, its crashes and disks, and several clients on a few names: what clients saw must have an order that explains it, what
// was acknowledged as safe must survive, and the rank's own invariants must hold.
using System.Globalization;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Objects;

namespace Engine.Simulation;

/// <summary>One rank and several clients, with sessions and capabilities.</summary>
/// <param name="bug">What is planted.</param>
/// <param name="clients">How many; 0 for a few, as the seed draws them.</param>
internal sealed class RankScenario(RankBug bug, int clients = 0) : IScenario, IChecker
{
    /// <summary>The scenario's name.</summary>
    public const string Name = "rank";

    /// <summary>The same with <see cref="Crowd"/> clients.</summary>
    public const string CrowdName = "crowd";

    /// <summary>Clients of the crowded form.</summary>
    public const int Crowd = 8;

    /// <summary>Mark of a run: lives of clients that followed others.</summary>
    public const string ClientsBack = "clients that died and came back";

    /// <summary>Mark of a run: syncs that were answered.</summary>
    public const string Syncs = "syncs answered";

    /// <summary>After so long a rank takes a client to be silent.</summary>
    public const long SessionTimeoutMicros = 200_000;

    /// <summary>Virtual time that a step takes on the average, to place faults by.</summary>
    public const long MicrosPerStep = 60;

    /// <summary>In each of so many seeds clients work in a directory that is divided all the time.</summary>
    public const ulong DividedOneIn = 3;

    private const int StepsPerOperation = 4;
    private const int AuditEvery = 64;
    private const int ShadowEvery = 512;
    private const int CheckEvery = 32;

    private readonly History<NameOperation> _history = new();
    private readonly Dictionary<long, (NameOperation Operation, int At)> _pending = [];
    private readonly List<SimProcess> _clients = [];
    private readonly List<(int At, ulong Life)> _abandoned = [];
    private readonly RestWatch _rest = new();
    private readonly LifeWatch _lives = new();
    private readonly ReadOnlyWatch _readOnly = new();
    private SimWorld? _world;
    private RunSpec _spec = new();
    private SimProcess? _server;
    private CapChecks? _checks;
    private long _rounds;
    private long[] _begun = [];
    private long _steps;

    /// <summary>Names that clients work on.</summary>
    public int Names { get; private set; }

    /// <summary>The directory that they are in: one that is split and merged all the time, in one seed of three; else the
    /// root.</summary>
    public string Home { get; private set; } = string.Empty;

    /// <summary>What clients did to attributes.</summary>
    public AttributeWatch Attributes { get; } = new();

    /// <summary>The rank's present life; 0 while it is down.</summary>
    public ulong PresentLife => _server!.Life?.Incarnation ?? 0;

    /// <summary>What watches over capabilities.</summary>
    public CapChecks Checks => _checks!;

    /// <summary>Clients that wait for an answer ask again.</summary>
    public bool RepeatsIntoSilence => bug == RankBug.RepeatsIntoSilence;

    /// <summary>Some renames exchange two names.</summary>
    public bool Exchanges => _spec.FlagsRenames;

    /// <summary>The storm is over: clients begin nothing more, and behave.</summary>
    public bool IsSettling => _world!.IsSettling;

    public long OperationCount => _history.Count;

    public long OperationsEnd { get; private set; }

    public bool IsDone => _clients.TrueForAll(process => process.Life?.Actor is RankClient { IsDone: true });

    public bool IsQuiescent => _server!.Life?.Actor is RankActor { Rank: var rank } && _rest.IsOver(
        _world!, rank,
        _clients.TrueForAll(process => process.Life?.Actor is RankClient { IsBusy: false } client && MayRest(client, rank)));

    public SimWorldOptions Adjust(SimWorldOptions options, RunSpec spec)
    {
        bool claims = bug == RankBug.DoesNotFlush;
        RunSpec drawn = claims ? spec with { IsStoreVolatile = true } : spec;
        return options with
        {
            OpensUnfenced = bug == RankBug.DoesNotFence,
            Objects = DrawnOptions.StoreOf(drawn) with { ClaimsDurable = claims },
        };
    }

    public void Build(SimWorld world, RunSpec spec)
    {
        _world = world;
        _checks = new CapChecks(world);
        _spec = spec;
        var random = new SeededRandom(spec.Seed);
        int few = random.NextInt(2, 6);
        int count = clients > 0 ? clients : few;
        Names = random.NextInt(3, 10);
        RankOptions options = DrawnOptions.Of(random, spec.Seed) with
        {
            TickMicros = 10_000,
            SessionTimeoutMicros = SessionTimeoutMicros,
            SessionAutocloseMicros = 600_000,
            RevokeMicros = 100_000,
            ReconnectMicros = 50_000,
        };
        if (spec.Seed % DividedOneIn == 0)
        {
            Home = "/d";
            Names = random.NextInt(6, 16);
            options = DrawnOptions.Divided(options, random);
        }

        _rounds = (spec.Steps / StepsPerOperation / count) + 1;
        _begun = new long[count];
        _server = world.AddRank(new RankId(0), life => new RankActor(life, options, bug));
        for (int i = 0; i < count; i++)
        {
            int index = i;
            _clients.Add(world.AddClient(new ClientId(i + 1), life => NewClient(life, index)));
        }

        world.Watch(this);
    }

    public FaultPlanOptions FaultsOf(SimWorld world, RunSpec spec) => new()
    {
        HorizonMicros = spec.Steps * MicrosPerStep,
        Servers = [_server!.Number],
        Clients = [.. _clients.Select(process => process.Number)],
        Kinds = [.. FaultPlanOptions.Survivable, FaultKind.ClientCrash],
        Extra = FaultPlanOptions.ExtraOf(spec, bug != RankBug.None && !IsBlind),
    };

    /// <summary>Number of the client's next operation, whichever life of it asks; -1 when there is none.</summary>
    public long NextOperation(long client)
    {
        if (_begun[client] >= _rounds || _world!.IsSettling)
            return -1;
        long number = (_begun[client]++ * _clients.Count) + client;
        OperationsEnd = Math.Max(OperationsEnd, number + 1);
        return number;
    }

    /// <summary>Does it take place? One that does not leaves a pause in its place.</summary>
    public bool Includes(long operation) => _spec.Operations.Includes(operation);

    public ulong SeedOf(long operation) => TraceHash.Mix(_spec.Seed, (ulong)operation);

    /// <summary>An operation goes out.</summary>
    public void Invoked(long number, ClientRequest request, int first, int second)
    {
        if (request.Changes.Size is { } size)
            Checks.MayShrinkTo(size);
        Attributes.Invoked(number, request);
        NameAction action = request.Op switch
        {
            ClientOp.Create => NameAction.Bind,
            ClientOp.Lookup or ClientOp.Open or ClientOp.GetAttributes or ClientOp.SetAttributes => NameAction.Lookup,
            ClientOp.Rename when request.Flags == OpenFlags.Exchange => NameAction.Exchange,
            ClientOp.Rename => NameAction.Rename,
            _ => NameAction.Unbind,
        };
        NameOperation operation = new(action, first, 0, IoError.None, second);
        _pending.Add(number, (operation, _history.Invoke(0, operation)));
    }

    /// <summary>An operation is over, and what it did is safe.</summary>
    /// <param name="number">The operation.</param>
    /// <param name="reply">The answer.</param>
    /// <param name="isFirst">It was asked once.</param>
    public void Responded(long number, ClientReply reply, bool isFirst)
    {
        Attributes.Responded(number, reply, isFirst);
        if (reply.Error == IoError.ReadOnly)
            _world!.Count(ReadOnlyWatch.ChangesRefused);
        _pending.Remove(number, out (NameOperation Operation, int At) pending);
        ulong ino = reply.Error.IsNone ? reply.Stat.Ino.Value : 0;
        _history.Respond(pending.At, pending.Operation with { Ino = ino, Error = reply.Error });
    }

    /// <summary>A flush was acknowledged.</summary>
    public void Flushed(SimFlush flush, bool isTaken)
    {
        Attributes.Flushed(flush, isTaken);
        _readOnly.NoteFlush(_world!, _server!, isTaken);
        if (isTaken)
            Checks.NoteFlushed(flush);
    }

    /// <summary>What a client had ended, since it was not heard.</summary>
    public void LeaseEnded() => _world!.Count(Met.LeasesEnded);

    /// <summary>Number of the newest event of a life of the rank; -1 once it has ended.</summary>
    public long LastSeqOf(Peer rank) => RankOf(rank)?.LastSeq ?? -1;

    /// <summary>A sync was answered: what there was when it was sent must be durable.</summary>
    public void Synced(RankClient client, Peer rank, long seq)
    {
        _world!.Count(Syncs);
        if (RankOf(rank) is { } asked && asked.DurableSeq < seq)
            _world.Report("J3", $"{client}: its sync is answered, events are durable up to {asked.DurableSeq}, not {seq}");
    }

    /// <summary>Nobody will hear what became of an operation. What the rank's present life does not do is not done.</summary>
    public void Abandoned(long number)
    {
        Attributes.Abandoned(number, PresentLife);
        if (_pending.Remove(number, out (NameOperation Operation, int At) pending))
            _abandoned.Add((pending.At, PresentLife));
    }

    public void AfterStep(SimWorld world, SimEnvironment? stepped)
    {
        Attributes.Expire(PresentLife);
        if (_abandoned.Count > 0)
            ExpireAbandoned();
        _lives.Check(world, _server!);
        _readOnly.Check(world, _server!);
        if (stepped is { IsAlive: true, Actor: RankActor actor })
            AfterRankStep(world, stepped, actor);
        else if (stepped is { IsAlive: true, Actor: RankClient { Serving: { } rank } client } && RankOf(rank) is { } serving)
            Checks.CheckBelief(serving, rank, stepped.Self, client);
    }

    private void AfterRankStep(SimWorld world, SimEnvironment stepped, RankActor actor)
    {
        RankAudit.CheckStep(world, actor);
        // What clients have and what the journal makes is whole only where the rank serves.
        if (actor.Rank.State != RankState.Active)
            return;
        // A life that was taken over knows of nothing since.
        if (_server!.Life == stepped)
            Checks.CheckStep(actor.Rank, stepped.Self, _clients, actor.Touched);
        if (++_steps % CheckEvery != 0)
            return;
        if (_server.Life == stepped)
            Checks.Check(actor.Rank, stepped.Self, _clients);
        if (_steps % AuditEvery == 0)
            RankAudit.Check(world, actor.Rank);
        // One that was taken over may count as many events as its successor, which made others.
        if (_steps % ShadowEvery == 0 && _server.Life == stepped)
            RankAudit.Shadow(world, actor.Rank, _server.LogFile!);
    }

    public void AtQuiescence(SimWorld world)
    {
        if (_server!.Life is { Actor: RankActor actor } life)
        {
            RankAudit.AtRest(world, actor, _server, IsBlind);
            Checks.Check(actor.Rank, life.Self, _clients);
        }
    }

    public void AtEnd(SimWorld world)
    {
        RankAudit.AtEnd(world, _server!, IsBlind);
        if (_history.Count == 0)
            return;
        Attributes.Judge(world);
        LinearizabilityVerdict verdict = NamesChecker.Check(Names, _history.Of(0), out int first, out int second);
        world.Count($"{Invariants.NotLinearizable} {verdict}");
        if (verdict == LinearizabilityVerdict.Rejected)
            world.Report(Invariants.NotLinearizable, $"names n{first} and n{second}, of {_history.Count} operations");
    }

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
        $"{_history.OpenCount} operations wait: {string.Join("; ", _clients.Select(process => process.Life?.Actor))}; "
        + $"{_server!.Life?.Actor}");

    public void Dispose()
    {
    }

    private RankClient NewClient(SimEnvironment life, int index)
    {
        if (life.Incarnation > 1)
            _world!.Count(ClientsBack);
        return new RankClient(life, this, index);
    }

    private bool IsBlind => bug == RankBug.SkipsAChecksum;

    private Rank? RankOf(Peer peer) =>
        _server!.Life is { Actor: RankActor actor } life && life.Self == peer ? actor.Rank : null;

    private void ExpireAbandoned()
    {
        ulong present = PresentLife;
        for (int i = _abandoned.Count - 1; i >= 0; i--)
        {
            if (_abandoned[i].Life == present && present != 0)
                continue;
            _history.Expire(_abandoned[i].At);
            _abandoned.RemoveAt(i);
        }
    }

    /// <summary>What a client flushes to a file whose directory cannot be read is never answered.</summary>
    private static bool MayRest(RankClient client, Rank rank) => !client.IsFlushing || rank.Damage.Count > 0;
}
