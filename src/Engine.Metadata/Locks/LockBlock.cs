namespace Engine.Metadata;

/// <summary>What an operation waits for.</summary>
/// <param name="On">The object.</param>
/// <param name="Kind">Its lock, when <paramref name="Waits"/> is not empty.</param>
/// <param name="Waits">What is wanted of the lock; nothing when the object is to be unfrozen.</param>
public readonly record struct LockBlock(LockObject On, LockKind Kind, LockWaits Waits)
{
    /// <summary>Is it the object that is frozen, rather than a lock that is held?</summary>
    public bool IsFrozen => Waits == LockWaits.None;
}
