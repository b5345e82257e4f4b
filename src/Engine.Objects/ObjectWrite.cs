namespace Engine.Objects;

/// <summary>A contiguous write of <c>Offset~Length</c> (bytes) of one object; the bytes come in a gather list.</summary>
public readonly record struct ObjectWrite(ObjectTarget Target, long Offset, int Length)
{
    /// <summary>Completion must mean durable (force unit access); honoured by every store.</summary>
    public bool Fua { get; init; }

    /// <summary>The bytes are the whole object: afterwards it has these and no others, and a crash leaves it as it was before or
    /// as it is after. The offset is 0. EOPNOTSUPP where <see cref="BackendCapabilities.HasReplace"/> is false.</summary>
    public bool Replaces { get; init; }

    /// <summary>Snapshots that exist; null means <see cref="SnapContext.None"/>.</summary>
    public SnapContext? Snapshots { get; init; }

    /// <summary>Modification time given by the writer.</summary>
    public DateTimeOffset ModifiedAt { get; init; }

    /// <summary>Truncation state of the object.</summary>
    public Truncation Truncation { get; init; }

    /// <summary>Journal event that holds the same bytes, 0 for none.</summary>
    public ulong JournalId { get; init; }

    /// <summary>The submitter blocks until completion; see <see cref="ObjectRead.CallerWaits"/>.</summary>
    public bool CallerWaits { get; init; }
}
