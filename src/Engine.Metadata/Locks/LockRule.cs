namespace Engine.Metadata;

/// <summary>One state of a lock.</summary>
/// <param name="Next">Where an unstable state leads; a stable one leads to itself.</param>
/// <param name="Read">Who may begin to read.</param>
/// <param name="Write">Who may begin to write, kinds that scatter only.</param>
/// <param name="Drain">What must have left before <see cref="Next"/>.</param>
/// <param name="Replica">The state of a replica made now.</param>
internal readonly record struct LockRule(LockState Next, LockGrant Read, LockGrant Write, LockDrain Drain, LockState Replica);
