using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster.Tests;

/// <summary>How the messages of these tests are written and read, and pages for them.</summary>
internal static class TestMessages
{
    public const int NoteBytesMax = 1 << 20;

    private const MessageKind NoteKind = MessageKind.ModuleFirst;
    private const MessageKind CargoKind = MessageKind.ModuleFirst + 1;

    public static MessageFormats Formats { get; } = new(
    [
        new MessageFormat<Note>(
            NoteKind, WireVersion.First,
            static (ref writer, message) =>
            {
                writer.WriteUInt64(message.Number);
                writer.WriteBytes(message.Bytes, NoteBytesMax);
            },
            static (ref reader) => new Note(reader.ReadUInt64(), reader.ReadBytes(NoteBytesMax))),
        new MessageFormat<Cargo>(
            CargoKind, WireVersion.First, static (ref writer, message) => writer.WriteUInt64(message.Number),
            static (ref reader) => new Cargo(reader.ReadUInt64())),
    ]);

    public static Note Note(ulong number, int bytes = 0) => new(number, new byte[bytes]);

    /// <summary>A message with pages full of bytes that follow from its number.</summary>
    public static Cargo Cargo(ulong number, BufferPool pool, int pages, int front, int tail = 0, bool isSealed = false)
    {
        PageParcel parcel = PageParcel.Rent();
        parcel.IsSealed = isSealed;
        for (int i = 0; i < pages; i++)
        {
            Assert.True(pool.TryRent(out BufferHandle handle));
            var random = new SeededRandom(Seed(number, i));
            random.NextBytes(pool.Span(handle)[..front]);
            random.NextBytes(pool.Span(handle)[^tail..]);
            parcel.Add(pool, handle, front, tail);
        }

        var cargo = new Cargo(number);
        cargo.Attach(parcel);
        return cargo;
    }

    /// <summary>The pages are those that were sent, and lie where they lay.</summary>
    public static void CheckPages(Cargo cargo)
    {
        for (int i = 0; i < cargo.Pages.Count; i++)
        {
            PagePiece piece = cargo.Pages[i];
            var expected = new byte[piece.Bytes];
            var random = new SeededRandom(Seed(cargo.Number, i));
            random.NextBytes(expected.AsSpan(0, piece.Front));
            random.NextBytes(expected.AsSpan(piece.Front));
            Span<byte> block = piece.Pool.Span(piece.Handle);
            Assert.True(block[..piece.Front].SequenceEqual(expected.AsSpan(0, piece.Front)), $"front of page {i}");
            Assert.True(block[^piece.Tail..].SequenceEqual(expected.AsSpan(piece.Front)), $"tail of page {i}");
        }
    }

    private static ulong Seed(ulong number, int page) => (number << 20) | (uint)page;
}
