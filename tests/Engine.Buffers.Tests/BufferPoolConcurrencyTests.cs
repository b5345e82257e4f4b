using Engine.Testing;

namespace Engine.Buffers.Tests;

public sealed class BufferPoolConcurrencyTests
{
    private const int Blocks = 64;
    private const int Threads = 3;

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void NoBlockIsEverRentedTwice(int magazineBlocks)
    {
        BufferPoolOptions options = new() { BlockCount = Blocks, BlockBytes = 64, MagazineBlocks = magazineBlocks };
        using BufferPool pool = new(options);
        int[] owners = new int[Blocks + 1];
        RunThreads(thread => RentAndReturn(pool, owners, thread));
        Assert.Equal(0, pool.RentedCount);
        Assert.All(owners, owner => Assert.Equal(0, owner));
        List<BufferHandle> all = [];
        while (pool.TryRent(out BufferHandle handle))
            all.Add(handle);
        Assert.Equal(Blocks, all.Select(handle => handle.Index).Distinct().Count());
    }

    [Fact]
    public void ReferencesAndMarksOfOneBlockAddUp()
    {
        using BufferPool pool = BufferPoolTests.Small(1);
        BufferHandle handle = BufferPoolTests.Rent(pool);
        RunThreads(_ =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                pool.Retain(handle);
                pool.MarkInFlight(handle);
                pool.ClearInFlight(handle);
                pool.Release(handle);
            }
        });
        Assert.Equal(1, pool.ReferenceCount(handle));
        Assert.False(pool.IsInFlight(handle));
    }

    [Fact]
    public void DiagnosticPoolStandsThreads()
    {
        using DiagnosticPool diagnostic = new(Blocks, 64, quarantineBlocks: 16, stackEvery: 64, magazineBlocks: 4);
        int[] owners = new int[Blocks + 1];
        RunThreads(thread => RentAndReturn(diagnostic.Pool, owners, thread, rounds: 300));
        Assert.Equal(0, diagnostic.OutstandingCount);
        Assert.Equal(0, diagnostic.Pool.RentedCount);
    }

    [Fact]
    public void CopyCounterLosesNothing()
    {
        PayloadCopyCounter counter = new();
        RunThreads(_ =>
        {
            for (int i = 0; i < 100_000; i++)
                counter.Add(3);
        });
        Assert.Equal(Threads * 300_000L, counter.Total);
    }

    private static void RentAndReturn(BufferPool pool, int[] owners, int thread, int rounds = 20_000)
    {
        SeededRandom random = new((ulong)thread);
        List<BufferHandle> held = [];
        for (int round = 0; round < rounds; round++)
        {
            for (int rents = random.NextInt(Blocks / 2); rents > 0 && pool.TryRent(out BufferHandle handle); rents--)
            {
                if (Interlocked.Exchange(ref owners[handle.Index], thread) != 0)
                    Invariant.Fail("a block was rented twice");
                held.Add(handle);
            }

            for (int returns = random.NextInt(held.Count + 1); returns > 0; returns--)
                Return(pool, owners, held);
        }

        while (held.Count > 0)
            Return(pool, owners, held);
    }

    private static void Return(BufferPool pool, int[] owners, List<BufferHandle> held)
    {
        BufferHandle handle = held[^1];
        held.RemoveAt(held.Count - 1);
        owners[handle.Index] = 0;
        pool.Release(handle);
    }

    private static void RunThreads(Action<int> body)
    {
        Exception?[] failures = new Exception?[Threads];
        using Barrier start = new(Threads);
        Thread[] threads = new Thread[Threads];
        for (int i = 0; i < Threads; i++)
        {
            int thread = i;
            threads[i] = new Thread(() =>
            {
                start.SignalAndWait();
                failures[thread] = Record.Exception(() => body(thread + 1));
            });
            threads[i].Start();
        }

        foreach (Thread thread in threads)
            thread.Join();
        Assert.All(failures, Assert.Null);
    }
}
