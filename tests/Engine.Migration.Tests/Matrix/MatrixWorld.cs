// Three ranks, one of which gives another a region: a directory with one below it, and a bound that is the third's, which has
// copies of the rest. A client asks for files in it while all of that goes on; it has one of the region open, too, and has
// changed it.
//
// Invariant: what the harness does follows from the case alone, so that a run can be had again.

using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>One run of the kill matrix.</summary>
internal sealed partial class MatrixWorld : IDisposable
{
    private const long Second = 1_000_000;
    private const long Step = Second / 10;
    private const long Long = 3600 * Second;
    private const long OwnClient = 9;
    private const long FileSize = 500;

    private static readonly (int From, int To, int Third)[] s_places = [(1, 2, 0), (0, 1, 2), (2, 1, 0), (1, 0, 2)];
    private static readonly int[] s_effects = [0, 1, 3, 8];

    private readonly KillCase _case;
    private readonly SeededRandom _random;
    private readonly MigrationHarness _world;
    private readonly MatrixChannels _channels;
    private readonly MigrationClient _client;
    private readonly SortedSet<int> _dead = [];
    private readonly HashSet<int> _hasDied = [];
    private readonly HashSet<KillPoint> _reached = [];
    private readonly int _from;
    private readonly int _to;
    private readonly int _third;
    private readonly DirFrag _root;
    private readonly DirFrag _bound;
    private readonly Ino _file;
    private readonly int _effects;
    private readonly long _silence;
    private readonly List<MatrixRequest> _asked = [];
    private bool _isGiven;
    private bool _isMended;

    public MatrixWorld(KillCase each)
    {
        _case = each;
        _random = each.Random();
        (_from, _to, _third) = s_places[_random.NextInt(s_places.Length)];
        // The first seed dies before anything of the step gets out, and the others hear of it at once.
        _effects = each.Seed == 1 ? 0 : s_effects[_random.NextInt(s_effects.Length)];
        _silence = each.Seed == 1 ? 0 : _random.NextInt(3) * 7 * Second;
        _world = new MigrationHarness(3, reconnectMicros: 4 * Second, configure: static own => own with
        {
            SessionTimeoutMicros = Long, SessionAutocloseMicros = 2 * Long,
        });
        _root = _world.Make("/a", 3);
        _world.Make("/a/b", 2);
        _bound = _world.Make("/a/x", 2);
        if (_from != 0)
            _world.Move(0, _from, _root);
        _world.Move(_from, _third, _bound);
        _world.Learn(_third, "a", "b", "f1");
        _client = new MigrationClient(_world.Cluster, OwnClient, Long, [0, 1, 2]);
        _file = _client.Open(_from, "/a/f1").Ino;
        _client.Write(_from, _file, FileSize);

        _world.AssertAtRest();
        _channels = new MatrixChannels(_world.Cluster, each.Model, _random, (_from, _to, _third));
    }

    /// <summary>Does the exporter's journal say that the region is the importer's?</summary>
    public bool IsGiven { get; private set; }

    /// <summary>Had somebody died before the others were told of anything?</summary>
    public bool WasCut { get; private set; }

    /// <summary>Carries it out.</summary>
    public void Run()
    {
        Arm();
        _channels.Begin();
        Migrate();
        Silence();
        Mend();
        Check();
    }

    public void Dispose() => _world.Dispose();

    private void Arm()
    {
        Listen(_from, _case.Exporter);
        Listen(_to, _case.Importer);
        // A recovery has points too.
        _world.Made = rank => Listen(rank, rank == _to ? _case.Importer : KillPoint.None);
        // Nobody undoes an import in that way unless its exporter has died.
        if (_case is { Importer: KillPoint.Import10, Exporter: KillPoint.None })
            Listen(_to, KillPoint.Import7, _from);
        if (_case.Effect >= 0)
            Kill(_case.Effect % 2 == 0 ? _from : _to, _case.Effect / 2);
    }

    /// <summary>Once a rank reaches the point somebody dies.</summary>
    private void Listen(int rank, KillPoint point, int? victim = null)
    {
        Migrator migrator = _world[rank];
        Action<KillPoint>? before = migrator.Reached;
        migrator.Reached = reached =>
        {
            before?.Invoke(reached);
            _reached.Add(reached);
            _isGiven |= rank == _from && reached == KillPoint.Export11;
            if (reached == point && point != KillPoint.None && !_isMended)
                Kill(victim ?? rank, _effects);
        };
    }

