using System.Globalization;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>A journal of which parts are missing, put together with the objects: what is there of it is used, or named; and what
/// was let go before makes nothing come back, and no noise.</summary>
public sealed class RepairPartsTests
{
    private const long CacheBytes = 64 << 20;

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void BehindAGapTheNextSegmentIsUsed_AndWhatLiesBeforeItIsNamed(int missing)
    {
        using RankHarness rank = new RankHarness(options => options with { SegmentEventsMax = 6 }).Start();
        Must(rank, ClientOp.MakeDirectory, "/a");
        Dictionary<string, int> made = [];
        for (int i = 0; i < 20; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"f{i:00}");
            Must(rank, ClientOp.Create, "/a/" + name);
            made.Add(name, rank.MemoryLog.Count - 1);
        }

        List<byte[]> events = Events(rank);
        int gap = made["f08"] - missing;
        int end = events.FindIndex(gap + 1, bytes => new EventReader(bytes).Header.Kind == EventKind.SubtreeMap);
        string[] lost = [.. made.Keys.Where(name => made[name] >= gap && made[name] < end)];
        Assert.InRange(lost.Length, 2, 6);

        using var repair = new NamespaceRepair(rank.Store, CacheBytes);
        for (int i = 0; i < events.Count; i++)
        {
            if (i < gap || i > made["f08"])
                Assert.Equal(i < gap || i >= end, repair.TrySalvage(events[i], i + 1));
        }

        Assert.Null(repair.TryBuild());
        Assert.StartsWith(
            $"journal: events {gap + 1} to {made["f08"] + 1} are not there; lost: what they changed", repair.Findings[0],
            StringComparison.Ordinal);
        Assert.Equal(
            lost.Where(name => made[name] > made["f08"]).Select(name => $"/a/{name}"),
            repair.Findings.Skip(1).Select(line => line[..line.IndexOf(':', StringComparison.Ordinal)]));
        Assert.Equal(made.Keys.Except(lost), ListAfter(repair, rank, "/a"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void WhatWasLetGoSaysNothing(int first)
    {
        using RankHarness rank = new RankHarness(options => options with { SegmentEventsMax = 8, SegmentsMax = 2 }).Start();
        SortedDictionary<long, byte[]> all = [];
        foreach (string path in (string[])["/d", "/e", "/e/below"])
            Keep(rank, all, ClientOp.MakeDirectory, path);
        for (int i = 0; i < 30; i++)
            Keep(rank, all, ClientOp.Create, $"/d/f{i}");
        Keep(rank, all, ClientOp.RemoveDirectory, "/e/below");
        Keep(rank, all, ClientOp.RemoveDirectory, "/e");
        for (int i = 0; i < 30; i += 2)
            Keep(rank, all, ClientOp.Unlink, $"/d/f{i}");
        for (int i = 30; i < 70; i++)
            Keep(rank, all, ClientOp.Create, $"/d/f{i}");
        string[] there = Sorted(rank, "/d");
        long start = new EventReader(rank.MemoryLog.Payload(0)).Header.Seq;
        Assert.True(start > 60);

        using var repair = new NamespaceRepair(rank.Store, CacheBytes);
        foreach ((long seq, byte[] bytes) in all)
        {
            if ((seq > first && seq < 25) || seq >= start)
                repair.TrySalvage(bytes, seq);
        }

        Assert.Null(repair.TryBuild());
        string line = Assert.Single(repair.Findings);
        Assert.StartsWith($"journal: events 25 to {start - 1} are not there; ", line, StringComparison.Ordinal);
        Assert.Equal(there, ListAfter(repair, rank, "/d"));
    }

    private static void Keep(RankHarness rank, SortedDictionary<long, byte[]> all, ClientOp op, string path)
    {
        Must(rank, op, path);
        foreach (byte[] bytes in Events(rank))
            all[new EventReader(bytes).Header.Seq] = bytes;
    }

    private static void Must(RankHarness rank, ClientOp op, string path) =>
        Assert.Equal(IoError.None, rank.Call(op, path).Error);

    private static List<byte[]> Events(RankHarness rank) =>
        [.. Enumerable.Range(0, rank.MemoryLog.Count).Select(index => rank.MemoryLog.Payload(index))];

    private static string[] Sorted(RankHarness rank, string path) => [.. rank.List(path).Order(StringComparer.Ordinal)];

    /// <summary>Writes what was put together, and asks the next life for it.</summary>
    private static string[] ListAfter(NamespaceRepair repair, RankHarness rank, string path)
    {
        var log = new MemoryLog();
        Assert.Equal(IoError.None, repair.TryWrite(rank.Store, log, nowMicros: 0));
        using RankHarness next = new RankHarness(log: log, objects: rank.Store).Start();
        Assert.Equal((RankState.Active, null), (next.Rank.State, next.Rank.Problem));
        Assert.Empty(StoreVerdict.Of(log, rank.Store));
        return Sorted(next, path);
    }
}
