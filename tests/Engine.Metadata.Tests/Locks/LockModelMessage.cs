namespace Engine.Metadata.Tests.Locks;

internal readonly record struct LockModelMessage(LockAction Action, ulong Epoch, byte[] Data);
