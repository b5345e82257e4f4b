using System.Runtime.InteropServices;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <content>Parts and versions that no reader knows.</content>
public sealed partial class BadEventTests
{
    /// <summary>What follows an unknown part may mean something else without it: it is never passed over.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void APartOfNoKnownKind_IsRefused(byte version)
    {
        const EventTag Unknown = (EventTag)99;
        using RankHarness rank = new RankHarness().Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/f").Error);
        List<byte[]> events = EventsOf(rank);
        events[^1] = OfVersion(events[^1], version);
        Assert.Null(Replayed(events));
        events[^1] = OfVersion(With(events[^1], Unknown, "what"u8), version);
        using var text = new StringWriter();
        Assert.True(JournalText.Write(events[^1], 1, text));
        Assert.EndsWith("  unknown part 99, 4 bytes\n", text.ToString(), StringComparison.Ordinal);
        Assert.StartsWith(
            "of no kind that this Engine knows; a newer one may have written it, part 99 at byte ", Replayed(events),
            StringComparison.Ordinal);
    }

    [Fact]
    public void AnEventOfANewerVersion_IsRefused()
    {
        using RankHarness rank = new RankHarness().Start();
        List<byte[]> events = EventsOf(rank);
        byte newer = EventHeader.VersionValue + 1;
        events[^1] = OfVersion(events[^1], newer);
        Assert.Equal(
            $"of version {newer}: a newer Engine wrote it; this one reads up to {EventHeader.VersionValue}", Replayed(events));
    }

    /// <summary>A reader that does not know a part must refuse the event that has it: who adds a kind adds a version.</summary>
    [Fact]
    public void TheNewestPartBelongsToTheNewestVersion() =>
        Assert.Equal((4, EventTag.Exchange), (EventHeader.VersionValue, Enum.GetValues<EventTag>().Max()));

    private static byte[] OfVersion(byte[] bytes, byte version)
    {
        byte[] copy = [.. bytes];
        EventHeader header = MemoryMarshal.Read<EventHeader>(copy);
        header.Version = version;
        MemoryMarshal.Write(copy, header);
        return copy;
    }

    /// <summary>The event with one more part.</summary>
    private static byte[] With(byte[] bytes, EventTag tag, ReadOnlySpan<byte> body)
    {
        EventPart part = new() { Tag = tag, Length = body.Length };
        byte[] more = new byte[bytes.Length + part.Stride];
        bytes.CopyTo(more, 0);
        MemoryMarshal.Write(more.AsSpan(bytes.Length), part);
        body.CopyTo(more.AsSpan(bytes.Length + EventPart.Bytes));
        return more;
    }
}
