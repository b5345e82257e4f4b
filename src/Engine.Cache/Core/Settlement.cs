using Engine.Buffers;

namespace Engine.Cache;

/// <summary>
/// Waits until covered bytes are settled (specification 2.10): every covered block was issued and every write that carries
/// covered bytes has ended, or a first such write failed and none is in flight any more.
/// </summary>
internal sealed class Settlement
{
    public Settlement(CacheRequest owner) => Owner = owner;

    public CacheRequest Owner { get; }

    /// <summary>Place in the core's table; 0 while not active.</summary>
    public int Slot { get; set; }

    public uint Generation { get; set; }

    /// <summary>Covers of this settlement: one a block, more where a newer write split one.</summary>
    public int Covers { get; set; }

    /// <summary>Operations in flight that it waits for.</summary>
    public int PendingIos { get; set; }

    public IoError Error { get; set; }

    /// <summary>Covered bytes were purged before they were written.</summary>
    public bool Purged { get; set; }

    /// <summary>Waits for writes to end without caring how they end (discard, purge).</summary>
    public bool IgnoresErrors { get; set; }

    /// <summary>A flush ends at its first error; a write-through sees all its parts issued, so that none is written behind its
    /// owner's back.</summary>
    public bool IsSettled => PendingIos == 0 && (Covers == 0 || (Error.Failed && Owner is FlushRequest));

    /// <summary>The first write error; ECANCELED when covered bytes were purged.</summary>
    public IoError Outcome => Error.Failed ? Error : Purged ? IoError.Cancelled : IoError.None;

    public void Reset(bool ignoresErrors = false)
    {
        Covers = 0;
        PendingIos = 0;
        Error = default;
        Purged = false;
        IgnoresErrors = ignoresErrors;
    }
}
