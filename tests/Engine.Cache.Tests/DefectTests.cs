// What the catalogue asks beside what the other files show, and the defects of the seed that no test there is named after.

using System.Diagnostics;
using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class DefectTests
{
    public static TheoryData<string, ObjectSetOptions> OtherKeys { get; } = new()
    {
        { "namespace", new ObjectSetOptions { Prefix = "n", Namespace = "other" } },
        { "locator", new ObjectSetOptions { Prefix = "n", Locator = "other" } },
        { "pool", new ObjectSetOptions { Prefix = "n", PoolId = 7 } },
    };

    [Theory]
    [MemberData(nameof(OtherKeys))]
    public async Task OC056_OD019_EveryPartOfTheKeyCounts(string part, ObjectSetOptions options)
    {
        using CacheFixture f = new();
        ObjectSet first = f.Cache.CreateSet(new ObjectSetOptions { Prefix = "n" });
        ObjectSet second = f.Cache.CreateSet(options);
        Assert.Equal(IoError.None, f.Cache.Write(first, Extent(A, 0, 4 * K), Bytes(4 * K, '1')));

        byte[] bytes = new byte[4 * K];
        Task<IoResult> read = f.Cache.ReadAsync(second, Extent(A, 0, 4 * K), bytes).AsTask();

        PendingOperation asked = f.Backend.Only();
        Assert.Equal(PendingKind.Read, asked.Kind);
        Assert.True(asked.Target.Key == second.KeyOf(A) && asked.Target.Key != first.KeyOf(A), part);
        f.Backend.CompleteWith(asked, (byte)'2');
        Assert.Equal(4 * K, (await read).Bytes);
        Assert.Equal(Bytes(4 * K, '2'), bytes);
    }

    [Fact]
    public void OC101_OD026_WriteThroughGoesToThePoolOfTheSet()
    {
        using CacheFixture f = new(Limits(dirtyMax: 0));
        ObjectSet set = f.Cache.CreateSet(new ObjectSetOptions { Prefix = "n", PoolId = 7 });

        PendingResult write = f.W(set, Extent(A, 0, 4 * K), Bytes(4 * K, '1'));

        Assert.Equal(7, f.Backend.Only().Target.Key.PoolId);
        f.CompleteAll();
        Assert.True(write.IsOk);
    }

    [Fact]
    public void OC082_OD025_CommitsOfOneObjectInAnyOrder()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, '1');
        PendingResult first = f.Flush();
        f.W(A, 64 * K, 4 * K, '2');
        PendingResult second = f.Flush();

        f.Complete("write A 64K~4K");

        Assert.Equal("0~4K TX,64K~4K CLEAN", f.Nrl(A));
        Assert.False(first.IsCompleted || second.IsCompleted);
        f.Complete("write A 0~4K");
        Assert.Equal("0~4K CLEAN,64K~4K CLEAN", f.Nrl(A));
        Assert.True(first.IsOk && second.IsOk);
    }

    [Fact]
    public void OD046_ACommitEndsAtItsEnd()
    {
        using CacheFixture f = new();
        f.W(A, 0, 4 * K, '1');
        f.Flush();
        f.W(A, 4 * K, 4 * K, '2');
        PendingResult second = f.Flush();
        Assert.Equal("0~8K TX", f.Nrl(A));

        f.Complete("write A 0~4K");

        Assert.Equal("0~4K CLEAN,4K~4K TX", f.Nrl(A));
        Assert.False(second.IsCompleted);
        f.CompleteAll();
        Assert.True(second.IsOk);
    }

    [Fact]
    public async Task OD047_AReadMadeByACompletionDoesNotOvertake()
    {
        using CacheFixture f = new(Limits(size: 8 * K, dirtyMax: 8 * K));
        PendingRead? late = null;
        Task first = ReadThen(() => late = f.R(C, 0, 4 * K));
        PendingRead queued = f.R(B, 0, 8 * K);
        Assert.Equal(["read A 0~8K"], f.TakeIssued());

        f.Complete("read A 0~8K");

        await first;
        Assert.Equal(["read B 0~8K"], f.TakeIssued());
        f.CompleteAll();
        Assert.True(queued.IsOk && late!.IsOk && queued.Order < late.Order);

        async Task ReadThen(Action then)
        {
            await f.Cache.ReadAsync(f.S, Extent(A, 0, 8 * K), new byte[8 * K]);
            then();
        }
    }

    [Fact]
    public void OD040_WhatAWriterWaitedForIsNotFlushedTwice()
    {
        using CacheFixture f = new(Limits(dirtyMax: 64 * K));
        for (int i = 0; i < 4; i++)
            f.W(A, i * 64 * K, 16 * K);
        PendingResult waiting = f.W(B, 0, 16 * K);
        Assert.False(waiting.IsCompleted);
        _ = f.TakeIssued();

        f.Complete("write A 0~16K");

        Assert.True(waiting.IsOk);
        Assert.Empty(f.TakeIssued());
        Assert.Equal("0~16K DIRTY", f.Nrl(B));
    }

    [Fact]
    public void OD024_SmallWritesAtTheLimitNeedNoTime()
    {
        using CacheFixture f = new(Limits(dirtyMax: 64 * K) with { DirtyAgeMax = TimeSpan.FromSeconds(3) });

        for (int i = 0; i < 40; i++)
        {
            PendingResult write = f.W(A, i * 64 * K, 512);
            while (!write.IsCompleted)
                f.Complete(f.Backend.PendingAt(0));
        }

        Assert.Equal(TimeSpan.Zero, f.Clock.Elapsed);
        Assert.True(f.Statistics.WriteOpsBlocked > 0);
    }

    [Fact]
    public void OD007_FourHundredAgedPartsGoAtOnce()
    {
        using CacheFixture f = new(F0 with { DirtyAgeMax = TimeSpan.FromMilliseconds(100) });
        for (int i = 0; i < 400; i++)
            f.W(A, i * 8 * K, 512);
        f.Backend.CompletesInside = true;

        f.Advance(TimeSpan.FromMilliseconds(101));

        Assert.False(f.Cache.IsDirtyOrCommitting(f.S));
        Assert.Equal(400, f.Statistics.BackendWrites);
    }

    /// <summary>Parts that lie apart, and parts that join to runs of hundreds of blocks.</summary>
    [Theory]
    [InlineData(48)]
    [InlineData(16)]
    public void OC085_OD041_HundredThousandPartsKeepToTheSegmentLimit(int stride)
    {
        const int Parts = 100_000;
        const int SegmentsMax = 2;
        BackendCapabilities few = ManualBackend.Default with { SegmentsMax = SegmentsMax };
        using CacheFixture f = new(capabilities: few) { AuditEvery = 10_000 };
        f.Backend.KeepsHistory = false;
        byte[] part = Bytes(16, 'p');
        for (int i = 0; i < Parts; i++)
            Assert.True(f.Cache.TryWrite(f.S, A, i * stride, part));

        PendingResult flush = f.Flush();
        f.CompleteAll();

        Assert.True(flush.IsOk);
        Assert.InRange(f.Statistics.BackendWrites, Parts * stride / (SegmentsMax * 4 * K), Parts);
        byte[] stored = f.Backend.Durable.Read(A, 0, Parts * stride);
        Assert.Equal(Parts * 16, stored.AsSpan().Count((byte)'p'));
        for (int i = 0; i < Parts; i++)
            Assert.True(stored.AsSpan(i * stride, 16).SequenceEqual(part), $"part {i}");
    }

    [Fact]
    public void OC131_OD042_ALargeReadIsChargedByWhatIsLeftOfIt()
    {
        using CacheFixture f = new(Limits(size: 8 * M, dirtyMax: 4 * K));
        f.ReadIn(A, 0, 4 * M);
        Assert.Equal(4 * M, f.Statistics.ChargedBytes);

        Assert.Equal(IoError.None, f.Apply(Limits(size: 4 * K, dirtyMax: 4 * K)));

        Assert.Equal(4 * K, f.Statistics.ChargedBytes);
        Assert.Equal(1023, f.Statistics.Evictions);
    }

    [Fact]
    public void OC129_OD033_WhatIsBeingReadIsNeitherEvictedNorNext()
    {
        using CacheFixture f = new(Limits(size: 16 * K, dirtyMax: 4 * K));
        f.Backend.Store.Fill(A, 0, 4 * K, (byte)'a');
        PendingRead read = f.R(A, 0, 4 * K);
        f.ReadIn(B, 0, 12 * K);
        f.ReadIn(C, 0, 4 * K);
        Assert.Equal("0~4K RX", f.Nrl(A));

        f.Complete("read A 0~4K");
        Assert.True(read.IsOk && read.Holds('a'));
        f.ReadIn(D, 0, 4 * K);

        Assert.True(f.Cache.IsCached(f.S, Extent(A, 0, 4 * K)));
    }

    [Fact]
    public void OC079_OD045_FlushOfAllSetsIsInOrder()
    {
        using CacheFixture f = new();
        ObjectSet[] sets = [f.S, f.Cache.CreateSet(new ObjectSetOptions { Prefix = "t" }), NewSet("u")];
        (int Set, long Number)[] objects = [(2, 1), (0, 3), (1, 0), (2, 0), (0, 1)];
        foreach ((int set, long number) in objects)
        {
            Assert.Equal(IoError.None, f.Cache.Write(sets[set], Extent(number, 64 * K, 4 * K), Bytes(4 * K, 'x')));
            Assert.Equal(IoError.None, f.Cache.Write(sets[set], Extent(number, 0, 4 * K), Bytes(4 * K, 'x')));
        }

        PendingResult flush = f.FlushAll();

        (string Name, long Offset)[] issued =
            [.. f.Backend.Pending.Select(operation => (operation.Target.Key.Name, operation.Offset))];
        Assert.Equal(10, issued.Length);
        Assert.Equal(issued.OrderBy(at => at.Name, StringComparer.Ordinal).ThenBy(at => at.Offset), issued);
        f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.Equal(3, f.CleanCalls);

        ObjectSet NewSet(string prefix) => f.Cache.CreateSet(new ObjectSetOptions { Prefix = prefix });
    }

    /// <summary>The page of the original is a block here: eight writes use the dirty limit up.</summary>
    [Fact]
    public void OC145_TheEighthWriteDoesNotWaitForTheAge()
    {
        using CacheFixture f = new(Limits(size: 64 * K, dirtyMax: 32 * K));

        for (int i = 0; i < 8; i++)
            Assert.True(f.W(A, i * 64 * K, 4 * K).IsOk);

        Assert.NotEmpty(f.TakeIssued());
        Assert.Equal(TimeSpan.Zero, f.Clock.Elapsed);
    }

    [Fact]
    public async Task OC164_CompletionsThatGoOnNeedNoStack()
    {
        using CacheFixture f = new() { AuditEvery = int.MaxValue };
        f.Backend.KeepsHistory = false;
        int deepest = 0;
        Task<int> chain = Chain(rounds: 2_500);
        f.Backend.CompletesInside = true;

        f.Complete("read A 0~4K");

        Assert.True(chain.IsCompleted);
        Assert.Equal(10_000, await chain);
        Assert.True(deepest < 150, $"{deepest} frames");

        async Task<int> Chain(int rounds)
        {
            int ended = 0;
            byte[] bytes = new byte[4 * K];
            for (int i = 0; i < rounds; i++)
            {
                ended += (await f.Cache.ReadAsync(f.S, Extent(A, i * 4L * K, 4 * K), bytes)).Failed ? 0 : 1;
                ended += (await f.Cache.WriteAsync(f.S, Extent(A, 0, 4 * K), new(bytes), new WriteOptions { Fua = true }))
                    .Failed ? 0 : 1;
                ended += (await f.Cache.FlushSetAsync(f.S)).Error.Failed ? 0 : 1;
                ended += (await f.Cache.DiscardAsync(f.S, Extent(A, 0, 4 * K), DiscardMode.Invalidate)).Failed ? 0 : 1;
                if (i % 500 == 0)
                    deepest = Math.Max(deepest, new StackTrace().FrameCount);
            }

            return ended;
        }
    }
}
