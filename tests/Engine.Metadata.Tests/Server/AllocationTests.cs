using System.Text;
using Engine.Buffers;
using Engine.Testing;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>What a rank does for callers between its steps allocates nothing.</summary>
public sealed class AllocationTests : IDisposable
{
    private const int Files = 100;

    private readonly RankHarness _rank = new RankHarness().Start();
    private readonly byte[][] _names = [.. Enumerable.Range(0, Files).Select(i => Encoding.UTF8.GetBytes($"file-{i}"))];
    private readonly Ino[] _files = new Ino[Files];
    private readonly Ino _directory;

    public AllocationTests()
    {
        _directory = _rank.Call(ClientOp.MakeDirectory, "/d").Stat.Ino;
        for (int i = 0; i < Files; i++)
            _files[i] = _rank.Call(new ClientRequest(0, ClientOp.Create) { Base = _directory, Path = _names[i] }).Stat.Ino;
    }

    public void Dispose() => _rank.Dispose();

    [Fact]
    public void Lookup_AllocatesNothing()
    {
        int found = 0;
        long bytes = AllocationGate.LeastBytes(() =>
        {
            for (int i = 0; i < Files; i++)
                found += _rank.Rank.TryLookup(_directory, _names[i], out FileStat stat) && stat.Ino == _files[i] ? 1 : 0;
        });
        Assert.Equal(0, bytes);
        Assert.Equal(0, found % Files);
        Assert.True(found > 0);
    }

    [Fact]
    public void Stat_AllocatesNothing()
    {
        int found = 0;
        long bytes = AllocationGate.LeastBytes(() =>
        {
            for (int i = 0; i < Files; i++)
                found += _rank.Rank.TryStat(_files[i], out FileStat stat) && stat.Ino == _files[i] ? 1 : 0;
            found += _rank.Rank.TryStat(_directory, out FileStat directory) && directory.Size == Files ? 0 : 1;
        });
        Assert.Equal(0, bytes);
        Assert.Equal(0, found % Files);
        Assert.True(found > 0);
    }
}
