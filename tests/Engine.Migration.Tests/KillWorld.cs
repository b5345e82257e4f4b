using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Three ranks, one of which gives a region with a directory, a bound and a rank with copies to another; ranks die
/// at kill points.</summary>
internal sealed class KillWorld : IDisposable
{
    private static readonly string[] s_names = ["b", "f0", "f1", "f2", "x"];

    private readonly MigrationHarness _world = new(3);
    private readonly SortedSet<int> _dead = [];
    private readonly int _from;
    private readonly int _to;
    private readonly DirFrag _root;
    private readonly DirFrag _below;
    private readonly DirFrag _bound;
    private bool _drops;
    private bool _isMended;

    public KillWorld(int from, int to, int third)
    {
        (_from, _to) = (from, to);
        _root = _world.Make("/a", 3);
        _below = _world.Make("/a/b", 2);
        _bound = _world.Make("/a/x", 2);
        if (from != 0)
            _world.Move(0, from, _root);
        _world.Move(from, third, _bound);
        _world.Learn(third, "a", "b", "f1");
        _world.Cluster.Holds = (sender, receiver, _) => _drops && (_dead.Contains(sender) || _dead.Contains(receiver));
    }

    public MigrationHarness Harness => _world;

    public DirFrag Root => _root;

    /// <summary>At its next step's effect of that number a rank is dead, once somebody has reached a point.</summary>
    public void KillAt(KillPoint point, int victim, int effects, bool drops)
    {
        bool isOver = false;
        for (int i = 0; i < _world.Cluster.Count; i++)
        {
            Action<KillPoint>? before = _world[i].Reached;
            _world[i].Reached = reached =>
            {
                before?.Invoke(reached);
                if (reached != point || isOver || _isMended || !_dead.Add(victim))
                    return;
                isOver = true;
                _drops |= drops;
                _world.Cluster[victim].Gate.Open(effects);
            };
        }
    }

    /// <summary>Begins the migration.</summary>
    public void Migrate()
    {
        Assert.Equal(MigrationRefusal.None, _world[_from].Export(_root, new RankId(_to)));
        if (!_world.Cluster[_from].Gate.IsCut)
            _world.Poke(_from);
    }

    /// <summary>Who was killed dies, the others hear of it, and a new life begins.</summary>
    public void Mend()
    {
        for (int round = 0; round < 4 && _dead.Count > 0; round++)
        {
            int[] dead = [.. _dead];
            _drops = false;
            _dead.Clear();
            foreach (int rank in dead)
                _world.Cluster.Crash(rank);
            _world.Cluster.Run();
            foreach (int rank in dead)
                _world.Cluster.Start(rank);
            _world.Cluster.Run();
        }

        _isMended = true;
        _world.Cluster.Advance(30_000_000, 500_000);
    }

    /// <summary>K1 to K9 as far as they can be seen from here.</summary>
    public void Check(int? expected)
    {
        int owner = Owner();
        if (expected is not null)
            Assert.Equal(expected, owner);
        CheckNames(owner);
        for (int rank = 0; rank < 3; rank++)
            Assert.Equal(IoError.None, _world.Cluster.Call(rank, ClientOp.Create, $"/a/b/after{rank}").Error);

        // A new migration succeeds, to any rank, and nothing changes when everybody begins anew.
        int next = (owner + 1) % 3;
        _world.Move(owner, next, _root);
        _world.Cluster.Advance(3_000_000);
        Assert.Equal(next, Owner());
        CheckNames(next);
        for (int rank = 0; rank < 3; rank++)
        {
            _world.Cluster.Crash(rank);
            _world.Cluster.Start(rank);
        }

        _world.Cluster.Advance(3_000_000);
        Assert.Equal(next, Owner());
        CheckNames(next);
    }

    public void Dispose() => _world.Dispose();

    /// <summary>Who has it, when all agree.</summary>
    private int Owner()
    {
        _world.AssertAtRest();
        ClusterChecks.Expect(_world.Cluster);
        return Enumerable.Range(0, 3).Single(rank => _world.Cache(rank).FindDir(_root) is { IsAuth: true });
    }

    private void CheckNames(int owner)
    {
        Assert.Equal(s_names, List("/a"));
        Assert.Equal(["f0", "f1"], List("/a/b").Where(name => !name.StartsWith("after", StringComparison.Ordinal)));
        Assert.Equal(["f0", "f1"], List("/a/x"));
        Assert.True(_world.Cache(owner).FindDir(_below) is null or { IsAuth: true });
        Assert.False(_world.Cache(owner).FindDir(_bound) is { IsAuth: true, IsSubtreeRoot: true });
    }

    private List<string> List(string path)
    {
        ClientReply reply = _world.Cluster.Call(0, ClientOp.ReadDirectory, path);
        Assert.Equal(IoError.None, reply.Error);
        return [.. reply.Items.Select(item => Encoding.UTF8.GetString(item.Name.Span)).Order(StringComparer.Ordinal)];
    }
}
