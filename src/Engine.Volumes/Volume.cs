// A striped, byte-addressed image over an object store, through a write-back cache or straight.
//
// Ownership: the volume owns its cache, its direct path and, unless one was handed in, its pool; never the store, which must
// outlive it. Closing flushes, waits for requests under way, and frees what is owned.
// Shape: Volume.Read and Volume.Write hold the two hot halves, which go to the cache within one object and allocate nothing;
// CachedPath and DirectPath the rest; Volume.Ranges holds discards and zeroes, Volume.Lifecycle the opening and the end.
// Invariants: exactly one of _cached and _direct exists; _hot is the cache while the volume is open and one shift and one mask
// find the object, else null.

using Engine.Buffers;
using Engine.Cache;
using Engine.Objects;

namespace Engine.Volumes;

/// <summary>A byte-addressed image over an object store: reads and writes of any offset and length, flush, discard,
/// write-zeroes. Thread-safe.</summary>
/// <remarks>
/// Errors: I/O errors are <see cref="VolumeException"/> with the errno; a range outside the image is
/// <see cref="ArgumentOutOfRangeException"/>, except that reads are cut at <see cref="Length"/> as a stream's are; use after
/// closing is <see cref="ObjectDisposedException"/>. Memory given to an asynchronous request must stay valid and, for writes,
/// unchanged until it completes. Durable means written and flushed, or written with <see cref="VolumeWriteFlags.Fua"/>.
/// Requests that overlap and are under way together take effect in some order.
/// </remarks>
public sealed partial class Volume : IDisposable, IAsyncDisposable
{
    private readonly VolumeOptions _options;
    private readonly CachedPath? _cached;
    private readonly DirectPath? _direct;
    private readonly VolumeMeter _meter;
    private readonly ImageMap _map;
    private readonly long _length;
    private readonly ObjectSet? _set;
    private readonly int _objectShift;
    private readonly long _objectMask;
    private ObjectCacher? _hot;
    private volatile bool _closed;

    /// <summary>Addressable bytes; constant.</summary>
    public long Length => _length;

    /// <summary>The image as its store describes it.</summary>
    public ImageDescription Image { get; }

    /// <summary>Name in metrics and messages.</summary>
    public string Name => _options.Name;

    /// <summary>Requests go through a cache.</summary>
    public bool IsCached => _cached is not null;

    /// <summary>Why the volume failed: its store refused it altogether (ESHUTDOWN, EROFS) when what the cache held was to be
    /// written. That is kept, and read from the cache, but nothing is written and no write is taken until
    /// <see cref="ResumeAsync"/>. None while the volume writes, and for one without a cache.</summary>
    public IoError Failure => _cached is null ? IoError.None : _cached.Cacher.FailureOf(_cached.Set);

    /// <summary>The volume as a seekable stream of fixed length. Each stream has its own position; disposing it leaves the
    /// volume open.</summary>
    public Stream AsStream()
    {
        ThrowIfClosed();
        return new VolumeStream(this);
    }

    /// <summary>The pool that the volume made; null where one was handed in.</summary>
    internal BufferPool? OwnedPool { get; }

    /// <summary>Bytes of a read at <paramref name="offset"/> that lie in the image.</summary>
    private int Clip(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return (int)Math.Clamp(_length - offset, 0, length);
    }

    private void CheckRange(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (offset > _length - length)
            throw VolumeErrors.OutOfRange(Name, offset, length, _length);
    }

    private void ThrowIfClosed()
    {
        if (_closed)
            throw VolumeErrors.Closed(Name);
    }
}
