using Engine.Buffers;
using Engine.Objects;

namespace Engine.Stores;

/// <content>Reading, on the owner's thread: replay has nothing else to do meanwhile.</content>
public abstract partial class SegmentLog
{
    private LogReader? _reader;

    /// <summary>Where the last read ended, and what was durable then: a read that goes on there finds what was read ahead, which
    /// nobody has written since.</summary>
    private (long Next, long Durable) _read;

    /// <inheritdoc/>
    public void Read(long position, LogBatch batch, in Submission submission)
    {
        ArgumentNullException.ThrowIfNull(batch);
        long durable;
        LogState state;
        LogSuperblock superblock;
        IoError error;
        lock (_gate)
        {
            // Reading goes on after a failure; not after the log was closed.
            error = _isClosing ? IoError.Shutdown : position < _start ? IoError.NoEntry : IoError.None;
            (durable, state, superblock) = (_durable, _state, _superblock);
        }

        batch.Clear(position);
        if (error.IsNone)
            error = Fill(batch, position, durable, superblock, state);
        submission.Complete(new IoResult(error, error.IsNone ? batch.Payload.Length : 0));
    }

    private IoError Fill(LogBatch batch, long position, long durable, LogSuperblock superblock, LogState state)
    {
        _reader ??= new LogReader(_space, superblock);
        if (_read != (position, durable))
            _reader.Reset(durable);
        var chain = new LogChain(_reader, superblock, state);
        IoError error = Fill(batch, durable, chain, position);
        // Where the next record was good and found no room: what ended otherwise is read anew.
        _read = chain.End > batch.Next ? (batch.Next, durable) : default;
        return error;
    }

    private static IoError Fill(LogBatch batch, long durable, LogChain chain, long position)
    {
        chain.Begin(position);
        while (chain.End < durable)
        {
            IoError error = chain.Next(out bool found, out LogRecord record, out ReadOnlySpan<byte> payload);
            if (error.IsNone && !found)
                error = IoError.Damaged;
            bool isTaken = error.IsNone && (batch.Count == 0 || batch.Payload.Length + record.Length <= batch.BytesMax);
            if (isTaken && !batch.Payload.TryAppendCopy(payload))
                error = IoError.NoMemory;
            // What was read so far stands; the rest fails when it is asked for by itself.
            if (error.Failed)
                return batch.Count > 0 ? IoError.None : error;
            if (!isTaken)
                return IoError.None;
            batch.Add(record.Position, record.Length, record.End);
        }

        return IoError.None;
    }
}
