using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <content>Promises that a segment's head tells again. The journal is rank 0's.</content>
public sealed partial class BadEventTests
{
    [Theory]
    [InlineData("f", UpdateKind.Name, null)]
    [InlineData("g", UpdateKind.Name, "promises 1.3.4 otherwise than before")]
    [InlineData("f", UpdateKind.LinkAdded, "promises 1.3.4 otherwise than before")]
    [InlineData("none", UpdateKind.Name, NotThere)]
    public void AHeadTellsAPromiseAsItWasMade(string name, object kind, string? problem)
    {
        List<byte[]> events = EventsOfTwoSegments(out int made, out int head);
        events[made] = WithPromise(events[made], "f");
        Assert.Null(Replayed(events));
        byte[] sound = events[head];
        events[head] = WithPromise(sound, name, (UpdateKind)kind);
        if (problem is null)
            Assert.Null(Replayed(events));
        else
            Assert.StartsWith(problem, Replayed(events), StringComparison.Ordinal);
        byte[] body = PromiseOf(name, (UpdateKind)kind);
        events[head] = With(
            sound, EventTag.RankUpdate, body.AsSpan(0, UpdatePart.Bytes - 1), (ushort)UpdateStage.Promised);
        Assert.Contains("is too short", Replayed(events), StringComparison.Ordinal);
    }

    [Fact]
    public void AHeadTellsNoPromiseThatWasNotMade()
    {
        List<byte[]> events = EventsOfTwoSegments(out _, out int head);
        events[head] = WithPromise(events[head], "f");
        Assert.StartsWith(
            "tells of the promise 1.3.4, which was not made before", Replayed(events), StringComparison.Ordinal);
    }

    /// <summary>The segment that has the promise goes when what follows tells it, and when it has ended.</summary>
    [Fact]
    public void APromiseKeepsTheLastSegmentThatTellsIt()
    {
        List<byte[]> events = EventsOfTwoSegments(out int made, out int head);
        events[made] = WithPromise(events[made], "f");
        using MetadataPagePool pages = new(64 << 20);
        using MetadataCache cache = new(new RankId(0), pages, 1, checks: false);
        Replay replay = new(cache, new RankId(0));
        for (int i = 0; i < head; i++)
            Assert.Null(replay.Apply(events[i], i + 1));
        Assert.Equal([1], replay.Segments.Select(each => each.Pins));
        Assert.Null(replay.Apply(WithPromise(events[head], "f"), head + 1));
        Assert.Equal([0, 1], replay.Segments.Select(each => each.Pins));
        Assert.Equal("f"u8, Assert.Single(replay.PromisedNames).Name);
        UpdatePart part = new(new UpdateId(new RankId(1), 3, 4), new RankId(1), default);
        byte[] kept = With(events[head + 1], EventTag.RankUpdate, BodyOf(part, string.Empty), (ushort)UpdateStage.Kept);
        Assert.Null(replay.Apply(kept, head + 2));
        Assert.Equal([0, 0], replay.Segments.Select(each => each.Pins));
        Assert.Empty(replay.PromisedNames);
    }

    /// <summary>The journal begins with a head that tells a promise: it has the entry too, or the promise is of nothing.
    /// </summary>
    [Fact]
    public void TheFirstHeadHasTheEntryThatIsPromised()
    {
        List<byte[]> events = EventsOfTwoSegments(out int made, out int head);
        (byte[] dir, byte[] entry) = PartsOf(events[made]);
        byte[] sound = events[head];
        events.RemoveRange(0, head);
        events[0] = WithPromise(sound, "f");
        Assert.StartsWith(NotThere, Replayed(events), StringComparison.Ordinal);
        byte[] way = With(With(sound, EventTag.Dir, dir, DirPart.IsContext), EventTag.Entry, entry);
        events[0] = WithPromise(way, "f");
        Assert.Null(Replayed(events));
        way = With(With(sound, EventTag.Dir, dir, DirPart.IsContext), EventTag.Entry, entry.AsSpan(8));
        events[0] = WithPromise(way, "f");
        Assert.NotNull(Replayed(events));
    }

    /// <summary>The event that makes the file f, and the second segment's head.</summary>
    private static List<byte[]> EventsOfTwoSegments(out int made, out int head)
    {
        using RankHarness rank = new RankHarness(static options => options with { SegmentEventsMax = 8 }).Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/g").Error);
        made = rank.MemoryLog.Count;
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/f").Error);
        for (int i = 0; i < 9; i++)
            Assert.Equal(IoError.None, rank.Call(ClientOp.Create, $"/n{i}").Error);
        List<byte[]> events = EventsOf(rank);
        head = events.FindIndex(made, static each => new EventReader(each).Header.Kind == EventKind.SubtreeMap);
        Assert.True(head > made);
        events.RemoveRange(head + 2, events.Count - head - 2);
        return events;
    }

    private static byte[] PromiseOf(string name, UpdateKind kind) =>
        BodyOf(new UpdatePart(new UpdateId(new RankId(1), 3, 4), new RankId(1), Ino.Root, kind), name);

    private static byte[] WithPromise(byte[] bytes, string name, UpdateKind kind = UpdateKind.Name) =>
        With(bytes, EventTag.RankUpdate, PromiseOf(name, kind), (ushort)UpdateStage.Promised);

    private static (byte[] Dir, byte[] Entry) PartsOf(byte[] bytes)
    {
        EventReader reader = new(bytes);
        byte[] dir = [];
        byte[] entry = [];
        while (reader.Read())
        {
            if (reader.Part.Tag == EventTag.Dir)
                dir = reader.Body[..DirPart.Bytes].ToArray();
            else if (reader.Part.Tag == EventTag.Entry)
                entry = reader.Body.ToArray();
        }

        return (dir, entry);
    }
}
