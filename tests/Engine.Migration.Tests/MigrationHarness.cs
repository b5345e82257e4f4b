using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Several ranks that can migrate, over one store, in a world that a test steps.</summary>
internal sealed class MigrationHarness : IDisposable
{
    /// <summary>Nothing is begun again by itself.</summary>
    public static readonly MigrationOptions Once = new() { BackOffMicros = 0 };

    private readonly Migrator[] _migrators;

    public MigrationHarness(
        int ranks, MigrationOptions? options = null, long reconnectMicros = 0, Func<RankOptions, RankOptions>? configure = null)
    {
        _migrators = new Migrator[ranks];
        Cluster = new ClusterHarness(
            ranks,
            each => (configure ?? (static own => own))(each with
            {
                TickMicros = 100_000, CheckLevel = 3, ReconnectMicros = reconnectMicros,
            }),
            MigrationFormats.Create(),
            (rank, life) =>
            {
                life.Add(_migrators[rank] = new Migrator(options ?? Once));
                Made?.Invoke(rank);
            });
        Cluster.Start();
    }

    public ClusterHarness Cluster { get; }

    /// <summary>Hears of each life's migrator before that life begins.</summary>
    public Action<int>? Made { get; set; }

    public Migrator this[int rank] => _migrators[rank];

    public MetadataCache Cache(int rank) => Cluster[rank].Rank.Cache;

    /// <summary>Makes a directory with files at rank 0.</summary>
    public DirFrag Make(string path, int files)
    {
        Assert.Equal(IoError.None, Cluster.Call(0, ClientOp.MakeDirectory, path).Error);
        for (int i = 0; i < files; i++)
            Assert.Equal(IoError.None, Cluster.Call(0, ClientOp.Create, $"{path}/f{i}").Error);
        return DirOf(0, path).Name;
    }

    /// <summary>The open dirfrag of a directory.</summary>
    public Dir DirOf(int rank, string path)
    {
        MetadataCache cache = Cache(rank);
        NodeId at = cache.FindInode(Ino.Root);
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
            at = cache.Lookup(at, Encoding.UTF8.GetBytes(name));
        return cache.FirstDirOf(at)!;
    }

    /// <summary>Has a rank give a subtree to another, and runs until nothing is left to do but timers.</summary>
    public void Move(int from, int to, DirFrag root)
    {
        Assert.Equal(MigrationRefusal.None, this[from].Export(root, new RankId(to)));
        Poke(from);
    }

    /// <summary>Has a rank do what it was told from outside its steps.</summary>
    public void Poke(int rank)
    {
        Cluster[rank].Post(new RankEvent(RankEventKind.Posted));
        Cluster.Run();
    }

    /// <summary>Has a rank learn a path from whoever is authority over it.</summary>
    public void Learn(int rank, params string[] path)
    {
        Locator locator = new(Cluster[rank].Rank.Services, [.. path.Select(Encoding.UTF8.GetBytes)]);
        locator.Run(IoError.None);
        Poke(rank);
        Assert.Equal(IoError.None, locator.Error);
    }

    /// <summary>Names in the directory that a rank has in memory.</summary>
    public List<string> NamesAt(int rank, DirFrag name)
    {
        Dir dir = Cache(rank).FindDir(name)!;
        List<string> names = [];
        for (int i = 0; i < dir.Count; i++)
            names.Add(Encoding.UTF8.GetString(Cache(rank).NameOf(MetadataCache.EntryAt(dir, i))));
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <summary>Messages of migrations that arrived, by class, in order.</summary>
    public IEnumerable<string> Said() =>
        Cluster.Delivered.Where(each => each.Message is IMigrationMessage)
            .Select(each => $"{each.From}>{each.To} {each.Message.GetType().Name}");

    /// <summary>Nothing of any migration is left, and nothing is wrong.</summary>
    public void AssertAtRest()
    {
        for (int i = 0; i < Cluster.Count; i++)
        {
            Assert.True(Cluster[i].Rank.State == RankState.Active, $"{Cluster[i].Rank.State}: {Cluster[i].Rank.Problem}");
            Assert.Empty(this[i].Live());
            Assert.Equal((0L, ""), (this[i].Counters.Violations, this[i].Counters.LastViolation));
            Assert.Equal((0, 0), (Cache(i).FreezingTrees, Cache(i).FrozenTrees));
            Assert.Empty(Cluster[i].Rank.Audit(3));
            Assert.Empty(Cluster[i].Rank.AuditAtRest());
            foreach (Dir dir in Cache(i).Dirs)
            {
                Assert.False(dir.DirAuth.IsAmbiguous);
                Assert.False(dir.Has(DirState.Exporting | DirState.Importing | DirState.ExportBound | DirState.ImportBound));
            }
        }
    }

    public void Dispose() => Cluster.Dispose();

    private sealed class Locator(RankServices rank, byte[][] path) : Continuation
    {
        public IoError Error { get; private set; } = IoError.Again;

        public override void Run(IoError error) => Error = error.Failed ? error : rank.Locate(this, Ino.Root, path, out _);
    }
}
