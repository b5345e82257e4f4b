// The policies against models that are as simple as their definitions, and what each of them is for.

using Engine.Cache;

namespace Engine.Cache.Tests.Eviction;

public sealed class PolicyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(12)]
    [InlineData(40)]
    [InlineData(150)]
    public void LruDoesAsItsModel(int capacity)
    {
        using PolicyRun run = new(EvictionPolicy.Lru, capacity, new LruModel());

        Drive(run, capacity, seed: 1);

        Assert.True(run.Evictions > 1000, $"{run.Evictions} evictions");
        Assert.Equal(0, run.GhostHits);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(12, 3)]
    [InlineData(40, 4)]
    [InlineData(150, 5)]
    public void S3FifoDoesAsItsModel(int capacity, int seed)
    {
        S3FifoModel model = new(capacity);
        using PolicyRun run = new(EvictionPolicy.S3Fifo, capacity, model);

        Drive(run, capacity, (ulong)seed);

        Assert.Equal(model.GhostHits, run.GhostHits);
        Assert.True(model.GhostHits > 100 && model.Spared > 100, $"{model.GhostHits} came again, {model.Spared} were spared");
    }

    /// <summary>Where everything is used all the time an eviction does not go round the whole queue three times.</summary>
    [Fact]
    public void S3FifoSparesSoManyAndNoMore()
    {
        const int Blocks = 400;
        S3FifoModel model = new(Blocks);
        using PolicyRun run = new(EvictionPolicy.S3Fifo, Blocks, model);
        for (int turn = 0; turn < 4; turn++)
        {
            for (int key = 0; key < Blocks; key++)
                run.Access(key);
        }

        Assert.Equal(S3FifoPolicy.SparesMax, run.Evict());

        Assert.Equal(S3FifoPolicy.SparesMax, model.Spared);
    }

    [Fact]
    public void WhatComesAgainSoonGoesToTheMainQueue()
    {
        using EvictionTrial trial = new(EvictionPolicy.S3Fifo, 20);
        Scan(trial, 0, 20);
        Scan(trial, 100, 1); // 0 goes, and its fingerprint stays
        Assert.False(trial.Access(0));

        Scan(trial, 200, 100);

        Assert.True(trial.Access(0));
        Assert.False(trial.Access(100));
    }

    [Theory]
    [InlineData(EvictionPolicy.S3Fifo, 50)]
    [InlineData(EvictionPolicy.Lru, 0)]
    public void WhatAScanLeavesOfAWorkingSet(EvictionPolicy policy, int kept)
    {
        using EvictionTrial trial = new(policy, 100);
        for (int turn = 0; turn < 3; turn++)
            Scan(trial, 0, 50);

        Scan(trial, 1000, 1000);

        long before = trial.Hits;
        for (int key = 49; key >= 0; key--)
            trial.Access(key);
        Assert.Equal(kept, trial.Hits - before);
        Assert.Equal(1200, trial.Accesses);
    }

    [Fact]
    public void GhostsAreForgottenFirstInFirstOut()
    {
        using GhostQueue ghosts = new();
        ghosts.Resize(3);
        foreach (uint name in (uint[])[10, 20, 30, 40])
            ghosts.Add(name);

        Assert.False(ghosts.TryTake(10));
        Assert.True(ghosts.TryTake(20));
        Assert.False(ghosts.TryTake(20));
        ghosts.Add(30); // again: its older place counts no more
        ghosts.Add(50);
        ghosts.Add(60);
        Assert.True(ghosts.TryTake(30));
        Assert.True(ghosts.TryTake(50));
        Assert.False(ghosts.TryTake(40));
        Assert.True(ghosts.TryTake(60));
    }

    [Fact]
    public void GhostsTakeTenBytesEach()
    {
        using GhostQueue ghosts = new();
        ghosts.Resize(1 << 16);

        Assert.InRange(ghosts.Bytes, 10 << 16, (10 << 16) + 16);
        ghosts.Resize(0);
        ghosts.Add(1);
        Assert.False(ghosts.TryTake(1));
        Assert.Equal(0, ghosts.Bytes);
    }

    private static void Scan(EvictionTrial trial, long from, int count)
    {
        for (int i = 0; i < count; i++)
            trial.Access(from + i);
    }

    /// <summary>Random uses of three times as many keys as fit, some more often than others, while some are in use, are
    /// discarded, or go out of turn.</summary>
    private static void Drive(PolicyRun run, int capacity, ulong seed)
    {
        SeededRandom random = new(seed);
        for (int step = 0; step < 30_000; step++)
        {
            long key = Math.Min(random.NextInt((3 * capacity) + 2), random.NextInt((3 * capacity) + 2));
            int kind = random.NextInt(100);
            if (kind >= 20 || !run.IsCached(key))
                run.Access(key);
            else if (kind >= 2)
                Turn(run, key);
            else if (kind == 1)
                run.Drop(key);
            else
                run.Evict();
            if (step % 64 == 0)
                run.Verify();
        }
    }

    private static void Turn(PolicyRun run, long key)
    {
        if (run.IsEvictable(key))
            run.Leave(key);
        else
            run.Enter(key);
    }
}
