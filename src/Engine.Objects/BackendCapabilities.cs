namespace Engine.Objects;

/// <summary>What a store can do and asks for; constant for the life of the backend. Lengths in bytes.</summary>
public sealed record BackendCapabilities
{
    /// <summary>Offsets and lengths of reads must be multiples of this (power of two).</summary>
    public int ReadAlignment { get; init; } = 1;

    /// <summary>Offsets and lengths of writes must be multiples of this (power of two).</summary>
    public int WriteAlignment { get; init; } = 1;

    /// <summary>Most bytes in one read or write.</summary>
    public int TransferBytesMax { get; init; } = 4 << 20;

    /// <summary>Most memory segments in one read or write.</summary>
    public int SegmentsMax { get; init; } = 1024;

    /// <summary>Most operations in flight; a store may answer EAGAIN to more.</summary>
    public int OperationsMax { get; init; } = int.MaxValue;

    /// <summary>One write may carry several ranges of an object.</summary>
    public bool CanScatter { get; init; }

    /// <summary>A write's completion means durable; otherwise durable means a later <see cref="IObjectBackend.Flush"/>.</summary>
    public bool CommitIsDurable { get; init; }

    /// <summary>Discarded ranges read as zeros and take no space.</summary>
    public bool HasSparse { get; init; }

    /// <summary>Whole objects can be replaced atomically (<see cref="ObjectWrite.Replaces"/>).</summary>
    public bool HasReplace { get; init; }

    /// <summary>Parts of an object can be changed: writes that do not replace, truncate, discard, write-zeroes. Without it they
    /// end with EOPNOTSUPP.</summary>
    public bool HasPartialWrites { get; init; } = true;

    /// <summary>The store keeps snapshots.</summary>
    public bool HasSnapshots { get; init; }
}
