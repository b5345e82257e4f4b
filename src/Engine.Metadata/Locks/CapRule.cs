namespace Engine.Metadata;

/// <summary>What a state of a lock allows clients.</summary>
internal readonly record struct CapRule(LockCaps Any, LockCaps Loner, LockCaps Replica);
