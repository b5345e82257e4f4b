namespace Engine.Metadata;

/// <summary>A copy of a dirfrag, without entries.</summary>
/// <param name="Name">Which.</param>
/// <param name="Nonce">See <see cref="ReplicaStep"/>.</param>
/// <param name="Record">A <see cref="DirRecord"/>.</param>
public sealed record DirReplica(DirFrag Name, uint Nonce, byte[] Record) : ReplicaStep(Nonce, Record);
