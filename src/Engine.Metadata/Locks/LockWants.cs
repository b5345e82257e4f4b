namespace Engine.Metadata;

/// <summary>What decides which state a lock at rest goes to.</summary>
/// <param name="HasLoner">One client is chosen to have exclusive caps.</param>
/// <param name="Loner">What that client wants of this lock.</param>
/// <param name="Others">What all others want of it.</param>
/// <param name="IsDelegation">The inode is a directory of which a fragment belongs to another rank, or is about to: its sums are
/// then written by several ranks, and no client has them alone.</param>
public readonly record struct LockWants(bool HasLoner, LockCaps Loner, LockCaps Others, bool IsDelegation);
