using Engine.Buffers;
using Engine.Objects;

namespace Engine.Volumes;

/// <summary>Lets flushes of a volume without a cache share those of its store, and fails them all once one has failed.</summary>
internal sealed class SharedFlush(IObjectBackend store, DirectCounters counters) : FlushTurns<PieceReference>, ICompletionSink
{
    /// <summary>Errno of the first flush of the store that failed; 0 while none has.</summary>
    private int _errno;

    /// <summary>What a flush of the store that ended with <paramref name="error"/> may say. After one that failed all fail:
    /// the store may have lost writes that were complete by then, nobody holds their bytes, and whose they are is not
    /// known. One that the store refused has lost nothing.</summary>
    public IoError Conclude(IoError error)
    {
        bool isRefusal = error == IoError.Again || error == IoError.Shutdown;
        if (error.Failed && !isRefusal)
            Interlocked.CompareExchange(ref _errno, error.Errno, 0);
        int kept = Volatile.Read(ref _errno);
        return kept != 0 ? new IoError(kept) : error;
    }

    void ICompletionSink.Complete(ulong token, IoResult result) => Completed((uint)token, result.Error);

    /// <inheritdoc/>
    protected override void Begin(uint turn)
    {
        counters.Add(DirectCounter.StoreFlushes);
        store.Flush(new Submission(this, turn));
    }

    /// <inheritdoc/>
    protected override IoError Settle(IoError error) => Conclude(error);

    /// <inheritdoc/>
    protected override void End(PieceReference rider, IoError error) => rider.Request.EndFlush(rider.Index, error);
}
