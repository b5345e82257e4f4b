using Engine.Buffers;
using Engine.Objects;
using Engine.Stores;

namespace Engine.Cli.Sessions;

/// <summary>A journal that is only looked at: what a rank adds to it goes nowhere. With it a rank serves reads where nothing can
/// be written. One thread; what it reads it reads once, from the beginning on.</summary>
internal sealed class ViewLog(LogView view) : ILog, IDisposable
{
    private byte[]? _next;
    private long _nextPosition;
    private IoError _failure;

    /// <inheritdoc/>
    public long Start { get; } = view.Check.Start;

    /// <inheritdoc/>
    public long End { get; private set; } = view.Check.End;

    /// <inheritdoc/>
    public long Durable => End;

    /// <inheritdoc/>
    public long Capacity => long.MaxValue;

    /// <inheritdoc/>
    public long Room => long.MaxValue;

    /// <inheritdoc/>
    public int RecordBytesMax => 16 << 20;

    /// <inheritdoc/>
    public ulong Incarnation { get; } = view.Check.Incarnation + 1;

    /// <inheritdoc/>
    public IoError Append(BufferList payload, out long position)
    {
        position = End;
        End += Math.Max(1, payload.Length);
        return IoError.None;
    }

    /// <inheritdoc/>
    public void Flush(in Submission submission) => submission.Complete(IoResult.Ok(0));

    /// <inheritdoc/>
    public void Read(long position, LogBatch batch, in Submission submission)
    {
        batch.Clear(position);
        IoError error = Fill(batch);
        submission.Complete(error.Failed ? IoResult.Fail(error) : IoResult.Ok((int)batch.Payload.Length));
    }

    /// <inheritdoc/>
    public void Trim(long position, in Submission submission) => submission.Complete(IoResult.Ok(0));

    /// <inheritdoc/>
    public void Fence(ulong incarnation, in Submission submission) => submission.Complete(IoResult.Fail(IoError.ReadOnly));

    /// <inheritdoc/>
    public void Dispose() => view.Dispose();

    private IoError Fill(LogBatch batch)
    {
        while (batch.Payload.Length < batch.BytesMax && (_next is not null || TryReadNext()))
        {
            if (batch.Count > 0 && batch.Payload.Length + _next!.Length > batch.BytesMax)
                break;
            if (!batch.Payload.TryAppendCopy(_next))
                return IoError.NoMemory;
            batch.Add(_nextPosition, _next!.Length, _nextPosition + Math.Max(1, _next.Length));
            _next = null;
        }

        return _failure;
    }

    private bool TryReadNext()
    {
        try
        {
            if (_failure.Failed || !view.TryRead(out _nextPosition, out ReadOnlySpan<byte> payload))
                return false;
            _next = payload.ToArray();
            return true;
        }
        catch (StoreException failure)
        {
            _failure = new IoError(failure.Errno);
            return false;
        }
    }
}
