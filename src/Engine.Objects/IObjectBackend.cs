using Engine.Buffers;

namespace Engine.Objects;

/// <summary>
/// An asynchronous store of objects: what a cache writes back to. Each operation is a submission that completes exactly once
/// through its sink, on any thread, in any order, possibly inside the call.
/// </summary>
/// <remarks>
/// Buffers: the list handed in stays owned by the caller, who keeps it (and its blocks unchanged, for writes) until completion.
/// Results: bytes moved or an errno. A read below the requested length is short: the rest reads as zeros. ENOENT on a read means
/// "no such object". A backend never throws for operating errors. Two overlapping writes are never in flight together: the caller
/// sees to that. A write's completion means durable only where <see cref="BackendCapabilities.CommitIsDurable"/> holds or the
/// write was FUA; <see cref="Flush"/> makes durable every write that completed before the flush was submitted. A change that
/// failed may have happened all the same, and is not durable then: readers may see it, a removal that is tried again may end
/// with ENOENT, and only a flush makes sure of it.
/// </remarks>
public interface IObjectBackend
{
    /// <summary>Alignment, limits and abilities.</summary>
    BackendCapabilities Capabilities { get; }

    /// <summary>Reads into <paramref name="destination"/>, whose length is the operation's length, and notes what was written
    /// there (<see cref="BufferList.NoteWritten"/>, or by the marks of a transfer).</summary>
    void Read(in ObjectRead operation, BufferList destination, in Submission submission);

    /// <summary>Writes <paramref name="source"/>, whose length is the operation's length; creates the object where
    /// needed.</summary>
    void Write(in ObjectWrite operation, BufferList source, in Submission submission);

    /// <summary>Makes every write that has completed durable. Fails where it did not, and where something was lost before
    /// that no flush has told of: a store that flushes for FUA writes may lose then what a failed flush loses. It is told
    /// once: of two who flush the same store, one may hear what the other has lost.</summary>
    void Flush(in Submission submission);

    /// <summary>The range's content is no longer needed; what it reads as afterwards is the store's choice unless
    /// <see cref="BackendCapabilities.HasSparse"/>.</summary>
    void Discard(in ObjectRange range, in Submission submission);

    /// <summary>The range reads as zeros afterwards.</summary>
    void WriteZeroes(in ObjectRange range, in Submission submission);

    /// <summary>Cuts or extends the object to <paramref name="size"/> bytes.</summary>
    void Truncate(in ObjectTarget target, long size, in Submission submission);

    /// <summary>Removes the object; ENOENT when there is none.</summary>
    void Remove(in ObjectTarget target, in Submission submission);

    /// <summary>Completes with the object's size as the byte count; ENOENT when there is none.</summary>
    void Stat(in ObjectTarget target, in Submission submission);

    /// <summary>Adds the names of objects that begin with <paramref name="prefix"/>, in ordinal order, then completes with their
    /// count.</summary>
    void List(string prefix, ICollection<string> names, in Submission submission);

    /// <summary>Could a write to this range change bytes that it does not cover (a clone's first write)? Must not
    /// block.</summary>
    bool MayCopyOnWrite(in ObjectRange range);

    /// <summary>Journalled bytes of the range were replaced before they were written: event <paramref name="oldJournalId"/> no
    /// longer holds them, <paramref name="newJournalId"/> (0 = none) does.</summary>
    void OverwriteExtent(in ObjectRange range, ulong oldJournalId, ulong newJournalId);
}
