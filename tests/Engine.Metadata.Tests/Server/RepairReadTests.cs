using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>A repair takes nothing for damaged that it could not read, or read wrong once: it gives such an object up.</summary>
public sealed class RepairReadTests : IDisposable
{
    private const long CacheBytes = 64 << 20;
    private readonly RankHarness _rank = new RankHarness().Start();
    private readonly GatedObjects _objects;

    public RepairReadTests()
    {
        Assert.Equal(IoError.None, _rank.Call(ClientOp.MakeDirectory, "/d").Error);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Create, "/d/f").Error);
        _rank.Rank.Stop();
        _rank.Run();
        _objects = new GatedObjects(_rank.Store, new EffectGate());
    }

    public void Dispose() => _rank.Dispose();

    [Theory]
    [InlineData(5, "EIO")]
    [InlineData(13, "EACCES")]
    public void WhatCannotBeRead_EndsTheRepair(int errno, string name)
    {
        _objects.ReadFailure = new IoError(errno);
        using var repair = new NamespaceRepair(_objects, CacheBytes);
        string? problem = repair.TryBuild();
        Assert.Contains($"cannot be read: {name}", problem, StringComparison.Ordinal);
        Assert.Empty(repair.Damaged);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhatCouldNotBeReadOnce_IsReadAgain(bool isShort)
    {
        (_objects.ReadFailure, _objects.ReadFailures) = isShort ? (IoError.None, 0) : (IoError.Io, 1);
        _objects.ShortReads = isShort ? 1 : 0;
        using var repair = new NamespaceRepair(_objects, CacheBytes);
        Assert.Null(repair.TryBuild());
        Assert.Empty(repair.Damaged);
        Assert.Equal(0, _objects.ShortReads);
    }

    [Fact]
    public void WhatIsWrongTwice_IsDamaged()
    {
        _objects.ShortReads = 2;
        using var repair = new NamespaceRepair(_objects, CacheBytes);
        Assert.Null(repair.TryBuild());
        Assert.Single(repair.Damaged);
    }

    [Fact]
    public void ACheckReadsAgainToo()
    {
        (_objects.ReadFailure, _objects.ReadFailures) = (IoError.Io, 1);
        Assert.Empty(StoreVerdict.Of(_rank.MemoryLog, _objects));
        _objects.ShortReads = 1;
        Assert.Empty(StoreVerdict.Of(_rank.MemoryLog, _objects));
    }
}
