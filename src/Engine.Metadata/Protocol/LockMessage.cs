namespace Engine.Metadata;

/// <summary>About a lock of an inode, between its authority and a rank with a copy. Source: migrator specification,
/// 1.9.</summary>
/// <param name="Ino">The inode.</param>
/// <param name="Kind">The lock.</param>
/// <param name="Action">What is said.</param>
/// <param name="Epoch">The gather that it belongs to.</param>
/// <param name="Value">What the lock protects, or a copy's share of it; empty where nothing comes along.</param>
public sealed record LockMessage(Ino Ino, LockKind Kind, LockAction Action, ulong Epoch, ReadOnlyMemory<byte> Value) : Message;
