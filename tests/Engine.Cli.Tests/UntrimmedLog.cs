using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cli.Tests;

/// <summary>A log that lets go of nothing, as one whose process was killed before each trim: a life that ends in order over it
/// leaves all its events beside objects that were written.</summary>
internal sealed class UntrimmedLog(ILog log) : ILog
{
    public long Start => log.Start;

    public long End => log.End;

    public long Durable => log.Durable;

    public long Capacity => log.Capacity;

    public long Room => log.Room;

    public int RecordBytesMax => log.RecordBytesMax;

    public ulong Incarnation => log.Incarnation;

    public IoError Append(BufferList payload, out long position) => log.Append(payload, out position);

    public void Flush(in Submission submission) => log.Flush(submission);

    public void Read(long position, LogBatch batch, in Submission submission) => log.Read(position, batch, submission);

    public void Trim(long position, in Submission submission) => submission.Complete(IoResult.Ok(0));

    public void Fence(ulong incarnation, in Submission submission) => log.Fence(incarnation, submission);
}
