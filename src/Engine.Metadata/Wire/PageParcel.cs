using Engine.Buffers;
using Microsoft.Extensions.ObjectPool;

namespace Engine.Metadata;

/// <summary>
/// Pages on their way from one rank to another. Holds a reference to each block; who is handed a parcel disposes it. Nobody
/// changes the bytes while a parcel is on its way.
/// </summary>
public sealed class PageParcel : IDisposable
{
    /// <summary>Largest block that can travel.</summary>
    public const int BlockBytesMax = 1 << 20;

    private const int ParcelsKept = 1024;
    private const int PiecesKept = 4096;
    private const int PiecesAtFirst = 16;

    private static readonly ObjectPool<PageParcel> s_parcels =
        new DefaultObjectPool<PageParcel>(new ParcelPolicy(), ParcelsKept);

    private PagePiece[] _pieces = new PagePiece[PiecesAtFirst];
    private bool _isRented;

    private PageParcel()
    {
    }

    /// <summary>Pieces.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes in use of all pieces.</summary>
    public long Bytes { get; private set; }

    /// <summary>Do the pages carry their own checksums, filled in, which whoever takes them checks? Then no other checksum is
    /// taken over them.</summary>
    public bool IsSealed { get; set; }

    /// <summary>Piece <paramref name="index"/>, in the order of adding.</summary>
    public PagePiece this[int index]
    {
        get
        {
            Invariant.That(_isRented && (uint)index < (uint)Count);
            return _pieces[index];
        }
    }

    /// <summary>An empty parcel.</summary>
    public static PageParcel Rent()
    {
        PageParcel parcel = s_parcels.Get();
        Invariant.That(!parcel._isRented && parcel.Count == 0);
        parcel._isRented = true;
        return parcel;
    }

    /// <summary>Adds a block and takes over the caller's reference to it.</summary>
    /// <param name="pool">Whose block it is; its blocks have at most <see cref="BlockBytesMax"/> bytes.</param>
    /// <param name="handle">The block.</param>
    /// <param name="front">Bytes in use from its start on.</param>
    /// <param name="tail">Bytes in use before its end.</param>
    public void Add(BufferPool pool, BufferHandle handle, int front, int tail = 0)
    {
        ArgumentNullException.ThrowIfNull(pool);
        Invariant.That(_isRented && pool.BlockBytes <= BlockBytesMax);
        Invariant.That(front > 0 && tail is >= 0 and <= ushort.MaxValue && front <= pool.BlockBytes - tail);
        if (Count == _pieces.Length)
            Array.Resize(ref _pieces, 2 * Count);
        _pieces[Count++] = new PagePiece(pool, handle, front, tail);
        Bytes += front + tail;
    }

    /// <summary>Forgets the pieces: their references are the caller's from now on, who has noted them.</summary>
    public void Surrender()
    {
        Invariant.That(_isRented);
        Array.Clear(_pieces, 0, Count);
        Count = 0;
        Bytes = 0;
    }

    /// <summary>Drops all references and gives the parcel back; to be called once.</summary>
    public void Dispose()
    {
        Invariant.That(_isRented, "a parcel of pages was disposed twice");
        for (int i = 0; i < Count; i++)
            _pieces[i].Pool.Release(_pieces[i].Handle);
        Surrender();
        _isRented = false;
        IsSealed = false;
        if (_pieces.Length > PiecesKept)
            _pieces = new PagePiece[PiecesAtFirst];
        s_parcels.Return(this);
    }

    private sealed class ParcelPolicy : PooledObjectPolicy<PageParcel>
    {
        public override PageParcel Create() => new();

        public override bool Return(PageParcel obj) => true;
    }
}
