namespace Engine.Stores;

/// <summary>One of the two superblock copies as found on the device.</summary>
/// <param name="Offset">First byte of the copy on the device.</param>
/// <param name="State">What it is.</param>
/// <param name="Sequence">Its sequence number; 0 unless intact.</param>
/// <param name="Detail">One sentence for a person: what is wrong and at which byte, or what is recorded.</param>
public sealed record SuperblockCopy(long Offset, SuperblockState State, ulong Sequence, string Detail);
