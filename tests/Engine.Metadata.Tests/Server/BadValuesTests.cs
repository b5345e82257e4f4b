using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>Values that lie in the store or in the journal, and cannot be.</summary>
public sealed class BadValuesTests : IDisposable
{
    private readonly RankHarness _rank = new RankHarness().Start();

    public void Dispose() => _rank.Dispose();

    [Fact]
    public void CountsThatAreTooSmall_EndAtZero()
    {
        Ino ino = _rank.Call(ClientOp.MakeDirectory, "/d").Stat.Ino;
        _rank.Call(ClientOp.Create, "/d/f", request => request with { Changes = new AttributeChanges { Size = 100 } });
        _rank.Call(ClientOp.MakeDirectory, "/d/below");
        Dir dir = _rank.Rank.Cache.FindDir(new DirFrag(ino, Frag.Root))!;
        ref DirRecord record = ref _rank.Rank.Cache.Write(dir);
        record.Stat = default;
        record.Recursive = default;
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Unlink, "/d/f").Error);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.RemoveDirectory, "/d/below").Error);
        Assert.Equal(0, _rank.Call(ClientOp.GetAttributes, "/d").Stat.Size);
        Assert.Equal(RankState.Active, _rank.Rank.State);
    }

    [Fact]
    public void NamesThatAreTooFew_EndAtZero()
    {
        _rank.Call(ClientOp.Create, "/f");
        Ino ino = _rank.Call(ClientOp.Link, "/f", request => request with { Path2 = "/g"u8.ToArray() }).Stat.Ino;
        MetadataCache cache = _rank.Rank.Cache;
        cache.WriteInode(cache.FindInode(ino)).LinkCount = 0;
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Unlink, "/g").Error);
        Assert.Equal(RankState.Active, _rank.Rank.State);
    }

    [Fact]
    public void AnEventWithAnInodeOfNoType_IsNotApplied()
    {
        _rank.Call(ClientOp.Create, "/f", request => request with { Changes = new AttributeChanges { Mode = 0x1A4 } });
        _rank.Crash();
        byte[] last = _rank.MemoryLog.Payload(_rank.MemoryLog.Count - 1);
        int mode = last.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xA4, 0x81, 0, 0]);
        Assert.True(mode > 0);
        last[mode + 1] = 0x01;
        _rank.Start();
        Assert.Equal(RankState.Failed, _rank.Rank.State);
        Assert.Contains("says what cannot be", _rank.Rank.Problem, StringComparison.Ordinal);
    }
}
