// Everything that has a limit, at it and beyond it: from the side of who sends, by messages that cannot be sent, and from the
// side of who receives, by bytes that nobody should have sent.

using System.Collections;
using System.Runtime.InteropServices;
using Engine.Buffers;
using Engine.Testing.Wire;

namespace Engine.Metadata.Tests;

/// <summary>What has a limit, or values that it cannot have, is refused by who sends and by who receives.</summary>
public sealed class WireLimitTests
{
    private const int FirstField = WireFixture.HeaderBytes;

    private readonly WireFixture _wire = new(MetadataFormats.Create());

    /// <summary>Messages that cannot be sent, and why.</summary>
    public static TheoryData<string, WireProblemKind> Unsendable { get; } = new()
    {
        { "long address", WireProblemKind.TooLong },
        { "half a surrogate", WireProblemKind.Text },
        { "long path", WireProblemKind.TooLong },
        { "path not UTF-8", WireProblemKind.Text },
        { "long value", WireProblemKind.TooLong },
        { "long attribute name", WireProblemKind.TooLong },
        { "unknown operation", WireProblemKind.Value },
        { "negative operation", WireProblemKind.Value },
        { "unknown flag", WireProblemKind.Value },
        { "unknown capability", WireProblemKind.Value },
        { "unknown rank", WireProblemKind.Value },
        { "negative errno", WireProblemKind.Value },
        { "empty name", WireProblemKind.Name },
        { "long name", WireProblemKind.Name },
        { "dots", WireProblemKind.Name },
        { "cursor with a slash", WireProblemKind.Name },
    };

    [Theory]
    [MemberData(nameof(Unsendable))]
    public void WhatCannotBeReadIsNotSent(string what, WireProblemKind why)
    {
        Message message = what switch
        {
            "long address" => new SessionOpen(new string('x', WireWriter.TextBytesMax + 1)),
            "half a surrogate" => new SessionOpen("a\ud800b"),
            "long path" => Lookup(new byte[MetadataName.PathBytesMax + 1]),
            "path not UTF-8" => Lookup([0x61, 0xC3]),
            "long value" => Lookup([]) with { Value = new byte[ExtLimits.BytesMax + 1] },
            "long attribute name" => Lookup([]) with { XattrName = new string('ä', 128) },
            "unknown operation" => new ClientRequest(1, ClientOp.Fragment + 1),
            "negative operation" => new ClientRequest(1, (ClientOp)(-256)),
            "unknown flag" => Lookup([]) with { Flags = (OpenFlags)1024 },
            "unknown capability" => new CapFlushAck(Ino.Root, 1, (CapBits)2),
            "unknown rank" => new CapExport(Ino.Root, 1, 1, new CapPeer(new RankId(RankId.CountMax), 1, 1, 1)),
            "negative errno" => new ClientReply(1, new IoError(-1)),
            "empty name" => Ask([]),
            "long name" => Ask(new byte[256 + 1]),
            "dots" => Ask("..."u8[..2].ToArray()),
            "cursor with a slash" => Lookup([]) with { Cursor = new DirectoryCursor(1, "a/b"u8.ToArray()) },
            _ => throw new ArgumentOutOfRangeException(nameof(what)),
        };
        Assert.Equal(why, _wire.Refused(message).Kind);
    }

