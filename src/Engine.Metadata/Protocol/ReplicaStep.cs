namespace Engine.Metadata;

/// <summary>One copy on the way along a path.</summary>
/// <param name="Nonce">Number of the copy: to be given back when it is dropped.</param>
/// <param name="Record">The record, as on a page, without name, slot and who else has copies; locks idle.</param>
public abstract record ReplicaStep(uint Nonce, byte[] Record);
