using Engine.Buffers;
using Engine.Metadata;
using Engine.Objects;

namespace Engine.Cluster.Tests;

/// <summary>The stores as one process sees them, to whom the journal fails when the test says so.</summary>
internal sealed class FailingStores(IRankStores stores) : IRankStores
{
    private volatile int _openErrno;
    private volatile int _appendErrno;
    private volatile int _readErrno;

    /// <summary>What opening a journal ends with.</summary>
    public IoError OpenFailure
    {
        set => _openErrno = value.Errno;
    }

    /// <summary>What every append ends with from now on.</summary>
    public IoError AppendFailure
    {
        set => _appendErrno = value.Errno;
    }

    /// <summary>What every read of a journal ends with.</summary>
    public IoError ReadFailure
    {
        set => _readErrno = value.Errno;
    }

    public IoError TryOpen(RankId rank, ulong incarnation, out IRankStore? store)
    {
        store = null;
        var error = new IoError(_openErrno);
        if (error.Failed)
            return error;
        error = stores.TryOpen(rank, incarnation, out IRankStore? opened);
        store = opened is null ? null : new Store(this, opened);
        return error;
    }

    private sealed class Store(FailingStores owner, IRankStore store) : IRankStore, ILog
    {
        public ILog Log => this;

        public IObjectBackend Objects => store.Objects;

        public long Start => store.Log.Start;

        public long End => store.Log.End;

        public long Durable => store.Log.Durable;

        public long Capacity => store.Log.Capacity;

        public long Room => store.Log.Room;

        public int RecordBytesMax => store.Log.RecordBytesMax;

        public ulong Incarnation => store.Log.Incarnation;

        public IoError Append(BufferList payload, out long position)
        {
            position = 0;
            var error = new IoError(owner._appendErrno);
            return error.Failed ? error : store.Log.Append(payload, out position);
        }

        public void Flush(in Submission submission) => store.Log.Flush(submission);

        public void Read(long position, LogBatch batch, in Submission submission)
        {
            if (owner._readErrno == 0)
                store.Log.Read(position, batch, submission);
            else
                submission.Complete(IoResult.Fail(new IoError(owner._readErrno)));
        }

        public void Trim(long position, in Submission submission) => store.Log.Trim(position, submission);

        public void Fence(ulong incarnation, in Submission submission) => store.Log.Fence(incarnation, submission);

        public void Dispose() => store.Dispose();
    }
}