    /// <summary>The longest of everything, and the same a byte longer, as bytes.</summary>
    [Fact]
    public void TheLongestFieldsComeBack_AndLongerOnesAreRefused()
    {
        var path = new byte[MetadataName.PathBytesMax];
        path.AsSpan().Fill((byte)'p');
        Message request = Lookup(path) with { Value = new byte[ExtLimits.BytesMax], XattrName = new string('x', 255) };
        Assert.Null(DeepEquality.Difference(request, _wire.Read(_wire.Write(request))));

        byte[] bytes = _wire.Write(Lookup(path));
        int length = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0x0F]);
        (bytes[length], bytes[length + 1]) = (0, 0x10);
        Assert.Equal((WireProblemKind.TooLong, length), At(_wire.Refused(bytes)));

        bytes = _wire.Write(Lookup([]) with { Value = new byte[ExtLimits.BytesMax] });
        length = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x00, 0x10, 0x01, 0x00]);
        bytes[length]++;
        Assert.Equal((WireProblemKind.TooLong, length), At(_wire.Refused(bytes)));
    }

    /// <summary>Lengths that would be negative as signed numbers.</summary>
    [Fact]
    public void LengthsAndCountsBeyondTheBytesAreRefused()
    {
        byte[] bytes = _wire.Write(new CapRelease([new CapReleaseItem(Ino.Root, 1, 2, 3)]));
        foreach (uint count in (uint[])[6, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF])
        {
            byte[] many = [.. bytes];
            MemoryMarshal.Write(many.AsSpan(FirstField), count);
            Assert.Equal((WireProblemKind.Count, FirstField), At(_wire.Refused(many)));
            byte[] inside = [.. bytes];
            MemoryMarshal.Write(inside.AsSpan(FirstField + 6), Math.Max(count, 25));
            Assert.Equal((WireProblemKind.Length, FirstField + 6), At(_wire.Refused(inside)));
            byte[] whole = [.. bytes];
            MemoryMarshal.Write(whole.AsSpan(4), Math.Max(count, 35));
            Assert.Equal((WireProblemKind.Length, 4), At(_wire.Refused(whole)));
        }

        // A count that the bytes may hold, and that more items follow than there are.
        MemoryMarshal.Write(bytes.AsSpan(FirstField), 2);
        Assert.Equal(WireProblemKind.Truncated, _wire.Refused(bytes).Kind);
    }

    [Fact]
    public void BadTextAndNamesAndChoicesAreRefused()
    {
        byte[] bytes = _wire.Write(new SessionOpen("ab"));
        bytes[^1] = 0xC3;
        Assert.Equal((WireProblemKind.Text, FirstField), At(_wire.Refused(bytes)));
        bytes = _wire.Write(Ask("abc"u8.ToArray()));
        int name = bytes.AsSpan().IndexOf("abc"u8);
        foreach (byte bad in (byte[])[0, (byte)'/', 0xC3])
        {
            bytes[name + 1] = bad;
            Assert.Equal((WireProblemKind.Name, name - 1), At(_wire.Refused(bytes)));
        }

        bytes = _wire.Write(new SessionClosed(SessionEnd.NoRoom));
        bytes[^1]++;
        Assert.Equal((WireProblemKind.Value, FirstField), At(_wire.Refused(bytes)));
        bytes = _wire.Write(Ask([(byte)'a']));
        bytes[^1] = 2;
        Assert.Equal((WireProblemKind.Value, bytes.Length - 1), At(_wire.Refused(bytes)));
    }

    /// <summary>What a copied record may not say.</summary>
    [Theory]
    [InlineData("length")]
    [InlineData("slot")]
    [InlineData("hash")]
    [InlineData("type")]
    [InlineData("lock")]
    [InlineData("replicas")]
    [InlineData("kind")]
    [InlineData("doubled attribute")]
    [InlineData("broken attribute")]
    [InlineData("attribute of a link")]
    [InlineData("own attribute")]
    [InlineData("link to nothing")]
    public void CopiesWithImpossibleValuesAreRefused(string what)
    {
        EntryReplica good = MessageSamples.Entry("name"u8.ToArray());
        EntryReplica link = MessageSamples.Link("name"u8.ToArray());
        ReplicaAttribute attribute = good.Attributes[0];
        ReplicaStep bad = what switch
        {
            "length" => good with { Record = good.Record[..^1] },
            "slot" => good with { Record = With<ushort>(good, 4, 1) },
            "hash" => good with { Record = With<byte>(good, 8, 1) },
            "type" => good with { Record = With(good, DentryFields.Bytes + 8, 0x01A4u) },
            "lock" => good with { Record = With(good, DentryFields.Bytes + 256, (byte)LockState.Excl) },
            "replicas" => good with { Record = With<ulong>(good, 48, 1) },
            "kind" => good with { Kind = RecordKind.Cap },
            "doubled attribute" => good with { Attributes = [attribute, attribute] },
            "broken attribute" => good with { Attributes = [attribute with { Value = attribute.Value[..^1] }] },
            "attribute of a link" => link with { Attributes = good.Attributes },
            "own attribute" => good with { Attributes = [new ReplicaAttribute(ExtKind.Replicas, [1, 2, 3, 4])] },
            "link to nothing" => link with { Record = With<ulong>(link, 72, 0) },
            _ => throw new ArgumentOutOfRangeException(nameof(what)),
        };
        Assert.True(_wire.Write(Answer(good)).Length > 0 && _wire.Write(Answer(link)).Length > 0);
        Assert.Equal(WireProblemKind.Record, _wire.Refused(Answer(bad)).Kind);

        // The same bytes from somebody who sends them all the same.
        byte[] bytes = _wire.Write(Answer(good));
        int record = bytes.AsSpan().IndexOf(good.Record);
        if (bad.Record.Length == good.Record.Length && !bad.Record.AsSpan().SequenceEqual(good.Record))
        {
            bad.Record.CopyTo(bytes, record);
            Assert.Equal(WireProblemKind.Record, _wire.Refused(bytes).Kind);
        }
    }

    [Fact]
    public void AMessageThatIsTooLongIsNeitherSentNorRead()
    {
        var cap = new CapReconnect(Ino.Root, 1, CapBits.Pin, CapBits.Pin, new byte[MetadataName.PathBytesMax]);
        var caps = new CapReconnect[(MessageFormats.BytesMax / MetadataName.PathBytesMax) + 1];
        Array.Fill(caps, cap);
        WireProblem problem = _wire.Refused(new Reconnect(caps));
        Assert.Equal((WireProblemKind.TooLong, MessageKind.Reconnect), (problem.Kind, problem.Message));
        Assert.InRange(problem.Position, MessageFormats.BytesMax - MetadataName.PathBytesMax, MessageFormats.BytesMax);

        byte[] bytes = _wire.Write(new SessionStale());
        Array.Resize(ref bytes, MessageFormats.BytesMax + 1);
        bytes[3] = 1;
        WireFixture.FixLength(bytes);
        Assert.Equal((WireProblemKind.TooLong, 0), At(_wire.Refused(bytes)));
        Assert.NotNull(_wire.Read(Fixed(bytes.AsSpan(0, MessageFormats.BytesMax))));
    }

    [Fact]
    public void AMessageThatChangesMeanwhileIsABug()
    {
        Assert.Throws<InvariantException>(() => _wire.Refused(new CapRelease(new GrowingList(by: 1))));
        Assert.Throws<InvariantException>(() => _wire.Refused(new CapRelease(new GrowingList(by: -1))));
    }

    private static ReadOnlySpan<byte> Fixed(Span<byte> bytes)
    {
        WireFixture.FixLength(bytes);
        return bytes;
    }

    private static (WireProblemKind Kind, int Position) At(WireProblem problem) => (problem.Kind, problem.Position);

    private static ClientRequest Lookup(byte[] path) => new(1, ClientOp.Lookup) { Path = path };

    private static Discover Ask(byte[] name) => new(1, Ino.Root, Frag.Root, [name], false, false, false);

    private static DiscoverReply Answer(ReplicaStep step) =>
        new(1, Ino.Root, DiscoverOutcome.Answered, null, RankId.None, [step]);

    private static byte[] With<T>(EntryReplica step, int offset, T value)
        where T : unmanaged
    {
        byte[] record = [.. step.Record];
        MemoryMarshal.Write(record.AsSpan(offset), value);
        return record;
    }

    /// <summary>Another length the second time that it is gone through.</summary>
    private sealed class GrowingList(int by) : IReadOnlyList<CapReleaseItem>
    {
        private int _asked;

        public int Count => _asked++ < 5 ? 3 : 3 + by;

        public CapReleaseItem this[int index] => default;

        public IEnumerator<CapReleaseItem> GetEnumerator() => Enumerable.Repeat(default(CapReleaseItem), 3).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
