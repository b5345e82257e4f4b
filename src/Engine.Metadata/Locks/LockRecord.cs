namespace Engine.Metadata;

/// <summary>What of a lock goes along when authority over its object moves.</summary>
/// <param name="State">State at the old authority.</param>
/// <param name="Gather">Ranks whose answers it waits for, a bit each.</param>
/// <param name="Epoch">Names the gather, so that answers to the old authority count at the new one.</param>
/// <param name="IsDirty">Shares have been counted into the sum and not been journalled.</param>
public readonly record struct LockRecord(LockState State, ulong Gather, ulong Epoch, bool IsDirty);
