namespace Engine.Metadata;

/// <summary>State of a lock. The first six are stable; in the others the lock is on its way from one to another and waits for
/// what drains. Values are stored and sent. Source: migrator specification, 1.9 and appendix C.</summary>
public enum LockState : byte
{
    /// <summary>Everyone reads.</summary>
    Sync,

    /// <summary>The authority alone reads, or writes.</summary>
    Lock,

    /// <summary>Every rank writes its own share; nobody reads.</summary>
    Mix,

    /// <summary>One client, the loner, does as it likes.</summary>
    Excl,

    /// <summary>One operation at the authority holds it alone.</summary>
    Xlock,

    /// <summary>As <see cref="Xlock"/>, and the change is made: the client it was made for may see it.</summary>
    XlockDone,

    /// <summary>Readers and caching clients leave.</summary>
    SyncLock,

    /// <summary>Writers leave.</summary>
    LockSync,

    /// <summary>Readers leave; on a replica too, before it answers.</summary>
    SyncMix,

    /// <summary>On a replica: no reader is left here; writing begins when the authority says that none is left
    /// anywhere.</summary>
    SyncMix2,

    /// <summary>Readers and caching clients leave.</summary>
    LockMix,

    /// <summary>Writers of this rank leave.</summary>
    MixLock,

    /// <summary>Writers of the replicas leave, and send their shares.</summary>
    MixLock2,

    /// <summary>Writers leave, everywhere, and send their shares.</summary>
    MixSync,

    /// <summary>On a replica: no writer is left here; reading begins when the authority sends the sum.</summary>
    MixSync2,

    /// <summary>The loner gives back what others may not have beside it.</summary>
    ExclSync,

    /// <summary>The loner gives back all but what it keeps unseen.</summary>
    ExclLock,

    /// <summary>The loner gives back all but uncached reading and writing.</summary>
    ExclMix,

    /// <summary>All but the loner leave.</summary>
    SyncExcl,

    /// <summary>Operations leave.</summary>
    LockExcl,

    /// <summary>All but the loner leave, replicas send their shares.</summary>
    MixExcl,

    /// <summary>Readers and writers of the authority leave, for one that wants it alone.</summary>
    PreXlock,
}
