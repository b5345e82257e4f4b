using Engine.Buffers;

namespace Engine.Cache;

/// <summary>
/// The part <c>[Start, End)</c> of one block that an I/O is in flight for. Read pieces of a block are disjoint and cover
/// exactly its Rx units; write pieces are disjoint and cover exactly its InFlight units.
/// </summary>
internal struct Piece
{
    public int Block;
    public int NextInBlock;
    public int NextInIo;
    public ushort Start;
    public ushort End;
    public bool IsWrite;

    /// <summary>Token index of the I/O.</summary>
    public int Io;

    /// <summary>The memory that the I/O moves; the block's own, or what was the block's own at issue, or a bounce
    /// block.</summary>
    public BufferHandle Buffer;

    /// <summary>Of a read: some bytes of it are not waited for any more, and will be overwritten in <see cref="Buffer"/>
    /// nevertheless.</summary>
    public bool IsStale;

    /// <summary>Where the I/O began to move bytes; <see cref="Start"/> and <see cref="End"/> say for what of it it still
    /// counts.</summary>
    public ushort IssuedStart;

    /// <summary>Where the I/O ends to move bytes.</summary>
    public ushort IssuedEnd;

    /// <summary>Of a write: when the bytes first became dirty, to restore after a failure.</summary>
    public long FirstDirty;
}
