namespace Engine.Metadata;

/// <summary>What <see cref="LockMachine"/> asks of the cache that owns the objects. Calls come within steps of the rank; none may
/// call back into the machine, except where it says so.</summary>
public interface ILockHost
{
    /// <summary>The lock of an object: the one in use, or a new one made from the state at rest.</summary>
    MetadataLock Find(LockObject on, LockKind kind);

    /// <summary>The lock is idle: unless somebody waits for it, keep its state and forget the rest.</summary>
    void Retire(MetadataLock item);

    /// <summary>Is this rank authority over the object?</summary>
    bool IsAuthority(LockObject on);

    /// <summary>The ranks that have replicas of the object, a bit each. At the authority only.</summary>
    ulong Replicas(LockObject on);

    /// <summary>The client with exclusive caps on the inode, if there is one.</summary>
    bool TryGetLoner(LockObject on, out ClientId loner);

    /// <summary>What clients want of the lock, and the shape of its inode.</summary>
    LockWants Wants(MetadataLock item);

    /// <summary>Has a client bits that <see cref="LockRules.Allowed"/> does not allow in the lock's state?</summary>
    bool HasCapsBeyond(MetadataLock item);

    /// <summary>What the lock allows clients has changed: take back what is beyond it, hand out what is wanted. What comes back
    /// at once, of clients that have gone, is found by <see cref="HasCapsBeyond"/>; what comes later is told to
    /// <see cref="LockMachine.CapsReturned"/>.</summary>
    void IssueCaps(MetadataLock item);

    /// <summary>Does an operation wait for one of these?</summary>
    bool HasWaiters(MetadataLock item, LockWaits waits);

    /// <summary>Makes the operations that wait for one of these try again, later in this step or in another, in the order in
    /// which they began to wait. False when there are none.</summary>
    bool Wake(MetadataLock item, LockWaits waits);

    /// <summary>Has <see cref="LockMachine.Evaluate"/> called for the lock of this object and kind, found anew, after all that
    /// has been woken so far has run.</summary>
    void EvaluateLater(MetadataLock item);

    /// <summary>Auth-pins the object for an operation. False when it is frozen or freezing.</summary>
    bool TryAuthPin(LockObject on);

    /// <summary>Auth-pins the object while its lock is not stable. False when it is frozen, or freezing with no auth pin at or
    /// below it that the freezing waits for anyway. Locks that are not in SYNC when the object is unfrozen are to be
    /// evaluated then.</summary>
    bool TryPin(LockObject on);

    /// <summary>Gives a pin of either sort back.</summary>
    void Unpin(LockObject on);

    /// <summary>Sends a message about the lock to a rank. The data of <see cref="LockAction.Sync"/> and
    /// <see cref="LockAction.Mix"/> (what the lock protects), and of a dirty replica's answer (its share), is the host's to
    /// add.</summary>
    void Send(RankId to, MetadataLock item, LockAction action, ulong epoch);

    /// <summary>Sends a request about the lock to the authority of its object; nothing when that is ambiguous.</summary>
    void SendToAuthority(MetadataLock item, LockAction action);

    /// <summary>At the authority: takes a replica's share; false when the bytes are no share of this lock.</summary>
    bool TryTakeShare(MetadataLock item, RankId from, ReadOnlySpan<byte> share);

    /// <summary>At a replica: takes what the lock protects; false when the bytes are not that.</summary>
    bool TryTakeState(MetadataLock item, ReadOnlySpan<byte> state);

    /// <summary>At the authority: journal the sum of the shares, and when it is durable call
    /// <see cref="LockMachine.WrittenBehind"/>; never inside this call.</summary>
    void WriteBehind(MetadataLock item);

    /// <summary>At a replica: its share is counted and durable at the authority; what was sent is accounted for.</summary>
    void ShareFlushed(MetadataLock item);
}
