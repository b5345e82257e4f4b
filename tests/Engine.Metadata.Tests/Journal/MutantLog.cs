using Engine.Buffers;
using Engine.Objects;

namespace Engine.Metadata.Tests;

/// <summary>A log that makes a rank wrong in a way that only a crash shows.</summary>
internal sealed partial class MutantLog(ILog log, string mutant, BufferPool pool) : ILog
{
    /// <summary>Events are called durable when they are in the device's cache at best.</summary>
    public const string NoFlush = "no flush before acknowledging";

    /// <summary>An event that belongs to a segment reaches the log before the segment's subtree map.</summary>
    public const string EventFirst = "event before its segment header";

    /// <summary>A rename is two events: the old name goes, and then the new one comes.</summary>
    public const string RenameInTwo = "a rename written as two events";

    /// <summary>An exchange says what lies at both names, and not that they were exchanged.</summary>
    public const string UntoldExchange = "an exchange that is not told";

    private const int KindOffset = 4;

    private BufferList? _head;

    public long Start => log.Start;

    public long End => log.End;

    public long Durable => log.Durable;

    public long Capacity => log.Capacity;

    public long Room => log.Room;

    public int RecordBytesMax => log.RecordBytesMax;

    public ulong Incarnation => log.Incarnation;

    public IoError Append(BufferList payload, out long position)
    {
        bool rewrites = mutant is RenameInTwo or UntoldExchange;
        byte[] start = new byte[rewrites ? payload.Length : KindOffset + 1];
        payload.CopyTo(0, start);
        if (rewrites)
            return mutant == RenameInTwo ? AppendInTwo(start, out position) : AppendUntold(start, out position);
        if (mutant == EventFirst && start[KindOffset] == (byte)EventKind.SubtreeMap && log.End > log.Start)
        {
            _head = payload.Slice(0, payload.Length);
            position = log.End;
            return IoError.None;
        }

        IoError error = log.Append(payload, out position);
        if (_head is not { } head)
            return error;
        _head = null;
        log.Append(head, out _);
        head.Dispose();
        return error;
    }

    public void Flush(in Submission submission)
    {
        if (mutant == NoFlush)
            submission.Complete(IoResult.Ok(0));
        else
            log.Flush(submission);
    }

    public void Read(long position, LogBatch batch, in Submission submission) => log.Read(position, batch, submission);

    public void Trim(long position, in Submission submission)
    {
        if (mutant == NoFlush)
            submission.Complete(IoResult.Ok(0));
        else
            log.Trim(position, submission);
    }

    public void Fence(ulong incarnation, in Submission submission) => log.Fence(incarnation, submission);
}
