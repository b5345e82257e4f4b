namespace Engine.Metadata;

/// <summary>
/// A lock that is not at rest: what <see cref="LockMachine"/> keeps about it. A lock at rest is its state alone, a byte with its
/// object; <see cref="ILockHost"/> makes one of these from that byte when it is asked for, and puts it away when it is idle.
/// </summary>
public sealed class MetadataLock
{
    /// <summary>Makes the lock of an object from its state at rest.</summary>
    public MetadataLock(LockObject on, LockKind kind, LockState state)
    {
        Object = on;
        Kind = kind;
        State = state;
    }

    /// <summary>The entry or inode.</summary>
    public LockObject Object { get; }

    /// <summary>What the lock protects.</summary>
    public LockKind Kind { get; }

    /// <summary>The state.</summary>
    public LockState State { get; internal set; }

    /// <summary>Ranks whose answers are awaited, a bit each; not empty only at the authority and in an unstable state.</summary>
    public ulong Gather { get; internal set; }

    /// <summary>At the authority: names the gather that goes on. At a replica: the gather it has still to answer.</summary>
    public ulong Epoch { get; internal set; }

    /// <summary>Operations that read.</summary>
    public int Readers { get; internal set; }

    /// <summary>Operations that write.</summary>
    public int Writers { get; internal set; }

    /// <summary>The operation that holds it alone, 0 for none.</summary>
    public ulong Owner { get; internal set; }

    /// <summary>The client for which <see cref="Owner"/> works.</summary>
    public ClientId OwnerClient { get; internal set; }

    /// <summary>This rank has written a share since the last gather.</summary>
    public bool IsDirty { get; internal set; }

    /// <summary>At a replica: the share was sent and is not known to be durable. At the authority: the sum is being
    /// journalled.</summary>
    public bool IsFlushing { get; internal set; }

    /// <summary>Somebody asked for MIX; granted when the lock is next stable.</summary>
    public bool WantsScatter { get; internal set; }

    /// <summary>A replica asked for an end of MIX; granted when the lock is next stable.</summary>
    public bool WantsGather { get; internal set; }

    /// <summary>A replica asked to read; granted when the lock is next stable.</summary>
    public bool WantsRead { get; internal set; }

    /// <summary>At the authority: who owns a part of the directory has begun anew, and what it counts is not known: nobody reads
    /// before the lock has been in MIX, from where shares are gathered.</summary>
    public bool MustGather { get; internal set; }

    /// <summary>At a replica: it has asked the authority, and nothing has come of it yet.</summary>
    public bool HasAsked { get; internal set; }

    /// <summary>At a replica: who awaits the answer.</summary>
    public RankId Asker { get; internal set; } = RankId.None;

    /// <summary>At the authority: the object is auth-pinned because the state is not stable.</summary>
    internal bool HasPin { get; set; }

    /// <summary>Is the state one that lasts?</summary>
    public bool IsStable => LockRules.IsStable(State);

    /// <summary>Is there nothing to keep but the state?</summary>
    public bool IsIdle => IsStable && Readers == 0 && Writers == 0 && Owner == 0 && Gather == 0
        && !(IsDirty || IsFlushing || HasWishes || HasAsked);

    /// <summary>Has a replica asked for a state that the lock has not been in since?</summary>
    internal bool HasWishes => WantsScatter || WantsGather || WantsRead || MustGather;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Kind} of {Object}: {State} r={Readers} w={Writers} x={Owner} gather={Gather:x}{(IsDirty ? " dirty" : "")}";
}
