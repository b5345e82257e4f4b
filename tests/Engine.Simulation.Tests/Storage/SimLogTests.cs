// The simulated log against the contract of ILog, with and without faults.
using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Objects;

namespace Engine.Simulation.Tests;

public sealed class SimLogTests : IDisposable
{
    private readonly BufferPool _pool = new(new BufferPoolOptions { BlockCount = 500, HugePages = false });
    private readonly StorageWorld _world;

    public SimLogTests() => _world = new StorageWorld(11);

    public void Dispose()
    {
        _world.Dispose();
        Assert.Equal(0, _pool.RentedCount);
        _pool.Dispose();
    }

    [Fact]
    public void RecordsAreReadBackInOrderOnceFlushed()
    {
        for (int i = 0; i < 200; i++)
            Append($"record {i}");
        Assert.Empty(ReadAll());
        Assert.Equal(IoError.None, Flush());
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"record {i}"), ReadAll());
        Assert.Equal(Log.End, Log.Durable);
        Assert.NotEqual(0, Log.Start);
    }

    [Fact]
    public void ACrashKeepsWhatWasFlushedAndAPrefixOfTheRest()
    {
        var kept = new SortedSet<int>();
        for (ulong salt = 0; salt < 40; salt++)
        {
            using var world = new StorageWorld(3);
            for (int i = 0; i < 5; i++)
                Append(world, $"flushed {i}");
            Assert.Equal(IoError.None, Run(world, submission => world.Log.Flush(submission)));
            for (int i = 0; i < 5; i++)
                Append(world, $"volatile {i}");
            world.Strike(FaultKind.Crash, salt: salt);
            List<string> found = ReadAll(world);
            int rest = found.Count - 5;
            Assert.InRange(rest, 0, 5);
            Assert.Equal(Enumerable.Range(0, 5).Select(i => $"flushed {i}"), found.Take(5));
            Assert.Equal(Enumerable.Range(0, rest).Select(i => $"volatile {i}"), found.Skip(5));
            kept.Add(rest);
        }

        Assert.Equal([0, 1, 2, 3, 4, 5], kept);
    }

    [Fact]
    public void AFlushInFlightIsNoPromise()
    {
        Append("one");
        bool isOver = false;
        _world.Submit(submission => Log.Flush(submission), _ => isOver = true);
        _world.Strike(FaultKind.Crash, salt: 1);
        Assert.False(isOver);
        Assert.InRange(ReadAll().Count, 0, 1);
    }

    [Fact]
    public void AnErrorEndsTheLogForThisLife()
    {
        Append("one");
        _world.Strike(FaultKind.LogError, count: 1);
        Assert.Equal(IoError.Io, Flush());
        Assert.Equal(IoError.Io, TryAppend("two"));
        Assert.Equal(IoError.Io, Flush());
        _world.Strike(FaultKind.Crash);
        Append("three");
        Assert.Equal(IoError.None, Flush());
        Assert.Equal("three", ReadAll()[^1]);
    }

    [Fact]
    public void AFullDiskRefusesUntilThereIsRoom()
    {
        _world.Strike(FaultKind.DiskFull, amount: 1000);
        Assert.Equal(IoError.NoSpace, TryAppend("one"));
        _world.Advance(1001);
        Append("one");
        Assert.Equal(IoError.None, Flush());
    }

    [Fact]
    public void AnOlderLifeIsFencedOff()
    {
        SimEnvironment old = _world.Life;
        Append("before");
        bool isFenced = false;
        _world.Submit(submission => old.Log.Flush(submission), result => isFenced = result.Error == IoError.Stale);
        _world.Strike(FaultKind.Takeover, amount: 1_000_000);
        _world.Advance(100_000);
        Assert.True(isFenced);
        using BufferList list = ListOf("late");
        Assert.Equal(IoError.Stale, old.Log.Append(list, out _));
        Append("after");
        Assert.Equal(IoError.None, Flush());
        Assert.Equal("after", ReadAll()[^1]);
        Assert.True(Log.Incarnation > old.Log.Incarnation);
    }

    [Fact]
    public void AFenceMustBeNewer()
    {
        Assert.Equal(IoError.Stale, Run(_world, submission => Log.Fence(Log.Incarnation, submission)));
        Assert.Equal(IoError.None, Run(_world, submission => Log.Fence(Log.Incarnation + 5, submission)));
        Append("one");
        Assert.Equal(IoError.None, Flush());
    }

    [Fact]
    public void ATrimmedRecordIsGone()
    {
        var positions = new List<long>();
        for (int i = 0; i < 3000; i++)
        {
            positions.Add(Append($"record {i}"));
            // A record holds its blocks until it is durable.
            if (i % 100 == 99)
                Assert.Equal(IoError.None, Flush());
        }

        Assert.Equal(IoError.None, Run(_world, submission => Log.Trim(positions[2500], submission)));
        Assert.Equal(positions[2500], Log.Start);
        Assert.Equal("record 2500", ReadAll()[0]);
        using var batch = new LogBatch(_pool, 100);
        Assert.Equal(IoError.NoEntry, Run(_world, submission => Log.Read(positions[0], batch, submission)));
        Append("last");
        Assert.Equal(IoError.None, Flush());
        Assert.Equal(501, ReadAll().Count);
    }

    [Fact]
    public void AFlippedBitKeepsTheProcessDown()
    {
        for (int i = 0; i < 10; i++)
            Append($"record {i}");
        Assert.Equal(IoError.None, Flush());
        _world.Strike(FaultKind.BitFlip, count: 2);
        using (var batch = new LogBatch(_pool, 4000))
        {
            IoError error = Run(_world, submission => Log.Read(Log.Start, batch, submission));
            Assert.True(error == IoError.Damaged || batch.Count < 10);
        }

        _world.Strike(FaultKind.Crash);
        Assert.Contains("damaged at", _world.Process.Broken, StringComparison.Ordinal);
        Assert.Null(_world.Process.Life);
    }

    [Fact]
    public void BytesThatChangeBeforeTheirFlushAreReported()
    {
        BufferList list = ListOf("stays");
        Assert.Equal(IoError.None, Log.Append(list, out _));
        list.CopyFrom(0, "moves"u8);
        list.Dispose();
        Assert.Equal(IoError.None, Flush());
        Assert.Equal(Invariants.BufferChanged, _world.World.Violation?.Invariant);
    }

    private ILog Log => _world.Log;

    private IoError Flush() => Run(_world, submission => Log.Flush(submission));

    private List<string> ReadAll() => ReadAll(_world);

    private List<string> ReadAll(StorageWorld world)
    {
        var found = new List<string>();
        using var batch = new LogBatch(_pool, 500);
        long position = world.Log.Start;
        do
        {
            Assert.Equal(IoError.None, Run(world, submission => world.Log.Read(position, batch, submission)));
            for (int i = 0; i < batch.Count; i++)
            {
                var bytes = new byte[batch[i].Length];
                batch.Payload.CopyTo(batch[i].Offset, bytes);
                found.Add(Encoding.ASCII.GetString(bytes));
            }

            position = batch.Next;
        }
        while (batch.Count > 0);
        return found;
    }

    private long Append(string text) => Append(_world, text);

    private long Append(StorageWorld world, string text)
    {
        using BufferList list = ListOf(text);
        Assert.Equal(IoError.None, world.Log.Append(list, out long position));
        return position;
    }

    private IoError TryAppend(string text)
    {
        using BufferList list = ListOf(text);
        return Log.Append(list, out _);
    }

    private BufferList ListOf(string text)
    {
        BufferList list = BufferList.Rent(_pool);
        Assert.True(list.TryAppendCopy(Encoding.ASCII.GetBytes(text)));
        return list;
    }

    private static IoError Run(StorageWorld world, Action<Submission> submit) => world.Run(submit).Error;
}
