namespace Engine.Cache;

/// <summary>What becomes of dirty data that the store did not take.</summary>
public enum WritebackAction
{
    /// <summary>It stays dirty, and is tried again after a delay that grows with every failure of its object.</summary>
    Retry,

    /// <summary>It is given up: the next flush of its set tells so, once.</summary>
    Drop,

    /// <summary>The set fails: its data is kept and no longer written, its writes are refused and its flushes fail, until <see
    /// cref="ObjectCacher.ResumeSet"/>; a purge gives the data up.</summary>
    FailSet,
}
