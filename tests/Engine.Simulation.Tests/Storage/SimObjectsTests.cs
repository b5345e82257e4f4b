// The simulated object store against the contract of IObjectBackend, with and without faults.
using System.Text;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Simulation.Tests;

public sealed class SimObjectsTests : IDisposable
{
    private static readonly ObjectStoreOptions s_disk = new()
    {
        Capabilities = new BackendCapabilities { HasReplace = true },
        IsAtomic = false,
    };

    private readonly BufferPool _pool = new(new BufferPoolOptions { BlockCount = 500, HugePages = false });

    public void Dispose()
    {
        Assert.Equal(0, _pool.RentedCount);
        _pool.Dispose();
    }

    [Fact]
    public void WhatIsWrittenIsReadAndListed()
    {
        using var world = new StorageWorld(1, s_disk);
        Write(world, "b", 0, "hello");
        Write(world, "a", 3, "xy");
        Assert.Equal("hello", Read(world, "b", 100));
        Assert.Equal("\0\0\0xy", Read(world, "a", 100));
        Write(world, "b", 1, "E");
        Assert.Equal("hEllo", Read(world, "b", 100));
        var names = new List<string>();
        Assert.Equal(2, world.Run(submission => world.Objects.List("", names, submission)).Bytes);
        Assert.Equal(["a", "b"], names);
        Assert.Equal(5, world.Run(submission => world.Objects.Stat(Target("b"), submission)).Bytes);
        Assert.Equal(IoError.None, world.Run(submission => world.Objects.Truncate(Target("b"), 2, submission)).Error);
        Assert.Equal("hE", Read(world, "b", 100));
        Assert.Equal(IoError.None, world.Run(submission => world.Objects.WriteZeroes(Range("b", 0, 1), submission)).Error);
        Assert.Equal("\0E", Read(world, "b", 100));
        Assert.Equal(IoError.None, world.Run(submission => world.Objects.Remove(Target("b"), submission)).Error);
        Assert.Equal(IoError.NoEntry, world.Run(submission => world.Objects.Remove(Target("b"), submission)).Error);
        Assert.Equal(IoError.NoEntry, world.Run(submission => world.Objects.Stat(Target("b"), submission)).Error);
    }

    [Fact]
    public void AStoreOfWholeObjectsRefusesParts()
    {
        using var world = new StorageWorld(1);
        Assert.Equal(IoError.NotSupported, TryWrite(world, "a", 0, "x").Error);
        Assert.Equal(IoError.None, TryWrite(world, "a", 0, "longer", replaces: true).Error);
        Assert.Equal(IoError.None, TryWrite(world, "a", 0, "new", replaces: true).Error);
        Assert.Equal("new", Read(world, "a", 100));
        Assert.Equal(IoError.NotSupported, world.Run(submission => world.Objects.Truncate(Target("a"), 1, submission)).Error);
        world.Strike(FaultKind.Crash, salt: 4);
        Assert.Equal("new", Read(world, "a", 100));
    }

    [Fact]
    public void AFlushMakesDurableWhatHadCompleted()
    {
        for (ulong salt = 0; salt < 20; salt++)
        {
            using var world = new StorageWorld(2, s_disk);
            Write(world, "a", 0, "flushed");
            Assert.Equal(IoError.None, world.Run(submission => world.Objects.Flush(submission)).Error);
            Assert.Equal(IoError.None, TryWrite(world, "f", 0, "forced", isFua: true).Error);
            world.Strike(FaultKind.Crash, salt: salt);
            Assert.Equal("flushed", Read(world, "a", 100));
            Assert.Equal("forced", Read(world, "f", 100));
        }
    }

    [Fact]
    public void ACrashLosesKeepsOrTearsWhatWasNotFlushed()
    {
        string old = new('o', 2048);
        string young = new('y', 2048);
        var outcomes = new HashSet<string>();
        for (ulong salt = 0; salt < 60; salt++)
        {
            using var world = new StorageWorld(2, s_disk);
            Assert.Equal(IoError.None, TryWrite(world, "a", 0, old, isFua: true).Error);
            Write(world, "a", 0, young);
            world.Strike(FaultKind.Crash, salt: salt);
            string found = Read(world, "a", 4096);
            for (int at = 0; at < found.Length; at += 512)
                Assert.Equal(new string(found[at], 512), found.Substring(at, 512));
            outcomes.Add(found);
        }

        Assert.Contains(old, outcomes);
        Assert.Contains(young, outcomes);
        Assert.True(outcomes.Count > 5, $"{outcomes.Count} outcomes");
    }

    [Fact]
    public void WhatALifeThatWasTakenOverDidNotFlushIsLostWithTheNext()
    {
        var outcomes = new HashSet<string>();
        for (ulong salt = 0; salt < 30; salt++)
        {
            using var world = new StorageWorld(2, s_disk);
            Assert.Equal(IoError.None, TryWrite(world, "a", 0, "old", isFua: true).Error);
            Write(world, "a", 0, "new");
            world.Strike(FaultKind.Takeover, amount: 1_000_000);
            Assert.Equal("new", Read(world, "a", 100));
            world.Strike(FaultKind.Crash, salt: salt);
            outcomes.Add(Read(world, "a", 100));
        }

        Assert.Equal(["new", "old"], outcomes.Order());
    }

