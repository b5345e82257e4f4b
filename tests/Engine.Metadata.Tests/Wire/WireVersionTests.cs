using Engine.Buffers;
using Engine.Testing.Wire;

namespace Engine.Metadata.Tests;

/// <summary>Other versions, other kinds, and a module's own messages.</summary>
public sealed class WireVersionTests
{
    private const int MajorAt = 2;
    private const int MinorAt = 3;
    private const MessageKind NoteKind = MessageKind.ModuleFirst + 1;

    private static readonly WireVersion s_noteOld = new(3, 1);
    private static readonly WireVersion s_noteNew = new(3, 2);

    private readonly WireFixture _wire = new(MetadataFormats.Create());

    [Fact]
    public void MG008_UnknownTrailingFieldsOfALaterMinorVersionAreSkipped()
    {
        foreach (Message sample in MessageSamples.All)
        {
            byte[] bytes = [.. _wire.Write(sample), 1, 2, 3];
            WireFixture.FixLength(bytes);
            Assert.Equal(WireProblemKind.Trailing, _wire.Refused(bytes).Kind);
            bytes[MinorAt]++;
            Assert.Null(DeepEquality.Difference(sample, _wire.Read(bytes)));
        }
    }

    [Fact]
    public void MG008_UnknownTrailingFieldsOfARecordWithinAreSkipped()
    {
        var newer = new MessageFormats([new MessageFormat<Note>(
            NoteKind, s_noteNew,
            static (ref writer, note) =>
            {
                writer.WriteRecords(s_noteNew, note.Parts, static (ref writer, part) =>
                {
                    writer.WriteInt32(part);
                    writer.WriteText("something new");
                });
                writer.WriteInt32(note.Last);
            },
            static (ref _) => new Note([], 0))]);
        var target = new System.Buffers.ArrayBufferWriter<byte>();
        Assert.True(newer.TryWrite(new Note([5, 6], 7), target).IsNone);
        var older = new MessageFormats([OldNote()]);
        Assert.True(older.TryRead(target.WrittenSpan, out Message? read).IsNone);
        Assert.Null(DeepEquality.Difference(new Note([5, 6], 7), read));
    }

    [Fact]
    public void MG008_AnotherMajorVersionIsRefusedWithAReason()
    {
        foreach (Message sample in MessageSamples.All)
        {
            byte[] bytes = _wire.Write(sample);
            foreach (byte major in (byte[])[0, 2, 255])
            {
                bytes[MajorAt] = major;
                WireProblem problem = _wire.Refused(bytes);
                Assert.Equal((WireProblemKind.Version, MajorAt), (problem.Kind, problem.Position));
                Assert.Equal(
                    $"{sample.GetType().Name}, byte 2: written by a program with another format", problem.ToString());
            }
        }
    }

    [Fact]
    public void AnotherMajorVersionOfARecordWithinIsRefused()
    {
        byte[] bytes = _wire.Write(new CapExport(new Ino(1), 2, 3, new CapPeer(new RankId(1), 2, 3, 4)));
        int record = WireFixture.HeaderBytes + 8 + 8 + 4;
        Assert.Equal((1, 0), (bytes[record], bytes[record + 1]));
        bytes[record] = 2;
        WireProblem problem = _wire.Refused(bytes);
        Assert.Equal(
            new WireProblem(WireProblemKind.Version, MessageKind.CapExport, record), problem);
    }

    [Fact]
    public void AnUnknownKindIsRefused()
    {
        byte[] bytes = _wire.Write(new SessionStale());
        (bytes[0], bytes[1]) = (0xFE, 0xFF);
        Assert.Equal(new WireProblem(WireProblemKind.Kind, (MessageKind)0xFFFE, 0), _wire.Refused(bytes));
        (bytes[0], bytes[1]) = (0, 0);
        Assert.Equal(WireProblemKind.Kind, _wire.Refused(bytes).Kind);
    }

    [Fact]
    public void AModuleAddsItsOwnMessages()
    {
        var formats = new MessageFormats([.. MetadataFormats.Create(), OldNote()]);
        var target = new System.Buffers.ArrayBufferWriter<byte>();
        Assert.True(formats.TryWrite(new Note([1, 2, 3], 4), target).IsNone);
        Assert.True(formats.TryRead(target.WrittenSpan, out Message? read).IsNone);
        Assert.Null(DeepEquality.Difference(new Note([1, 2, 3], 4), read));
        Assert.Equal(WireProblemKind.Kind, _wire.Refused(target.WrittenSpan).Kind);
    }

    [Fact]
    public void ANumberOrClassIsGivenOnce()
    {
        Assert.Throws<InvariantException>(() => new MessageFormats([OldNote(), OldNote()]));
        Assert.Throws<InvariantException>(() => new MessageFormats([OldNote(), OldNote(NoteKind + 1)]));
        Assert.Throws<InvariantException>(() => new MessageFormats([OldNote(MessageKind.None)]));
        Assert.Throws<InvariantException>(() => _wire.Refused(new Note([], 0)));
    }

    private static MessageFormat<Note> OldNote(MessageKind kind = NoteKind) => new(
        kind, s_noteOld,
        static (ref writer, note) =>
        {
            writer.WriteRecords(s_noteOld, note.Parts, static (ref writer, part) => writer.WriteInt32(part));
            writer.WriteInt32(note.Last);
        },
        static (ref reader) =>
            new Note(reader.ReadRecords(s_noteOld, static (ref reader) => reader.ReadInt32()), reader.ReadInt32()));

    private sealed record Note(IReadOnlyList<int> Parts, int Last) : Message;
}
