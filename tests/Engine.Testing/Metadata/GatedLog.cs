using Engine.Buffers;
using Engine.Objects;

namespace Engine.Testing.Metadata;

/// <summary>A log behind an <see cref="EffectGate"/>. Reading is no effect.</summary>
public sealed class GatedLog(ILog log, EffectGate gate) : ILog
{
    private long _lost;

    /// <inheritdoc/>
    public long Start => log.Start;

    /// <inheritdoc/>
    public long End => log.End + _lost;

    /// <inheritdoc/>
    public long Durable => log.Durable;

    /// <inheritdoc/>
    public long Capacity => log.Capacity;

    /// <inheritdoc/>
    public long Room => log.Room;

    /// <inheritdoc/>
    public int RecordBytesMax => log.RecordBytesMax;

    /// <inheritdoc/>
    public ulong Incarnation => log.Incarnation;

    /// <inheritdoc/>
    public IoError Append(BufferList payload, out long position)
    {
        if (gate.TryPass())
            return log.Append(payload, out position);
        position = End;
        _lost += Math.Max(1, payload.Length);
        return IoError.None;
    }

    /// <inheritdoc/>
    public void Flush(in Submission submission)
    {
        if (gate.TryPass())
            log.Flush(submission);
    }

    /// <inheritdoc/>
    public void Read(long position, LogBatch batch, in Submission submission) => log.Read(position, batch, submission);

    /// <inheritdoc/>
    public void Trim(long position, in Submission submission)
    {
        if (gate.TryPass())
            log.Trim(position, submission);
    }

    /// <inheritdoc/>
    public void Fence(ulong incarnation, in Submission submission)
    {
        if (gate.TryPass())
            log.Fence(incarnation, submission);
    }
}
