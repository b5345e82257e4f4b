// Replay looks through a batch of events before it applies them. Here it is held against replay of one event after the other, and
// against the memory that the rank had which made the events.

using System.Runtime.InteropServices;
using Engine.Buffers;
using Engine.Objects;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>Events that are looked through a batch at a time give what they give one by one, good ones and bad ones. Both link
/// whole images; that this gives what the rank had in memory, which made its entries one step at a time, is for the shadow
/// replays to compare.</summary>
public sealed class ReplayBatchTests
{
    private const int CacheBytes = 64 << 20;

    [Theory]
    [InlineData(1)]
    [InlineData(5000)]
    [InlineData(1 << 20)]
    public void InBatches_TheCacheIsWhatItIsOneByOne(int batchBytes)
    {
        List<byte[]> events = Events();
        string expected = Replayed(events, 0, out string? problem);
        Assert.Null(problem);
        Assert.Equal(expected, Replayed(events, batchBytes, out problem, audits: true));
        Assert.Null(problem);
    }

    [Fact]
    public void AnyDamage_IsFoundInABatchToo()
    {
        List<byte[]> events = Events();
        SeededRandom random = new(7);
        int found = 0;
        for (int i = 0; i < 80; i++)
        {
            int which = random.NextInt(events.Count);
            byte[] damaged = [.. events[which]];
            if (random.NextInt(4) == 0)
                damaged = damaged[..random.NextInt(damaged.Length)];
            for (int j = 0; j < 1 + random.NextInt(3) && damaged.Length > 0; j++)
                damaged[random.NextInt(damaged.Length)] ^= (byte)(1 << random.NextInt(8));
            List<byte[]> copy = [.. events];
            copy[which] = damaged;
            string expected = Replayed(copy, 0, out string? expectedProblem);
            Assert.Equal(expected, Replayed(copy, 1 << 20, out string? problem));
            Assert.Equal(expectedProblem, problem);
            found += problem is null ? 0 : 1;
        }

        Assert.InRange(found, 15, 79);
    }

    /// <summary>Many changes of few files in turn, and names that come and go, are no reason for large pages: the rank that made
    /// them with a small cache starts again with it.</summary>
    [Theory]
    [InlineData(ClientOp.SetAttributes)]
    [InlineData(ClientOp.Unlink)]
    public void WhatFitsIntoACache_IsReplayedInIt(ClientOp op)
    {
        const int Dirs = 20;
        using RankHarness rank = new RankHarness(options => options with
        {
            CacheBytesMax = 1 << 20, SegmentEventsMax = 1 << 20, SegmentsMax = 1 << 10,
        }).Start();
        for (int d = 0; d < Dirs; d++)
            Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, $"/d{d}").Error);
        for (int d = 0; d < Dirs; d++)
        {
            for (int f = 0; f < 2; f++)
                Assert.Equal(IoError.None, rank.Call(ClientOp.Create, $"/d{d}/f{f}").Error);
            for (int i = 0; i < 200; i++)
            {
                string path = $"/d{d}/f{i % 2}";
                Assert.Equal(IoError.None, rank.Call(op, path, request => request with { Changes = new() { Size = i } }).Error);
                if (op == ClientOp.Unlink)
                    Assert.Equal(IoError.None, rank.Call(ClientOp.Create, path).Error);
            }
        }

        Assert.Equal(2 * Dirs, rank.Rank.Cache.Dirs.Where(dir => dir.Name.Ino.CompareTo(Ino.FirstOf(new RankId(0))) >= 0)
            .Sum(dir => dir.Count - dir.NullCount));
        rank.Crash();
        rank.Start();
        Assert.Equal((RankState.Active, null), (rank.Rank.State, rank.Rank.Problem));
        Assert.True(rank.Rank.Recovered.Events > Dirs * 200);
        Assert.Empty(rank.Rank.Audit(3));
    }

    /// <summary>A tree of several segments, so that later ones tell the way to what is known, with runs of new entries.</summary>
    private static List<byte[]> Events()
    {
        using RankHarness rank = new RankHarness(options => options with { SegmentEventsMax = 16, SegmentsMax = 4096 }).Start();
        for (int d = 0; d < 12; d++)
        {
            string parent = d < 4 ? string.Empty : $"/d{d % 4}";
            Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, $"{parent}/d{d}").Error);
            for (int f = 0; f < d * d; f++)
                Assert.Equal(IoError.None, rank.Call(ClientOp.Create, $"{parent}/d{d}/file-{f}").Error);
        }

        Assert.Equal(IoError.None, rank.Call(ClientOp.Unlink, "/d1/d5/file-3").Error);
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/d1/d5/file-3").Error);
        List<byte[]> events = [];
        for (int i = 0; i < rank.MemoryLog.Count; i++)
            events.Add(rank.MemoryLog.Payload(i));
        return events;
    }

    /// <summary>What is in memory after the events, one by one where <paramref name="batchBytes"/> is 0.</summary>
    private static string Replayed(List<byte[]> events, int batchBytes, out string? problem, bool audits = false)
    {
        using MetadataPagePool pages = new(CacheBytes);
        using MetadataCache cache = new(new RankId(0), pages, 1, checks: true);
        Replay replay = new(cache, new RankId(0));
        problem = null;
        for (int i = 0; problem is null && i < events.Count && batchBytes == 0; i++)
            problem = replay.Apply(events[i], i + 1);
        if (batchBytes > 0)
            problem = ApplyBatches(replay, events, batchBytes);
        if (audits)
            Assert.Empty(cache.Audit(3));
        return Text(cache);
    }

    private static string? ApplyBatches(Replay replay, List<byte[]> events, int batchBytes)
    {
        // Blocks shorter than events: some lie in two of them.
        using BufferPool pool = new(new BufferPoolOptions { BlockBytes = 4096, BlockCount = 1024 });
        using LogBatch batch = new(pool, batchBytes);
        string? problem = null;
        for (int next = 0; problem is null && next < events.Count;)
        {
            batch.Clear(next + 1);
            do
            {
                Assert.True(batch.Payload.TryAppendCopy(events[next]));
                batch.Add(next + 1, events[next].Length, next + 2);
            }
            while (++next < events.Count && batch.Payload.Length < batchBytes);
            problem = replay.Apply(batch, out long position);
            Assert.InRange(position, 1, next);
        }

        return problem;
    }

    private static string Text(MetadataCache cache)
    {
        List<string> lines = [];
        foreach (Dir dir in cache.Dirs.OrderBy(dir => dir.Name.ToString(), StringComparer.Ordinal))
        {
            DirRecord record = cache.Read(dir);
            record.Header = default;
            lines.Add($"{dir} {dir.Count} {dir.NullCount} {dir.DirtySegment} {Hex(record)}");
            for (int i = 0; i < dir.Count; i++)
                lines.Add(Text(cache, MetadataCache.EntryAt(dir, i)));
        }

        return string.Join('\n', lines);
    }

    private static string Text(MetadataCache cache, NodeId node)
    {
        string about = $"  {NameText.Show(cache.NameOf(node))} {cache.StateOf(node)} {cache.PinsOf(node)}";
        if (!cache.HasInode(node))
            return about;
        EntryRecord record = cache.Entry(node);
        record.Dentry.Header = default;
        return $"{about} {Hex(record)}";
    }

    private static string Hex<T>(in T record)
        where T : unmanaged =>
        Convert.ToHexString(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in record)));
}
