using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>What must hold in a rank beside what holds in any cache: each is broken once behind the rank's back, and the audit
/// says which.</summary>
public sealed class RankAuditTests : IDisposable
{
    private readonly RankHarness _rank = new RankHarness().Start();

    public RankAuditTests()
    {
        _rank.Call(ClientOp.MakeDirectory, "/a");
        _rank.Call(ClientOp.Create, "/a/file", request => request with { Flags = OpenFlags.Keep | OpenFlags.Read });
    }

    public static TheoryData<string, string> Plants { get; } = new()
    {
        { "A3", "another rank's" },
        { "A3", "nobody's" },
        { "A5", "between two ranks without a migration" },
        { "P1", "a migration's pin of a dirfrag" },
        { "P1", "a migration's pin of an entry" },
        { "N3", "files of a dirfrag" },
        { "N3", "bytes below a dirfrag" },
        { "C4", "session held for an import" },
    };

    public static TheoryData<string, string> PlantsAtRest { get; } = new()
    {
        { "A7", "between two ranks without a migration" },
        { "A7", "nobody's" },
        { "F6", "frozen tree" },
        { "F6", "freezing dirfrag" },
        { "P2", "auth pin" },
        { "P2", "waiter" },
        { "C5", "session held for an import" },
        { "C5", "capability of an import" },
    };

    private MetadataCache Cache => _rank.Rank.Cache;

    private NodeId File => Entry(Dir, "file");

    private Dir Dir => Cache.FirstDirOf(Entry(Cache.FirstDirOf(Cache.FindInode(Ino.Root))!, "a"))!;

    public void Dispose() => _rank.Dispose();

    [Fact]
    public void MG136_AHealthyRankHasNoFindings()
    {
        Assert.Empty(_rank.Rank.Audit(3));
        Assert.Empty(_rank.Rank.AuditAtRest());
    }

    [Theory]
    [MemberData(nameof(Plants))]
    public void MG136_WhatIsPlantedInARankIsFound(string invariant, string what)
    {
        Plant(what);
        Assert.Contains(_rank.Rank.Audit(3), line => line.StartsWith(invariant + ":", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(PlantsAtRest))]
    public void MG136_WhatIsPlantedInARankAtRestIsFound(string invariant, string what)
    {
        Plant(what);
        Assert.Contains(_rank.Rank.AuditAtRest(), line => line.StartsWith(invariant + ":", StringComparison.Ordinal));
    }

    private NodeId Entry(Dir dir, string name) => Cache.Lookup(dir, CacheFixture.Bytes(name));

    private void Plant(string what)
    {
        switch (what)
        {
            case "between two ranks without a migration":
                Cache.Subtrees.AdjustAuth(Dir, Authority.Of(new RankId(0), new RankId(1)));
                break;
            case "another rank's":
                Cache.Subtrees.AdjustAuth(Dir, Authority.Of(new RankId(5)));
                break;
            case "nobody's":
                Cache.Subtrees.AdjustAuth(Dir, Authority.Undefined);
                break;
            case "a migration's pin of a dirfrag":
                Cache.Pin(Dir, PinKind.ExportBound);
                break;
            case "a migration's pin of an entry":
                Cache.Pin(File, PinKind.TempExporting);
                break;
            case "files of a dirfrag":
                Cache.Write(Dir).Stat.Files++;
                break;
            case "bytes below a dirfrag":
                Cache.Write(Dir).Recursive.Bytes += 7;
                break;
            case "frozen tree":
                Cache.FreezeTree(Dir);
                break;
            case "freezing dirfrag":
                Dir.Set(DirState.FreezingDir, true);
                break;
            case "auth pin":
                Cache.AuthPin(File);
                break;
            default:
                PlantMore(what);
                break;
        }
    }

    private void PlantMore(string what)
    {
        ClientId client = new(1);
        switch (what)
        {
            case "session held for an import":
                _rank.Rank.Sessions.Find(client)!.ImportingCount++;
                break;
            case "capability of an import":
                CapInode inode = _rank.Rank.Caps.Find(Cache.Inode(File).Ino)!;
                _rank.Rank.Caps.BeginImport(inode.Object, _rank.Rank.Sessions.Find(client)!, new CapExportRecord());
                break;
            case "waiter":
                Cache.Wait(Dir, WaitMask.Complete, new Note("late", []));
                break;
            default:
                Assert.Fail($"nothing plants '{what}'");
                break;
        }
    }
}
