using Engine.Buffers;

namespace Engine.Stores;

/// <summary>What is there of the segments of a log that has lost its head; only read.</summary>
internal abstract class RescueSpace : LogSpace
{
    /// <summary>Length of each.</summary>
    public int SegmentBytes { get; protected init; }

    /// <summary>First byte of the oldest.</summary>
    public long Begin { get; protected init; }

    /// <summary>Behind the last byte of the newest.</summary>
    public long End { get; protected init; }

    /// <summary>Is there one of this number?</summary>
    public abstract bool Has(long segment);

    /// <inheritdoc/>
    public override void Use(LogSuperblock superblock) => Invariant.That(superblock.SegmentBytes == SegmentBytes);

    /// <inheritdoc/>
    public override IoError Prepare(long segment) => IoError.ReadOnly;

    /// <inheritdoc/>
    public override void Release(long segment)
    {
        // What is only read lets nothing go.
    }

    /// <inheritdoc/>
    public override IoError Flush(long first, long last) => IoError.ReadOnly;
}
