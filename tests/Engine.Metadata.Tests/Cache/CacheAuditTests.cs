// The audit against planted violations: each invariant is broken once by writing into the cache behind its back.

using Xunit;

namespace Engine.Metadata.Tests;

/// <summary>Every invariant that the audit checks is broken once, and the audit says which.</summary>
public class CacheAuditTests : IDisposable
{
    private readonly CacheFixture _fixture = new();
    private readonly Dir _a;
    private readonly Dir _b;
    private readonly NodeId _file;

    public CacheAuditTests()
    {
        _a = _fixture.Dirs("a");
        _b = _fixture.Dirs("a/b");
        _file = _fixture.File(_b, "file");
        _fixture.File(_b, "other");
    }

    public static TheoryData<string, string> Plants { get; } = new()
    {
        { "A1", "root acts against its pair" },
        { "A6", "kept for a migration without being frozen" },
        { "A8", "dirfrag differs from its inode" },
        { "M1", "root without entry" },
        { "M1", "second subtree pin" },
        { "M2", "bound without link" },
        { "M3", "mergeable root" },
        { "F1", "nested count of a dirfrag" },
        { "F1", "nested count of an inode" },
        { "F2", "auth pin in a frozen tree" },
        { "F3", "auth pin below a frozen tree" },
        { "F4", "freezing without the freezer's pin" },
        { "F5", "counter of frozen trees" },
        { "P2", "pin of a node without a kind" },
        { "P2", "pin of a dirfrag without a kind" },
        { "P2", "waiter pin without waiter" },
        { "N2", "inode index" },
        { "N4", "entry ahead of its dirfrag" },
        { "N4", "committed ahead" },
        { "J6", "dirty without a segment" },
        { "R1", "copy that counts copies" },
        { "P2", "copies without a pin" },
        { "IX", "order of the index" },
        { "IX", "count of null entries" },
        { "IX", "entry of another dirfrag" },
        { "PG", "record without a node" },
        { "PG", "type of a record" },
        { "FT", "frag that is no leaf" },
    };

    private MetadataCache Cache => _fixture.Cache;

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [MemberData(nameof(Plants))]
    public void MG136_APlantedViolationIsFound(string invariant, string what)
    {
        _fixture.Audit();
        Plant(what);
        IReadOnlyList<string> found = Cache.Audit(3);
        Assert.Contains(found, line => line.StartsWith(invariant + ":", StringComparison.Ordinal));
    }

    [Fact]
    public void MG136_AHealthyCacheHasNoFindings()
    {
        Cache.AuthPin(_file);
        Cache.FreezeTree(_a);
        Cache.MarkDirty(_file, 1, 10);
        Assert.Empty(Cache.Audit(3));
    }

    private void Plant(string what)
    {
        ref NodeSide side = ref Cache.Nodes[_file];
        switch (what)
        {
            case "root acts against its pair":
                _fixture.Subtrees.AdjustAuth(_b, Authority.Of(new RankId(1)));
                break;
            case "kept for a migration without being frozen":
                _fixture.Subtrees.AdjustAuth(_b, Authority.Of(new RankId(0), new RankId(0)));
                break;
            case "dirfrag differs from its inode":
                _b.Set(DirState.Auth, false);
                break;
            case "root without entry":
                _b.DirAuth = Authority.Of(new RankId(0));
                break;
            case "second subtree pin":
                Cache.Pin(_fixture.RootDir, PinKind.Subtree);
                break;
            case "bound without link":
                _fixture.Give(_b, 1);
                _a.Spine!.FirstChild = _a.Spine.LastChild = null;
                break;
            case "mergeable root":
                _fixture.Subtrees.AdjustAuth(_b, Authority.Of(new RankId(0)));
                break;
            case "nested count of a dirfrag":
                _a.NestedAuthPins++;
                break;
            case "nested count of an inode":
                Cache.Nodes[_b.Inode].NestedAuthPins++;
                break;
            case "auth pin in a frozen tree":
                Cache.FreezeTree(_a);
                Cache.AddAuthPin(_a);
                break;
            case "auth pin below a frozen tree":
                Cache.FreezeTree(_a);
                Cache.AddAuthPin(_file);
                break;
            case "freezing without the freezer's pin":
                Cache.AuthPin(_file);
                Cache.FreezeTree(_b);
                _b.AuthPins--;
                break;
            case "counter of frozen trees":
                Cache.FrozenTrees++;
                break;
            default:
                PlantInNodes(what, ref side);
                break;
        }
    }

    private void PlantInNodes(string what, ref NodeSide side)
    {
        switch (what)
        {
            case "pin of a node without a kind":
                Cache.Nodes[_b.Inode].Pins++;
                break;
            case "pin of a dirfrag without a kind":
                _b.Pins++;
                break;
            case "waiter pin without waiter":
                Cache.Pin(_b, PinKind.Waiter);
                break;
            case "inode index":
                Cache.WriteInode(_file).Ino = new Ino(0x7777);
                break;
            case "entry ahead of its dirfrag":
                Cache.WriteDentry(_file).Version = 100;
                break;
            case "committed ahead":
                _b.CommittedVersion = 1;
                break;
            case "dirty without a segment":
                Cache.MarkDirty(_b, 0, 1);
                _b.DirtySegment = -1;
                break;
            case "copy that counts copies":
                _fixture.Give(_b, 1);
                CacheFixture.Check(Cache.TryAddReplica(_file, new RankId(2), out _));
                break;
            case "copies without a pin":
                Cache.SetOwnNonce(_file, 1);
                break;
            case "order of the index":
                (_b.Index.Items[0], _b.Index.Items[1]) = (_b.Index.Items[1], _b.Index.Items[0]);
                break;
            case "count of null entries":
                _b.NullCount++;
                break;
            case "entry of another dirfrag":
                side.Dir = _a.Id;
                break;
            case "record without a node":
                CacheFixture.Check(_b.Pages.TryAdd(RecordKind.Link, "ghost"u8, NameHash.Of("ghost"u8), out _));
                break;
            case "type of a record":
                Cache.WriteInode(_file).Mode = FileMode.Directory;
                break;
            case "frag that is no leaf":
                FragTree tree = new();
                Assert.True(tree.TrySplit(Frag.Root, 1));
                Cache.CompanionFor(_b.Inode).Tree = tree;
                break;
            default:
                Assert.Fail($"nothing plants '{what}'");
                break;
        }
    }
}
