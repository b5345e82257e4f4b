using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>A message with pages on its way: their bytes, which outlive who sent them.</summary>
internal sealed record PagesInTransit : Message
{
    private readonly PagesMessage _message;
    private readonly List<(byte[] Block, int Front, int Tail)> _pieces = [];
    private readonly bool _isSealed;

    /// <summary>Takes the pages off a message that is sent.</summary>
    public PagesInTransit(PagesMessage message)
    {
        _message = message;
        using PageParcel sent = message.Detach();
        _isSealed = sent.IsSealed;
        for (int i = 0; i < sent.Count; i++)
        {
            PagePiece piece = sent[i];
            _pieces.Add((piece.Pool.Span(piece.Handle).ToArray(), piece.Front, piece.Tail));
        }
    }

    /// <summary>The message as it arrives; null where its pages do not fit into memory, and it is lost.</summary>
    public Message? TryArrive(MetadataPagePool memory)
    {
        PageParcel arrived = PageParcel.Rent();
        arrived.IsSealed = _isSealed;
        foreach ((byte[] block, int front, int tail) in _pieces)
        {
            int sizeClass = 0;
            while (PageSize.Of(sizeClass) != block.Length)
                sizeClass++;
            BufferPool pool = memory.Blocks(sizeClass);
            if (!pool.TryRent(out BufferHandle handle))
            {
                arrived.Dispose();
                return null;
            }

            Span<byte> room = pool.Span(handle);
            block.AsSpan(0, front).CopyTo(room);
            block.AsSpan(block.Length - tail).CopyTo(room[^tail..]);
            arrived.Add(pool, handle, front, tail);
        }

        _message.Attach(arrived);
        return _message;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{_message}, {_pieces.Count} pages";
}
