// The steps of the catalogue over the fixture: reads, writes, flushes, completions. Every step ends with an audit of the cache.
using System.Buffers;
using Engine.Buffers;
using Engine.Cache;
using Engine.Objects;

namespace Engine.Testing.Cache;

public sealed partial class CacheFixture
{
    /// <summary>Starts a read.</summary>
    public PendingRead R(long objectNumber, long offset, int length, CancellationToken cancellation = default) =>
        R(Extent(objectNumber, offset, length), length, cancellation);

    /// <summary>Starts a read of several extents.</summary>
    public PendingRead R(ExtentList extents, int length, CancellationToken cancellation = default)
    {
        PendingRead read = new(length);
        Follow(read, Cache.ReadAsync(S, extents, read.Buffer, cancellation));
        Audit();
        return read;
    }

    /// <summary>Starts a read without a destination.</summary>
    public PendingResult Prefetch(long objectNumber, long offset, int length)
    {
        PendingResult result = new();
        Follow(result, Cache.PrefetchAsync(S, Extent(objectNumber, offset, length)));
        Audit();
        return result;
    }

    /// <summary>Reads and completes what that needs; the range is then clean unless it was dirty.</summary>
    public PendingRead ReadIn(long objectNumber, long offset, int length)
    {
        PendingRead read = R(objectNumber, offset, length);
        while (!read.IsCompleted)
            Complete(Backend.PendingAt(Backend.PendingCount - 1));
        Invariant.That(read.IsOk);
        _ = TakeIssued();
        return read;
    }

    /// <summary>Starts a write of bytes of one value.</summary>
    public PendingResult W(
        long objectNumber,
        long offset,
        int length,
        char value = 'w',
        WriteOptions options = default,
        CancellationToken cancellation = default) =>
        W(Extent(objectNumber, offset, length), Bytes(length, value), options, cancellation);

    /// <summary>Starts a write of several extents.</summary>
    public PendingResult W(
        ExtentList extents, byte[] bytes, WriteOptions options = default, CancellationToken cancellation = default) =>
        W(extents, new ReadOnlySequence<byte>(bytes), options, cancellation);

    /// <summary>Starts a write to a set that is not S.</summary>
    public PendingResult W(ObjectSet set, ExtentList extents, byte[] bytes)
    {
        PendingResult result = Track(new PendingResult(), Cache.WriteAsync(set, extents, new ReadOnlySequence<byte>(bytes)));
        Audit();
        return result;
    }

    /// <summary>Starts a write of several extents from several pieces of memory.</summary>
    public PendingResult W(
        ExtentList extents,
        ReadOnlySequence<byte> bytes,
        WriteOptions options = default,
        CancellationToken cancellation = default)
    {
        PendingResult result = new();
        Follow(result, Cache.WriteAsync(S, extents, bytes, options, cancellation));
        Audit();
        return result;
    }

    /// <summary>Starts a flush of a set, S when null.</summary>
    public PendingResult Flush(ObjectSet? set = null)
    {
        PendingResult result = new();
        Follow(result, Cache.FlushSetAsync(set ?? S));
        Audit();
        return result;
    }

    /// <summary>Starts a flush of some of S.</summary>
    public PendingResult Flush(ExtentList extents)
    {
        PendingResult result = new();
        Follow(result, Cache.FlushSetAsync(S, extents));
        Audit();
        return result;
    }

    public PendingResult FlushAll()
    {
        PendingResult result = new();
        Follow(result, Cache.FlushAllAsync());
        Audit();
        return result;
    }

    public PendingResult Discard(
        long objectNumber,
        long offset,
        int length,
        DiscardMode mode = DiscardMode.Invalidate,
        DiscardStore store = DiscardStore.None) =>
        Discard(Extent(objectNumber, offset, length), mode, store);

    public PendingResult Discard(ExtentList extents, DiscardMode mode, DiscardStore store)
    {
        PendingResult result = Track(new PendingResult(), Cache.DiscardAsync(S, extents, mode, store));
        Audit();
        return result;
    }

    /// <summary>Cuts S, objects of 1 MiB one after another.</summary>
    public PendingResult Truncate(long size)
    {
        PendingResult result = Track(new PendingResult(), Cache.TruncateSetAsync(S, FileLayout.Simple(M), size));
        Audit();
        return result;
    }

    /// <summary>Purges a set, S when null.</summary>
    public PendingResult Purge(ObjectSet? set = null)
    {
        PendingResult result = Track(new PendingResult(), Cache.PurgeSetAsync(set ?? S));
        Audit();
        return result;
    }

    public ReleaseResult Release()
    {
        ReleaseResult result = Cache.ReleaseSet(S);
        Audit();
        return result;
    }

    public PendingResult Stop(StopMode mode, TimeSpan timeout)
    {
        _stopped = true;
        PendingResult result = Track(new PendingResult(), Cache.StopAsync(mode, timeout));
        Audit();
        return result;
    }

    public IoError Apply(CacheSettings settings)
    {
        IoError error = Cache.Apply(settings);
        Audit();
        return error;
    }

    /// <summary>Moves the clock.</summary>
    public void Advance(TimeSpan by)
    {
        Clock.Advance(by);
        Audit();
    }

    public void Complete(PendingOperation operation, IoError error = default)
    {
        Backend.Complete(operation, error);
        Audit();
    }

    /// <summary>Completes the pending operation with this text.</summary>
    public void Complete(string operation, IoError error = default) => Complete(Backend.Find(operation), error);

    /// <summary>Does a pending change without reporting it.</summary>
    public void Perform(string operation)
    {
        Backend.Perform(Backend.Find(operation));
        Audit();
    }

    /// <summary>Answers a read with bytes of one value.</summary>
    public void CompleteWith(string operation, char value)
    {
        Backend.CompleteWith(Backend.Find(operation), (byte)value);
        Audit();
    }

    /// <summary>Completes everything pending, and what that leads to, well.</summary>
    public void CompleteAll()
    {
        while (Backend.PendingCount > 0)
            Complete(Backend.PendingAt(0));
    }

    /// <summary>Completes what is pending now, and nothing that follows from it.</summary>
    public void CompletePending(IoError error = default)
    {
        foreach (PendingOperation operation in Backend.Pending)
            Complete(operation, error);
    }

    /// <summary>What the cache answers for a range that needs no I/O.</summary>
    public byte[] Cached(long objectNumber, long offset, int length)
    {
        PendingRead read = R(objectNumber, offset, length);
        Invariant.That(read.IsOk, "the range is cached");
        return read.Buffer;
    }

    private PendingResult Track(PendingResult result, ValueTask<IoError> task)
    {
        Follow(result, task);
        return result;
    }

    private async void Follow(PendingResult result, ValueTask<IoResult> task)
    {
        try
        {
            IoResult value = await task.ConfigureAwait(false);
            result.End(value.Error, value.Bytes, false, ++_ended);
        }
        catch (OperationCanceledException)
        {
            result.End(IoError.Cancelled, 0, false, ++_ended);
        }
    }

    private async void Follow(PendingResult result, ValueTask<IoError> task)
    {
        try
        {
            IoError error = await task.ConfigureAwait(false);
            result.End(error, 0, false, ++_ended);
        }
        catch (OperationCanceledException)
        {
            result.End(IoError.Cancelled, 0, false, ++_ended);
        }
    }

    private async void Follow(PendingResult result, ValueTask<FlushResult> task)
    {
        FlushResult value = await task.ConfigureAwait(false);
        result.End(value.Error, 0, value.AlreadyClean, ++_ended);
    }
}
