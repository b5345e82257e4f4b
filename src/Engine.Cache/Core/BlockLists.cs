namespace Engine.Cache;

/// <summary>The lists that a block is on.</summary>
[Flags]
internal enum BlockLists : byte
{
    None = 0,

    /// <summary>Evictable: on a list of the eviction policy.</summary>
    Evictable = 1,

    /// <summary>Dirty, by the time it first became so.</summary>
    Age = 2,

    /// <summary>Dirty, in an object or set that background writeback leaves alone after a failure.</summary>
    Retry = 4,

    /// <summary>Unstable, on the even list; the even and the odd list take turns at being covered by the store flush in
    /// flight.</summary>
    UnstableEven = 8,

    /// <summary>Unstable, on the odd list.</summary>
    UnstableOdd = 16,

    /// <summary>Became unstable again while the flush that covers its list was in flight: stays unstable when that flush
    /// ends.</summary>
    UnstableAgain = 32,

    /// <summary>Has covered units to issue.</summary>
    Urgent = 64,
}
