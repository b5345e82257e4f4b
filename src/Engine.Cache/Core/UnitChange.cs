namespace Engine.Cache;

/// <summary>What happens to units; <see cref="UnitTransitions"/> says what each becomes and which transitions are
/// legal.</summary>
internal enum UnitChange
{
    /// <summary>A read that will fill missing units was issued.</summary>
    ReadIssued,

    /// <summary>A read brought the bytes.</summary>
    ReadFilled,

    /// <summary>A read failed.</summary>
    ReadFailed,

    /// <summary>A failed read is forgotten: the unit is asked for again.</summary>
    ReadForgotten,

    /// <summary>A writer stored new bytes.</summary>
    Written,

    /// <summary>A settlement waits for dirty units to be issued.</summary>
    CoverRequested,

    /// <summary>What a settlement waited for cannot be issued: the units stay dirty and are no longer waited for.</summary>
    CoverFailed,

    /// <summary>The same for a write-through, whose bytes are undefined from then on and are dropped.</summary>
    CoverDropped,

    /// <summary>A write that carries the units was issued.</summary>
    WriteIssued,

    /// <summary>The write was committed and is durable.</summary>
    CommittedStable,

    /// <summary>The write was committed; the store must be flushed before it is durable.</summary>
    CommittedUnstable,

    /// <summary>The write failed.</summary>
    WriteFailed,

    /// <summary>A failed write-through: its bytes are undefined and are dropped.</summary>
    WriteDropped,

    /// <summary>The store was flushed.</summary>
    Stabilised,

    /// <summary>The store's flush failed: what it covered may be lost and is written again.</summary>
    Destabilised,

    /// <summary>The bytes are dropped, dirty or not.</summary>
    Dropped,

    /// <summary>What the store did not take is dropped.</summary>
    DirtyDropped,

    /// <summary>The bytes are known to be zeros.</summary>
    Zeroed,

    /// <summary>Known zeros were stored into the block's memory.</summary>
    Materialised,

    /// <summary>What a reader could get from the store again is dropped.</summary>
    Released,
}