    private void Kill(int rank, int effects)
    {
        if (!_hasDied.Add(rank))
            return;
        _dead.Add(rank);
        _world.Cluster[rank].Gate.Open(effects);
    }

    private void Migrate()
    {
        _asked.Add(Ask(_from, "/a/b/early"));
        Assert.Equal(MigrationRefusal.None, _world[_from].Export(_root, new RankId(_to)));
        _world.Cluster[_from].Post(new RankEvent(RankEventKind.Posted));
        Settle();
        _asked.Add(Ask(_third, "/a/b/late"));
        Settle();
        for (int i = 0; i < 600 && !IsAnyCut && AnyLive(); i++)
            Advance();
    }

    private bool IsAnyCut => _dead.Any(rank => _world.Cluster[rank].Gate.IsCut);

    /// <summary>Whoever is dead is not known to be, for a while.</summary>
    private void Silence()
    {
        for (long left = _dead.Count > 0 ? _silence : 0; left > 0; left -= Step)
            Advance();
    }

    /// <summary>Who was killed dies, the others hear of it, and a new life begins, as the policy says.</summary>
    private void Mend()
    {
        WasCut = IsAnyCut;
        int never = _case.Policy switch
        {
            RestartPolicy.ExporterNever => _from,
            RestartPolicy.ImporterNever => _to,
            _ => -1,
        };
        if (never >= 0 && _hasDied.Add(never))
            _dead.Add(never);
        _channels.Recover();
        for (int round = 0; round < 4 && _dead.Count > 0; round++)
        {
            int[] dead = [.. _dead];
            _dead.Clear();
            foreach (int rank in dead)
                Crash(rank);
            Settle();
            foreach (int rank in dead.Where(each => each != never))
                Start(rank);
            Rest();
        }

        _isMended = true;
        if (never >= 0)
        {
            CheckWithout(never);
            Start(never);
            Rest();
        }

        _channels.End();
        Rest();
        IsGiven = _isGiven || JournalWords.Gives(_world.Cluster[_from].MemoryLog, _root);
    }

    private void Crash(int rank)
    {
        _client.Disconnect(rank, tellsRank: false);
        _world.Cluster.Crash(rank);
        if (rank == _from)
            _isGiven |= JournalWords.Gives(_world.Cluster[_from].MemoryLog, _root);
    }

    private void Start(int rank)
    {
        _world.Cluster.Start(rank);
        _client.Connect(rank);
    }

    /// <summary>Lets time pass until nothing is left to do, a minute at most, or until somebody dies.</summary>
    private void Rest()
    {
        for (int i = 0; i < 600 && (i % 4 != 0 || i == 0 || !IsAtRest()); i++)
        {
            Advance();
            if (_dead.Count > 0)
                return;
        }
    }

    private void Advance()
    {
        _world.Cluster.Advance(Step, Step);
        _client.AskAgain();
        Settle();
    }

    /// <summary>All runs that can run without time, clients and the ends of channels among it.</summary>
    private void Settle()
    {
        do
            _client.Run();
        while (_channels.TryReset());
    }

    private bool AnyLive() => Enumerable.Range(0, 3).Any(rank => _world[rank].Live().Any());

    /// <summary>Is nothing left to do but what waits for ranks that are not there?</summary>
    private bool IsAtRest() => _world.Cluster.IsQuiet && (!_isMended || IsAnswered) && Ranks(isUp: true).All(rank =>
        _world.Cluster[rank].Rank is { State: RankState.Active, PeerTalkUnderWay: 0 } life
        && _world[rank].Live().All(each => !_world.Cluster.IsUp(each.Id.Exporter.Value))
        && life.Services.GivenExports.All(each => !_world.Cluster.IsUp(each.Peer.Value)));

    private bool IsAnswered => _asked.TrueForAll(each => each.IsDone(_client));

    private IEnumerable<int> Ranks(bool isUp) => Enumerable.Range(0, 3).Where(rank => _world.Cluster.IsUp(rank) == isUp);

    private MatrixRequest Ask(int rank, string path)
    {
        MatrixRequest asked = new(rank, path);
        asked.Begin(_client);
        return asked;
    }
}