    [Fact]
    public void AReplacementIsNeverTorn()
    {
        string old = new('o', 2048);
        string young = new('y', 2000);
        for (ulong salt = 0; salt < 30; salt++)
        {
            using var world = new StorageWorld(2, s_disk);
            Assert.Equal(IoError.None, TryWrite(world, "a", 0, old, isFua: true).Error);
            Assert.Equal(IoError.None, TryWrite(world, "a", 0, young, replaces: true).Error);
            world.Strike(FaultKind.Crash, salt: salt);
            Assert.Contains(Read(world, "a", 4096), new[] { old, young });
        }
    }

    [Fact]
    public void ErrorsFailTheNextOperationsOnly()
    {
        using var world = new StorageWorld(5, s_disk);
        Write(world, "a", 0, "old");
        world.Strike(FaultKind.ObjectError, count: 2);
        Assert.Equal(IoError.Io, TryWrite(world, "a", 0, "new").Error);
        Assert.Equal(IoError.Io, world.Run(submission => world.Objects.Flush(submission)).Error);
        Write(world, "a", 0, "end");
        world.Strike(FaultKind.DiskFull, amount: 1_000_000);
        Assert.Equal(IoError.NoSpace, TryWrite(world, "a", 0, "xxx").Error);
        Assert.Equal("end", Read(world, "a", 100));
    }

    [Fact]
    public void AReadErrorFailsOrBringsAWrongBitOnce()
    {
        int wrong = 0;
        int failed = 0;
        for (ulong seed = 0; seed < 20; seed++)
        {
            using var world = new StorageWorld(seed, s_disk);
            Write(world, "a", 0, "content");
            world.Strike(FaultKind.ReadError, count: 1);
            using BufferList list = ListOf(new string(' ', 7));
            IoResult result = world.Run(submission => world.Objects.Read(new ObjectRead(Target("a"), 0, 7), list, submission));
            failed += result.Failed ? 1 : 0;
            wrong += !result.Failed && TextOf(list, 7) != "content" ? 1 : 0;
            Assert.Equal("content", Read(world, "a", 7));
        }

        Assert.Equal(20, failed + wrong);
        Assert.True(failed > 0 && wrong > 0);
    }

    [Fact]
    public void ALifeThatWasTakenOverChangesNothing()
    {
        using var world = new StorageWorld(5, s_disk);
        SimEnvironment old = world.Life;
        world.Strike(FaultKind.Takeover, amount: 1_000_000);
        using BufferList list = ListOf("late");
        IoResult result = world.Run(submission => old.Objects.Write(new ObjectWrite(Target("a"), 0, 4), list, submission));
        Assert.Equal(IoError.Stale, result.Error);
        Assert.Equal(IoError.NoEntry, world.Run(submission => world.Objects.Stat(Target("a"), submission)).Error);
        Assert.Null(world.World.Store.Superseded);
    }

    /// <summary>A2: where the fence is missing, its change of an object is told.</summary>
    [Fact]
    public void WithoutAFenceALifeThatWasTakenOverIsNoticed()
    {
        using var world = new StorageWorld(5, s_disk, opensUnfenced: true);
        SimEnvironment old = world.Life;
        world.Strike(FaultKind.Takeover, amount: 1_000_000);
        world.Advance(1);
        Write(world, "b", 0, "good");
        Assert.Null(world.World.Store.Superseded);
        using BufferList list = ListOf("late");
        world.Run(submission => old.Objects.Write(new ObjectWrite(Target("a"), 0, 4), list, submission));
        Assert.Equal("life 1 changed object a, and 2 lives", world.World.Store.Superseded);
    }

    private static ObjectTarget Target(string name) => new(new ObjectKey(0, "", "", name), 0);

    private static ObjectRange Range(string name, long offset, long length) => new(Target(name), offset, length);

    private void Write(StorageWorld world, string name, long offset, string text) =>
        Assert.Equal(IoError.None, TryWrite(world, name, offset, text).Error);

    private IoResult TryWrite(
        StorageWorld world, string name, long offset, string text, bool isFua = false, bool replaces = false)
    {
        using BufferList list = ListOf(text);
        var write = new ObjectWrite(Target(name), offset, text.Length) { Fua = isFua, Replaces = replaces };
        return world.Run(submission => world.Objects.Write(write, list, submission));
    }

    private string Read(StorageWorld world, string name, int length)
    {
        using BufferList list = ListOf(new string(' ', length));
        IoResult result =
            world.Run(submission => world.Objects.Read(new ObjectRead(Target(name), 0, length), list, submission));
        Assert.Equal(IoError.None, result.Error);
        return TextOf(list, (int)result.Bytes);
    }

    private BufferList ListOf(string text)
    {
        BufferList list = BufferList.Rent(_pool);
        Assert.True(list.TryAppendCopy(Encoding.ASCII.GetBytes(text)));
        return list;
    }

    private static string TextOf(BufferList list, int length)
    {
        var bytes = new byte[length];
        list.CopyTo(0, bytes);
        return Encoding.ASCII.GetString(bytes);
    }
}
