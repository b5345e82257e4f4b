namespace Engine.Metadata;

/// <summary>A request that was executed and whose answer the client may not have.</summary>
/// <param name="Tid">Its number at the client.</param>
/// <param name="Made">The inode that it made, or changed and told of; none if there is none.</param>
public readonly record struct CompletedRequest(ulong Tid, Ino Made);
