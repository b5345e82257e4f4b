using Engine.Buffers;
using Engine.Objects;

namespace Engine.Bench.Migration;

/// <summary>A journal that forgets: what is measured beside it has none.</summary>
internal sealed class NullLog : ILog
{
    /// <inheritdoc/>
    public long Start => 1;

    /// <inheritdoc/>
    public long End { get; private set; } = 1;

    /// <inheritdoc/>
    public long Durable => End;

    /// <inheritdoc/>
    public int RecordBytesMax => 16 << 20;

    /// <inheritdoc/>
    public long Capacity => long.MaxValue;

    /// <inheritdoc/>
    public long Room => long.MaxValue;

    /// <inheritdoc/>
    public ulong Incarnation => 1;

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
        submission.Complete(IoResult.Ok(0));
    }

    /// <inheritdoc/>
    public void Trim(long position, in Submission submission) => submission.Complete(IoResult.Ok(0));

    /// <inheritdoc/>
    public void Fence(ulong incarnation, in Submission submission) => submission.Complete(IoResult.Ok(0));
}
