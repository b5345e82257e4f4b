// The slow half of a volume with a cache: requests that span objects, miss, or wait.
//
// Ownership: owns the cache and the objects that callers await, not the store; the cache frees the volume's pool unless the pool
// is the caller's.
// Shape: extents are mapped into a list that the thread keeps, since the cache copies them within the call. Continuations
// inside the cache run on the completing thread; the hop to the thread pool, where one is asked for, is the last step of each
// request here.
// Threads: any.

using System.Buffers;
using Engine.Buffers;
using Engine.Cache;
using Engine.Objects;

namespace Engine.Volumes;

/// <summary>The cached volume: maps ranges to object extents and words the cache's errors.</summary>
internal sealed partial class CachedPath
{
    /// <summary>Idle request objects kept.</summary>
    private const int RequestsKept = 1024;

    /// <summary>Longest part of a request that is longer than a range can be: a multiple of every alignment.</summary>
    private const int PartBytesMax = 1 << 30;

    [ThreadStatic]
    private static ExtentList? t_extents;

    private readonly Lock _gate = new();
    private readonly Stack<CachedRequest> _idle = new();
    private readonly Stack<CachedBlockRead> _idleBlockReads = new();
    private readonly FileLayout _layout;
    private readonly int _alignment;
    private readonly string _name;
    private volatile bool _closes;

    public CachedPath(IObjectBackend store, ImageDescription image, BufferPool pool, VolumeOptions options)
    {
        _layout = image.Layout;
        _alignment = Math.Max(store.Capabilities.ReadAlignment, store.Capabilities.WriteAlignment);
        _name = options.Name;
        InlineContinuations = options.InlineContinuations;
        Cacher = new ObjectCacher(store, options.CacheSettings(), new ObjectCacherOptions
        {
            Name = options.Name,
            Pool = pool,
            OwnsPool = options.Pool is null,
            Eviction = options.Eviction,
            Clock = options.Clock,
            Scheduler = options.Scheduler,
            InlineContinuations = true,
        });
        Set = Cacher.CreateSet(new ObjectSetOptions { Prefix = image.Prefix, Layout = image.Layout });
        Cacher.Start();
    }

    public ObjectCacher Cacher { get; }

    public ObjectSet Set { get; }

    public bool InlineContinuations { get; }

    public void Read(long offset, Span<byte> destination)
    {
        ExtentList extents = Map(offset, destination.Length);
        IoResult result = Cacher.Read(Set, extents, destination);
        t_extents = extents;
        if (result.Failed)
            throw Failure(CachedKind.Read, offset, destination.Length, result.Error);
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        ExtentList extents = Map(offset, source.Length);
        IoError error = Cacher.Write(Set, extents, source);
        t_extents = extents;
        if (error.Failed)
            throw Failure(CachedKind.Write, offset, source.Length, error);
    }

    public void Flush()
    {
        IoError error = Cacher.FlushSet(Set).Error;
        if (error.Failed)
            throw Failure(CachedKind.Flush, 0, 0, error);
    }

    public void Resume()
    {
        IoError error = Cacher.ResumeSet(Set);
        if (error.Failed)
            throw Failure(CachedKind.Flush, 0, 0, error);
    }

    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellation)
    {
        ExtentList extents = Map(offset, destination.Length);
        ValueTask<IoResult> pending = Cacher.ReadAsync(Set, extents, destination, cancellation);
        t_extents = extents;
        if (!pending.IsCompletedSuccessfully)
            return Rent().Await(pending, offset, destination.Length);
        IoError error = pending.Result.Error;
        return error.Failed
            ? ValueTask.FromException<int>(Failure(CachedKind.Read, offset, destination.Length, error))
            : new ValueTask<int>(destination.Length);
    }

    /// <summary>Reads into blocks, segment by segment: a cached read copies anyway.</summary>
    public ValueTask<int> ReadAsync(long offset, BufferList destination, int length, CancellationToken cancellation) =>
        RentBlockRead().Start(offset, destination, length, cancellation);

    public ValueTask WriteAsync(
        long offset, in ReadOnlySequence<byte> source, WriteOptions options, CancellationToken cancellation)
    {
        if (source.Length > PartBytesMax)
            return WritePartsAsync(offset, source, options, cancellation);
        ExtentList extents = Map(offset, (int)source.Length);
        ValueTask<IoError> pending = Cacher.WriteAsync(Set, extents, source, options, cancellation);
        t_extents = extents;
        if (!pending.IsCompletedSuccessfully)
            return Rent().Await(pending, offset, source.Length);
        IoError error = pending.Result;
        return error.Failed
            ? ValueTask.FromException(Failure(CachedKind.Write, offset, source.Length, error))
            : ValueTask.CompletedTask;
    }

    public ValueTask FlushAsync()
    {
        ValueTask<FlushResult> pending = Cacher.FlushSetAsync(Set);
        if (!pending.IsCompletedSuccessfully)
            return Rent().Await(pending);
        IoError error = pending.Result.Error;
        return error.Failed
            ? ValueTask.FromException(Failure(CachedKind.Flush, 0, 0, error))
            : ValueTask.CompletedTask;
    }

    public void Return(CachedRequest request)
    {
        lock (_gate)
        {
            if (_idle.Count < RequestsKept)
                _idle.Push(request);
        }
    }

    public void Return(CachedBlockRead request)
    {
        lock (_gate)
        {
            if (_idleBlockReads.Count < RequestsKept)
                _idleBlockReads.Push(request);
        }
    }

    /// <summary>The exception for a failed request. ESHUTDOWN is the cache's own only once the volume closes; before, it is a
    /// store that refuses this client.</summary>
    public Exception Failure(CachedKind kind, long offset, long length, IoError error)
    {
        if (error == IoError.Shutdown && _closes)
            return VolumeErrors.Closed(_name);
        if (kind == CachedKind.Read)
            return VolumeErrors.Failed(_name, "read", offset, length, error);
        bool isFlush = kind == CachedKind.Flush;
        if (Cacher.FailureOf(Set) == error)
            return isFlush ? VolumeErrors.Kept(_name, "flush", error) : VolumeErrors.Kept(_name, "write", offset, length, error);
        return isFlush ? VolumeErrors.Failed(_name, "flush", error) : VolumeErrors.Failed(_name, "write", offset, length, error);
    }

    private CachedRequest Rent()
    {
        lock (_gate)
        {
            if (_idle.TryPop(out CachedRequest? request))
                return request;
        }

        return new CachedRequest(this);
    }

    private CachedBlockRead RentBlockRead()
    {
        lock (_gate)
        {
            if (_idleBlockReads.TryPop(out CachedBlockRead? request))
                return request;
        }

        return new CachedBlockRead(this);
    }

    /// <summary>The extents of a range. The thread gives the list back; a request within a request finds none, and makes its
    /// own.</summary>
    private ExtentList Map(long offset, int length)
    {
        ExtentList extents = t_extents ?? new ExtentList();
        t_extents = null;
        extents.Clear();
        Striper.Map(_layout, offset, length, extents);
        return extents;
    }

    private async ValueTask WritePartsAsync(
        long offset, ReadOnlySequence<byte> source, WriteOptions options, CancellationToken cancellation)
    {
        while (source.Length > 0)
        {
            ReadOnlySequence<byte> part = source.Slice(0, Math.Min(source.Length, PartBytesMax));
            await WriteAsync(offset, part, options, cancellation).ConfigureAwait(false);
            source = source.Slice(part.Length);
            offset += part.Length;
        }
    }
}
