using System.Buffers;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Testing.Metadata;

/// <summary>Carries messages as a network would: what arrives was read from the bytes of what was sent, and so are the pages
/// behind it.</summary>
/// <param name="formats">Of messages of modules.</param>
public sealed class WireCarrier(IEnumerable<MessageFormat>? formats = null) : IDisposable
{
    private const long PagesBytesMax = 256 << 20;

    private readonly MessageFormats _formats = new([.. MetadataFormats.Create(), .. formats ?? []]);
    private readonly Lazy<MetadataPagePool> _pages = new(static () => new MetadataPagePool(PagesBytesMax));
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>Messages that went as bytes.</summary>
    public long CarriedCount { get; private set; }

    /// <summary>Messages that no bytes stand for, such as those with a name that is too long: they are handed over as they are,
    /// so that what a rank says to them is judged all the same.</summary>
    public long RefusedCount { get; private set; }

    /// <summary>A message as who gets it sees it.</summary>
    public Message Carry(Message message)
    {
        _bytes.ResetWrittenCount();
        if (!_formats.TryWrite(message, _bytes).IsNone)
        {
            RefusedCount++;
            return message;
        }

        WireProblem problem = _formats.TryRead(_bytes.WrittenSpan, out Message? arrived);
        Invariant.That(arrived is not null, problem.ToString());
        CarriedCount++;
        if (message is PagesMessage pages)
            Move(pages, (PagesMessage)arrived, _pages.Value);
        return arrived;
    }

    /// <summary>The pages of a message that was carried are in the memory of who gets it.</summary>
    public static void Land(Message message, MetadataPagePool memory)
    {
        if (message is PagesMessage pages)
            Move(pages, pages, memory);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_pages.IsValueCreated)
            return;
        Invariant.That(_pages.Value.BytesUsed == 0, "who takes a message gives its pages back");
        _pages.Value.Dispose();
    }

    private static void Move(PagesMessage from, PagesMessage to, MetadataPagePool memory)
    {
        using PageParcel sent = from.Detach();
        PageParcel copy = PageParcel.Rent();
        copy.IsSealed = sent.IsSealed;
        for (int i = 0; i < sent.Count; i++)
        {
            PagePiece piece = sent[i];
            Span<byte> bytes = piece.Pool.Span(piece.Handle);
            int sizeClass = 0;
            while (PageSize.Of(sizeClass) != bytes.Length)
                sizeClass++;
            bool isRented = memory.Blocks(sizeClass).TryRent(out BufferHandle handle);
            Invariant.That(isRented, "more is on its way than there is memory for");
            Span<byte> room = memory.Blocks(sizeClass).Span(handle);
            bytes[..piece.Front].CopyTo(room);
            bytes[^piece.Tail..].CopyTo(room[^piece.Tail..]);
            copy.Add(memory.Blocks(sizeClass), handle, piece.Front, piece.Tail);
        }

        to.Attach(copy);
    }
}
