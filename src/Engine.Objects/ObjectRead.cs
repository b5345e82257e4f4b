namespace Engine.Objects;

/// <summary>A read of <c>Offset~Length</c> (bytes) of one object.</summary>
public readonly record struct ObjectRead(ObjectTarget Target, long Offset, int Length)
{
    /// <summary>Truncation state of the object.</summary>
    public Truncation Truncation { get; init; }

    /// <summary>The submitter blocks until completion: a store may do the I/O on the calling thread and complete inside the
    /// call, which saves a lone miss two thread hops.</summary>
    public bool CallerWaits { get; init; }
}
