namespace Engine.Metadata;

/// <summary>An attribute of variable length of a copy.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Value">Its bytes.</param>
public sealed record ReplicaAttribute(ExtKind Kind, byte[] Value);
