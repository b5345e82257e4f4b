using Engine.Buffers;

namespace Engine.Objects;

/// <summary>
/// An append-only log of records, one life (incarnation) of one writer at a time. Positions are byte offsets that only grow; a
/// record's position is stable for as long as the record is kept, and never 0. Between two records there may be a gap.
/// </summary>
/// <remarks>
/// Every record is protected by its length and a CRC32C over header and payload, and carries its own position and the
/// incarnation that wrote it. A log opened after a crash ends before the first record that is torn, damaged or of another
/// history: what follows was never reported durable, else opening fails and says where. Appended records are written in order;
/// a flush makes durable all that was appended before it was submitted. Failure of a write or flush is final: every later
/// operation but reads fails with the same error, because what is durable is then unknown.
/// One thread appends, flushes, trims and reads (the owner); completions come on any thread, possibly inside the call.
/// </remarks>
public interface ILog
{
    /// <summary>Position of the oldest record kept, or <see cref="End"/>.</summary>
    long Start { get; }

    /// <summary>Position behind the newest record appended.</summary>
    long End { get; }

    /// <summary>Everything before this position is durable. Equal to <see cref="End"/> once all is.</summary>
    long Durable { get; }

    /// <summary>Bytes of positions that the log can hold at a time; <see cref="long.MaxValue"/> when only its place limits
    /// it.</summary>
    long Capacity { get; }

    /// <summary>Of those, what is free now; more once a trim completes. A record takes its payload, up to two blocks more,
    /// and where a segment of the log ends, up to its own length again. There may be less where the place itself is full: an
    /// append tells.</summary>
    long Room { get; }

    /// <summary>Most payload bytes of one record.</summary>
    int RecordBytesMax { get; }

    /// <summary>The life of the writer that this log was opened for, or raised to by <see cref="Fence"/>.</summary>
    ulong Incarnation { get; }

    /// <summary>Adds a record whose payload is the list's bytes. The log takes its own references, so the list may be disposed at
    /// once; the bytes must not change until the record is durable. It is written when a flush asks for it, or
    /// earlier.</summary>
    /// <param name="payload">Stays the caller's. Whole blocks of it, aligned as the device wants, are written from where they
    /// are; the rest is copied.</param>
    /// <param name="position">The record's position, at or behind <see cref="End"/>, which moves behind it.</param>
    /// <returns>ENOSPC when the log is full (trimming helps), EAGAIN when too much waits to be written (a flush helps), EMSGSIZE
    /// when the record is too long, ESTALE after another incarnation took the log over, else the error that ended the
    /// log.</returns>
    IoError Append(BufferList payload, out long position);

    /// <summary>Makes every record appended so far durable.</summary>
    void Flush(in Submission submission);

    /// <summary>Reads whole durable records from <paramref name="position"/> on (a record's position, or <see cref="Start"/>, or
    /// <see cref="LogBatch.Next"/> of the read before), as many as fit the batch, at least one where there is one. Completes with
    /// the number of payload bytes; a batch without records is the end. ENOENT before <see cref="Start"/>, EUCLEAN for
    /// damage.</summary>
    void Read(long position, LogBatch batch, in Submission submission);

    /// <summary>Lets go of every record before <paramref name="position"/>; those at and behind it are kept. The start may be
    /// found further back after a crash. Completes when the space is free for appending.</summary>
    void Trim(long position, in Submission submission);

    /// <summary>Takes the log over for a newer incarnation: from completion on, no record of an older one becomes durable, in
    /// other processes neither; they end with ESTALE. ESTALE when <paramref name="incarnation"/> is not newer.</summary>
    void Fence(ulong incarnation, in Submission submission);
}
