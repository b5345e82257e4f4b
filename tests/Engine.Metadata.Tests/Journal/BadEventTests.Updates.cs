using System.Runtime.InteropServices;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <content>Changes of two ranks, and what cannot be of them. The journal is rank 0's.</content>
public sealed partial class BadEventTests
{
    private const string NoChange = "names no change of two ranks";
    private const string NotThere = "promises a name that is not there";

    [Theory]
    [InlineData(UpdateStage.Promised, 1, 1, "f", null)]
    [InlineData(UpdateStage.Promised, 1, 1, "g", NotThere)]
    [InlineData(UpdateStage.Promised, 1, 1, "d", NotThere)]
    [InlineData(UpdateStage.Promised, 1, 1, "", NotThere)]
    [InlineData(UpdateStage.Promised, 0, 1, "f", "says Promised of a change of rank 0 and rank 1")]
    [InlineData(UpdateStage.Promised, 2, 1, "f", "says Promised of a change of rank 2 and rank 1")]
    [InlineData(UpdateStage.Promised, 1, 0, "f", NoChange)]
    [InlineData(UpdateStage.Promised, -1, 1, "f", NoChange)]
    [InlineData(UpdateStage.Promised, 1, 64, "f", NoChange)]
    [InlineData(UpdateStage.Given, 1, 1, "", null)]
    [InlineData(UpdateStage.Kept, 1, 1, "", null)]
    [InlineData(UpdateStage.Kept, 1, 1, "f", "says Kept of a change of rank 1 and rank 1")]
    [InlineData(UpdateStage.Decided, 0, 1, "", null)]
    [InlineData(UpdateStage.Decided, 1, 1, "", "says Decided of a change of rank 1 and rank 1")]
    [InlineData(UpdateStage.Finished, 0, 1, "", "ends 0.3.4, which was not under way")]
    [InlineData((UpdateStage)6, 0, 1, "", "says 6 of a change of rank 0 and rank 1")]
    public void AChangeOfTwoRanksIsOneThatCanBe(object stage, int coordinator, int peer, string name, string? problem)
    {
        using RankHarness rank = new RankHarness().Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/f").Error);
        List<byte[]> events = EventsOf(rank);
        UpdatePart part = new(new UpdateId(new RankId(coordinator), 3, 4), new RankId(peer), Ino.Root);
        byte[] body = BodyOf(part, name);
        byte[] sound = events[^1];
        events[^1] = With(sound, EventTag.RankUpdate, body, (ushort)(UpdateStage)stage);
        if (problem is null)
            Assert.Null(Replayed(events));
        else
            Assert.StartsWith(problem, Replayed(events), StringComparison.Ordinal);
        events[^1] = With(sound, EventTag.RankUpdate, body.AsSpan(0, UpdatePart.Bytes - 1), (ushort)(UpdateStage)stage);
        Assert.Contains("is too short", Replayed(events), StringComparison.Ordinal);
        events[^1] = With(sound, EventTag.RankUpdate, body, (ushort)(UpdateStage)stage);
        using var text = new StringWriter();
        JournalText.Write(events[^1], 1, text);
        Assert.Equal(coordinator < 0 || peer >= RankId.CountMax, text.ToString().Contains("damaged", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(UpdateStage.Promised, 1, "f", "promises 1.3.4 again")]
    [InlineData(UpdateStage.Decided, 0, "", "decides 0.3.4 again")]
    public void AChangeOfTwoRanksIsMadeOnce(object stage, int coordinator, string name, string problem)
    {
        using RankHarness rank = new RankHarness().Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/f").Error);
        List<byte[]> events = EventsOf(rank);
        UpdatePart part = new(new UpdateId(new RankId(coordinator), 3, 4), new RankId(1), Ino.Root);
        byte[] body = BodyOf(part, name);
        events[^1] = With(events[^1], EventTag.RankUpdate, body, (ushort)(UpdateStage)stage);
        Assert.Null(Replayed(events));
        events[^1] = With(events[^1], EventTag.RankUpdate, body, (ushort)(UpdateStage)stage);
        Assert.StartsWith(problem, Replayed(events), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UpdateKind.LinkAdded, null)]
    [InlineData(UpdateKind.LinkRemoved, null)]
    [InlineData((UpdateKind)4, NoChange)]
    public void AChangeOfTwoRanksIsOfAKindThatIsKnown(object kind, string? problem)
    {
        using RankHarness rank = new RankHarness().Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/f").Error);
        List<byte[]> events = EventsOf(rank);
        UpdatePart part = new(new UpdateId(new RankId(1), 3, 4), new RankId(1), Ino.Root, (UpdateKind)kind);
        events[^1] = With(events[^1], EventTag.RankUpdate, BodyOf(part, "f"), (ushort)UpdateStage.Promised);
        if (problem is null)
            Assert.Null(Replayed(events));
        else
            Assert.StartsWith(problem, Replayed(events), StringComparison.Ordinal);
    }

    private static byte[] BodyOf(UpdatePart part, string name) =>
        [.. MemoryMarshal.AsBytes(new ReadOnlySpan<UpdatePart>(in part)), .. System.Text.Encoding.UTF8.GetBytes(name)];
}
